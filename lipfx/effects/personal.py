"""Owns chains in which a parameter may differ from person to person; must not know who is in a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

import msgspec

from lipfx.core.moments import Clock
from lipfx.effects.base import Effect
from lipfx.effects.curves import Curve, Timed
from lipfx.effects.parameters import nearest
from lipfx.errors import UsageError


@dataclass(frozen=True)
class Chain(Sequence[Effect]):
    """A chain as everybody gets it, and by name as some do: the same effects, other parameters.

    text: as it was written, without folders and persons; empty where it was put together otherwise. curves:
    by person ("" is everybody), for each effect, the attributes that change over time; effects have the first
    of their values.
    """

    effects: tuple[Effect, ...]
    personal: Mapping[str, tuple[Effect, ...]] = field(default_factory=dict)
    text: str = ""
    curves: Mapping[str, tuple[Mapping[str, Curve], ...]] = field(default_factory=dict)

    @overload
    def __getitem__(self, at: int) -> Effect: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Effect, ...]: ...

    def __getitem__(self, at: int | slice) -> Effect | tuple[Effect, ...]:
        return self.effects[at]

    def __len__(self) -> int:
        return len(self.effects)

    def of(self, person: str) -> tuple[Effect, ...]:
        """The effects for a person; for a name that no parameter has, and "", what everybody gets."""
        return self.personal.get(person, self.effects)

    def on(self, clock: Clock) -> Moving:
        """The chain in a clip's own time.

        Raises: UsageError: a key of a parameter cannot be told in that clip.
        """
        timed = {
            person: tuple({name: curve.on(clock) for name, curve in own.items()} for own in curves)
            for person, curves in self.curves.items()
        }
        return Moving(self, timed)


@dataclass(frozen=True)
class Moving:
    """A chain whose parameters may change over time, in seconds of one clip."""

    chain: Chain
    timed: Mapping[str, tuple[Mapping[str, Timed], ...]]

    def of(self, person: str, time: float) -> tuple[Effect, ...]:
        """The effects for a person at a time."""
        effects = self.chain.of(person)
        curves = self.timed.get(person if person in self.chain.personal else "", ())
        if not any(curves):
            return effects
        return tuple(_at(e, own, time) if own else e for e, own in zip(effects, curves, strict=True))


def _at(effect: Effect, curves: Mapping[str, Timed], time: float) -> Effect:
    values = {name: curve.at(time) for name, curve in curves.items()}
    whole = {name for name in values if isinstance(getattr(effect, name), int)}
    return msgspec.structs.replace(effect, **{n: round(v) if n in whole else v for n, v in values.items()})


def personal_chain(chain: Sequence[Effect]) -> Chain:
    """The chain, of which everybody gets the same unless it says otherwise."""
    return chain if isinstance(chain, Chain) else Chain(tuple(chain))


def check_names(chain: Sequence[Effect], persons: Iterable[str]) -> None:
    """Sees to it that a chain's parameters and the persons that are told apart have the same names.

    Raises:
        UsageError: one of either has no counterpart.
    """
    wanted, known = personal_chain(chain).personal, set(persons)
    for name in sorted(wanted.keys() - known):
        told = nearest(name, sorted(known), "there are") if known else f"say --person {name}=PHOTO"
        raise UsageError(f"a parameter is set for {name!r}, who is no --person; {told}")
    for name in sorted(known - wanted.keys()):
        raise UsageError(f"person {name!r} has no parameter; set one, as in --set shade@{name}=ruby")
