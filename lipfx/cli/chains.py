"""Owns the positional arguments of commands that run a chain; must not know how clips are processed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.cli.options import ChainOptions
    from lipfx.effects.base import Effect


def effects_and_paths(
    command: str,
    words: Sequence[str | None],
    names: Sequence[str],
    options: ChainOptions,
) -> tuple[Sequence[Effect], Path, Path]:
    """The chain, the input and the output that a command's positional arguments mean.

    words: as given, None where left out; the first as well where --chain stands for it. names: what they are
    called in the command's help.

    Raises: LipfxError: too few or too many words; or as `registry.parse_chain`.
    """
    wanted = names[1:] if options.chain_file else names
    given = [word for word in words if word is not None]
    if len(given) != len(wanted):
        raise UsageError(
            f"{len(given)} arguments found, wanted {' '.join(wanted)}; see `lipfx {command} --help`"
        )
    from lipfx.effects import registry

    if options.chain_file is not None:
        effects = registry.load_chain_file(options.chain_file, options.changes)
    else:
        effects = registry.parse_chain(given[0], options.changes)
    return effects, Path(given[-2]), Path(given[-1])
