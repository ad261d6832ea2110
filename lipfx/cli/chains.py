"""Owns the positional arguments of commands that run a chain; must not know how clips are processed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.effect import Effect


def effects_and_paths(
    command: str,
    words: Sequence[str | None],
    names: Sequence[str],
    chain_file: Path | None,
    settings: Sequence[str],
) -> tuple[tuple[Effect, ...], Path, Path]:
    """The chain, the input and the output that a command's positional arguments mean.

    words: as given, None where left out. names: what they are called in the command's help.
    chain_file: the file of --chain, which stands for the first word. settings: those of --set.

    Raises: LipfxError: too few or too many words; or as `registry.parse_chain`.
    """
    wanted = names[1:] if chain_file else names
    given = [word for word in words if word is not None]
    if len(given) != len(wanted):
        raise UsageError(
            f"{len(given)} arguments found, wanted {' '.join(wanted)}; see `lipfx {command} --help`"
        )
    from lipfx import registry

    if chain_file is not None:
        effects = registry.load_chain_file(chain_file, settings)
    else:
        effects = registry.parse_chain(given[0], settings)
    return effects, Path(given[-2]), Path(given[-1])
