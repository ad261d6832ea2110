"""Owns chains in which a parameter may differ from person to person; must not know who is in a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from lipfx.effects.base import Effect
from lipfx.effects.parameters import nearest
from lipfx.errors import UsageError


@dataclass(frozen=True)
class Chain(Sequence[Effect]):
    """A chain as everybody gets it, and by name as some do: the same effects, other parameters.

    text: as it was written, without folders and persons; empty where it was put together otherwise.
    """

    effects: tuple[Effect, ...]
    personal: Mapping[str, tuple[Effect, ...]] = field(default_factory=dict)
    text: str = ""

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
