"""Owns what steadying a track promises, and the values it speaks in; must not know any smoother.

`lipfx.testing.SMOOTHER` holds the promise as rules that every smoother is tried on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from lipfx.core.values import Float64, MouthMap
from lipfx.smoothing.settings import FADING


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mouth in one frame, as it was seen.

    time: seconds. points: (56, 2) float64 in frame pixels. confidence: 0..1. map: the refiner's classes.
    carried: (2, 3) how the face's skin has moved since some frame, in frame pixels: the pose is steadied
    apart from that. faced: the face is in sight for certain: its lips stay, however little of them shows.
    """

    @property
    def shown(self) -> float:
        """The confidence to render with, 0..1."""
        return max(self.confidence, FADING.faced) if self.faced else self.confidence

    time: float
    points: Float64
    confidence: float
    map: MouthMap | None
    carried: Float64 = field(default_factory=lambda: np.eye(2, 3))
    faced: bool = False


@dataclass(frozen=True, slots=True)
class Steady:
    """points: (56, 2) float64 in frame pixels, multiples of 1/1000. map: steadied classes, or None.
    confidence: 0..1 to render with, falling before lips are hidden and rising after.
    """

    points: Float64
    map: MouthMap | None
    confidence: float


class Smoother(Protocol):
    """The sightings of one track within one shot, and what they are once steadied.

    look_ahead: seconds that `at` looks into the future. Frames are added in order of time; only those of a
    face that is followed backwards from where it was found come late.
    """

    look_ahead: float

    def add(self, index: int, sighting: Sighting) -> None:
        """Frame `index` shows the mouth."""
        ...

    def miss(self, index: int, time: float) -> None:
        """Frame `index`, at `time` seconds, does not."""
        ...

    def at(self, index: int) -> Steady:
        """The mouth of frame `index`, which was added before, and so was all within `look_ahead` of it."""
        ...

    def forget(self, before: float) -> None:
        """Drops what is from before a time in seconds; at least `look_ahead` behind the next `at`."""
        ...
