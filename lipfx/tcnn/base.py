"""Owns what placing and landmarking mouths promises, and the values it speaks in; must not know any network.

`lipfx.testing.LANDMARKER` holds the promise as rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lipfx.core.geometry import Pose
from lipfx.core.values import Float64, Frame, MouthMap


@dataclass(frozen=True, slots=True)
class Mouth:
    """One mouth in one frame, as a landmarker sees it; not smoothed.

    points: (56, 2) float64 in frame pixels. confidence: 0..1, the probability that its lips are in sight
    where it says (see `lipfx.tcnn.sureness`). head: the router's component. map: the refiner's classes.
    """

    points: Float64
    confidence: float
    head: int
    map: MouthMap


@dataclass(frozen=True, slots=True)
class Located:
    """Where the mouth of one face lies: its pose in frame pixels, and 0..1 that there is one.

    eyes: (2, 2) float64, their centres in frame pixels, the one at the image's left first; where known.
    """

    pose: Pose
    confidence: float
    eyes: Float64 | None = None


class Landmarker(Protocol):
    """Sees the mouth at a pose: landmarks, classes and how sure it is that these are lips in sight."""

    def analyse(self, frame: Frame, poses: Sequence[Pose]) -> list[Mouth]:
        """One mouth for each of `poses`, in their order, whatever there is; the frame stays as it is."""
        ...
