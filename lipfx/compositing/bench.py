"""Owns what the parts of a chain share as it runs: memory, the account of the run; must not know frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lipfx.compositing.hand import Hand
from lipfx.compositing.memory import Memories
from lipfx.compositing.pace import Pace
from lipfx.compositing.render import effect_name
from lipfx.core.loudness import Loudness
from lipfx.core.values import Box
from lipfx.core.work import Work
from lipfx.effects.base import Effect
from lipfx.effects.personal import Moving


@dataclass
class Bench:
    """A chain at work. moving: it in the clip's time, and for each person. loudness: of the clip. hand:
    corrects masks."""

    chain: Sequence[Effect]
    moving: Moving
    work: Work
    loudness: Loudness = field(default_factory=Loudness)
    hand: Hand | None = None
    memories: Memories = field(default_factory=Memories)
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        self._lines = [f"effect: {k} {effect_name(effect)}" for k, effect in enumerate(self.chain, start=1)]

    @contextmanager
    def on(self, effect: Effect, place: int, box: Box) -> Iterator[None]:
        """The block is the effect's: what it takes is noted."""
        with self.work.on(self._lines[place]), self.pace.of(effect, place, box.width * box.height):
            yield
