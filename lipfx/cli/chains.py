"""Owns the positional arguments of commands that run a chain; must not know how clips are processed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.cli.outputs import chain_part, output_for, written_suffix
from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.cli.options import ChainOptions
    from lipfx.effects.base import Effect


def effects_and_paths(
    command: str,
    words: Sequence[str | None],
    names: Sequence[str],
    options: ChainOptions,
    suffix: str = "",
) -> tuple[Sequence[Effect], Path, Path]:
    """The chain, the input and the output that a command's positional arguments mean.

    words: as given, None where left out; the first as well where --chain stands for it; the output may be
    left out or a folder, see `output_for`. names: what they are called in the command's help. suffix: of an
    output that is not named; empty is the input's own.

    Raises: LipfxError: too few or too many words; or as `registry.parse_chain`.
    """
    wanted = names[1:] if options.chain_file else names
    given = [word for word in words if word is not None]
    if not len(wanted) - 1 <= len(given) <= len(wanted):
        called = f"{' '.join(wanted[:-1])} [{wanted[-1]}]"
        raise UsageError(f"{len(given)} arguments found, wanted {called}; see `lipfx {command} --help`")
    from lipfx.effects import registry
    from lipfx.effects.chain import parse_items

    if options.chain_file is not None:
        effects = registry.load_chain_file(options.chain_file, options.changes)
        parts = [str(options.chain_file)]
    else:
        chain = given.pop(0)
        effects = registry.parse_chain(chain, options.changes)
        parts = [item.preset or item.target for item in parse_items(chain)]
    source, named = Path(given[0]), given[1] if len(given) > 1 else None
    part = chain_part(parts) + (f"-{command}" if suffix else "")
    return effects, source, output_for(source, named, part, suffix or written_suffix(source))
