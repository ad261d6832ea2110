"""Owns what a face detector promises, and the values it speaks in; must not know any detector.

`lipfx.testing.DETECTOR` holds the promise as rules that every detector is tried on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lipfx.core.geometry import Pose
from lipfx.core.values import Float64, Frame

SAME_FACE = 0.35  # share of the union that two boxes of one face have in common


@dataclass(frozen=True, slots=True)
class Detection:
    """box: (4,) float64 x0, y0, x1, y1 in frame pixels, from the brows to the chin. score: the detector's
    own, 0 at its usual threshold. angle: radians that the face is turned by in the picture, positive from x
    towards y. mouth: where a detector that sees mouths places this one, as landmarks would, else None.
    """

    box: Float64
    score: float
    angle: float = 0.0
    mouth: Pose | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """pixels: area of the copy that is searched. threshold: the lowest score. angles: of copies, radians.
    last_resort: only where nothing else found a face.
    """

    pixels: int
    threshold: float = 0.0
    angles: tuple[float, ...] = (0.0,)
    last_resort: bool = False


class Detector(Protocol):
    """Finds faces in one frame; knows nothing of the frames before.

    interval: seconds between searches of a clip that the detector is worth, while every face is in sight.
    """

    interval: float

    def efforts(self, width: int, height: int, known: Sequence[float] = ()) -> tuple[Effort, ...]:
        """What to try in turn in a clip of `width` x `height`, cheapest first; at least two.

        known: sides in pixels of the faces that are in sight.
        """
        ...

    def thorough_efforts(self, width: int, height: int) -> tuple[Effort, ...]:
        """What to try in a picture of `width` x `height` that nothing else is known of."""
        ...

    def detect(self, frame: Frame, effort: Effort) -> list[Detection]:
        """Faces by falling score, none below the effort's threshold, each once; the frame stays as it is.

        Walls, noise and specks of a few pixels hold no face; a face is still found in a picture half as
        large. `lipfx.core.luma` makes grey copies of a frame.
        """
        ...


def overlap(a: Float64, b: Float64) -> float:
    """Intersection over union of two boxes (x0, y0, x1, y1)."""
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(0.0, float(width)) * max(0.0, float(height))
    areas = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]))
    return shared / max(areas - shared, 1e-9)


def merged(detections: Iterable[Detection]) -> list[Detection]:
    """The best of each group of detections that share a place, by falling score."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: -d.score):
        if all(overlap(detection.box, other.box) < SAME_FACE for other in kept):
            kept.append(detection)
    return kept
