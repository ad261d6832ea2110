"""Owns the positional arguments of commands that run a chain; must not know how clips are processed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.cli.outputs import chain_part
from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.cli.options import ChainOptions
    from lipfx.effects.base import Effect
    from lipfx.effects.chain import Item


def items_of(chain: str, options: ChainOptions) -> tuple[Item, ...]:
    """A chain as it was written: in `chain`, or in the file that stands for it."""
    from lipfx.effects.chain import parse_items, read_chain_file

    return parse_items(chain) if options.chain_file is None else read_chain_file(options.chain_file)


def chain_and_paths(
    command: str, words: Sequence[str | None], names: Sequence[str], options: ChainOptions
) -> tuple[str | None, Path, str | None]:
    """The chain, the input and the output that a command's positional arguments name: the chain None where
    --chain stands for it, the output None where it is left out.

    words: as given, None where left out. names: what they are called in the command's help.

    Raises: UsageError: too few or too many words.
    """
    wanted = names[1:] if options.chain_file else names
    given = [word for word in words if word is not None]
    if not len(wanted) - 1 <= len(given) <= len(wanted):
        called = f"{' '.join(wanted[:-1])} [{wanted[-1]}]"
        found = f"{len(given)} argument{'' if len(given) == 1 else 's'}"
        raise UsageError(f"{found} found, wanted {called}; see `lipfx {command} --help`")
    chain = None if options.chain_file else given.pop(0)
    return chain, Path(given[0]), given[1] if len(given) > 1 else None


def effects_and_part(chain: str | None, options: ChainOptions) -> tuple[Sequence[Effect], str]:
    """The chain that is meant, and what it adds to a clip's name. chain: None where --chain tells it.

    Raises: LipfxError: as `registry.parse_chain`; UsageError where neither tells one.
    """
    from lipfx.effects import registry
    from lipfx.effects.chain import parse_items

    if options.chain_file is not None:
        effects = registry.load_chain_file(options.chain_file, options.changes)
        return effects, chain_part([str(options.chain_file)])
    if chain is None:
        raise UsageError("no chain of effects is named; name one, as in lipstick:shade=ruby, or --chain FILE")
    effects = registry.parse_chain(chain, options.changes)
    return effects, chain_part([item.preset or item.target for item in parse_items(chain)])
