"""Owns changing one parameter of a chain step by step; must not know who asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from lipfx.effects.base import Effect
from lipfx.effects.chain import parse_items, plain_text
from lipfx.effects.parameters import Parameter, attribute_of, parameters
from lipfx.effects.personal import Chain, personal_chain

INSTEAD = {"shade": "from"}
"""Parameters that go before another one where they are set: that is taken back when the other is stepped."""


class Variation:
    """A chain, of which parameters are stepped through the values that their effects suggest.

    A parameter is that of the first effect that has it. `chain` is what it has come to.
    """

    def __init__(self, chain: Sequence[Effect]) -> None:
        self.chain = personal_chain(chain)

    def value(self, name: str) -> str | None:
        """What a parameter is now; None where no effect has it, or none suggests values for it."""
        place = self._place(name)
        return (
            None
            if place is None
            else str(getattr(self.chain[place[0]], attribute_of(type(self.chain[place[0]]), name)))
        )

    def step(self, name: str, by: int) -> bool:
        """Goes `by` values on, round and round; whether there is such a parameter."""
        place = self._place(name)
        if place is None:
            return False
        at, parameter = place
        values = parameter.suggested
        now = self.value(name)
        number = (values.index(now) + by) % len(values) if now in values else (0 if by > 0 else -1)
        self._set(at, name, values[number])
        return True

    def _place(self, name: str) -> tuple[int, Parameter] | None:
        found = (
            (at, parameter)
            for at, effect in enumerate(self.chain)
            for parameter in parameters(type(effect))
            if parameter.name == name and parameter.suggested
        )
        return next(found, None)

    def _set(self, at: int, name: str, value: str) -> None:
        effects = list(self.chain)
        changed = {attribute_of(type(effects[at]), name): value}
        other = next((p for p in parameters(type(effects[at])) if p.name == INSTEAD.get(name)), None)
        if other is not None:
            changed[attribute_of(type(effects[at]), other.name)] = other.default
        effects[at] = msgspec.structs.replace(effects[at], **changed)
        self.chain = Chain(tuple(effects), {}, self._text(at, name, value))

    def _text(self, at: int, name: str, value: str) -> str:
        """The chain's text, changed alike; empty where there was none."""
        if not self.chain.text:
            return ""
        items = list(parse_items(self.chain.text))
        kept = {k: v for k, v in items[at].parameters.items() if k != INSTEAD.get(name)}
        items[at] = replace(items[at], parameters={**kept, name: value})
        return plain_text(items)
