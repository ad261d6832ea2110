"""Owns --grid: the variants of a chain that a preview shows beside each other; must not know how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.cli.options import ChainOptions
    from lipfx.effects.base import Effect

MOST = 48
"""Variants: a page with more is hundreds of megabytes."""


def variants(
    chain: str | None, effects: Sequence[Effect], options: ChainOptions, words: Sequence[str]
) -> Mapping[str, Sequence[Effect]]:
    """The chains that are shown, by the values in which they differ; the chain alone without --grid.

    words: as `shade=ruby,coral` or `liner.shade=plum,wine`, each for a parameter, or `chain=fresh,everyday`
    for chains in the place of `chain`; several may stand in one, with spaces between.

    Raises: UsageError: one is malformed, or there are too many variants; or as `registry.varied`.
    """
    axes: dict[str, list[str]] = {}
    for key, told in (_axis(word) for text in words for word in text.split()):
        axes[key] = list(dict.fromkeys([*axes.get(key, []), *told]))
    if not axes:
        return {str(options.chain_file or chain): effects}
    combined = list(product(*axes.values()))
    if len(combined) > MOST:
        raise UsageError(
            f"--grid makes {len(combined)} variants, at most {MOST} are shown; give fewer values"
        )
    from lipfx.effects import registry
    from lipfx.effects.chain import parse_items, read_chain_file

    written = parse_items(chain or "") if options.chain_file is None else read_chain_file(options.chain_file)
    shown = {}
    for values in combined:
        given = dict(zip(axes, values, strict=True))
        other = given.pop("chain", None)
        items = written if other is None else parse_items(other)
        shown[", ".join(values)] = registry.varied(items, given, options.changes)
    return shown


def _axis(word: str) -> tuple[str, list[str]]:
    key, equals, values = word.partition("=")
    told = [value for value in values.split(",") if value]
    if not key or not equals or not told:
        raise UsageError(f"--grid {word!r} is not KEY=VALUE,VALUE; write for example --grid shade=ruby,coral")
    return key, told
