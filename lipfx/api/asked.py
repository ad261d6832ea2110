"""Owns what a call may say of effects, files and faces, in the terms of jobs; must not know what is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from lipfx.effects.base import Effect
from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.persons.choice import Choice, Sign
    from lipfx.pipeline.faces import Networks

Chain: TypeAlias = str | Path | Effect | Sequence[Effect]
File: TypeAlias = str | PathLike[str]
Point: TypeAlias = tuple[float, float] | tuple[float, float, float]
Largest: TypeAlias = Literal["all", "largest"] | int


def networks(
    rate: Fraction | float | None,
    weights: File | None,
    shape_predictor: File | None,
    detector: str,
    device: str,
    causal: bool = False,
    *,
    describe: bool = True,
) -> Networks:
    """How faces are found in a caller's frames. describe: they have looks, so that some can be chosen."""
    from lipfx.pipeline.faces import Networks

    return Networks(
        weights=path(weights),
        shape_predictor=path(shape_predictor),
        detector=detector,
        device=device,
        still=rate is None,
        causal=causal,
        describe=describe,
    )


def effects_of(chain: Chain) -> Sequence[Effect]:
    """Raises: LipfxError: it is no chain, or one of its effects cannot be loaded."""
    from lipfx.effects import registry

    if isinstance(chain, str):
        return registry.parse_chain(chain)
    if isinstance(chain, Path):
        return registry.load_chain_file(chain)
    given: Sequence[object] = chain if isinstance(chain, Sequence) else (chain,)
    effects = tuple(effect for effect in given if isinstance(effect, Effect))
    if not effects or len(effects) < len(given):
        raise UsageError(f"{chain!r} is no chain; give it as text, effects, or a Path to a TOML file of one")
    return effects


def path(file: File | None) -> Path | None:
    return None if file is None else Path(file)


def choice_of(
    choose: Largest,
    face_at: Sequence[Point],
    face_like: Sequence[File],
    persons: Mapping[str, File | Point] | None,
) -> Choice:
    """Raises: UsageError when two ways of choosing exclude each other."""
    from lipfx.persons.choice import Choice, Spot

    def sign(told: File | Point) -> Sign:
        return Spot(*told) if isinstance(told, tuple) else Path(told)

    largest = {"all": None, "largest": 1}.get(choose, choose) if isinstance(choose, str) else choose
    if isinstance(largest, str):
        raise UsageError(f"choose is {choose!r}, wanted 'all', 'largest' or how many of the largest")
    named = {name: (sign(told),) for name, told in (persons or {}).items()}
    return Choice(largest, tuple(sign(told) for told in (*face_at, *face_like)), named)
