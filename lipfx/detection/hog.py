"""Owns finding faces in one frame with dlib's HOG detector; must not know landmarks or tracks.

The detector sees upright faces of about 80 px and up in the picture that it is given. An `Effort` says how
large a copy it gets, how sure it has to be and by which angles the copy is turned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import transform
from lipfx.core.values import Float64, Frame
from lipfx.detection.base import Detection, Effort
from lipfx.detection.copies import search_copies

FRONTAL = Path(__file__).with_name("frontal.svm")  # what dlib.get_frontal_face_detector().save() writes
SMALLEST = 80.0  # pixels, the side of the smallest face that the detector sees
TILTED = (-np.pi / 6, np.pi / 6)
LYING = (-np.pi / 2, np.pi / 2, -np.pi / 3, np.pi / 3, np.pi)  # and upside down


class HogDetector:
    """dlib's frontal face detector, read on first use."""

    interval = 1.0

    @cached_property
    def _dlib(self) -> Any:
        """From dlib's own words in a file: unpacking them from its code takes a quarter of a second."""
        import dlib

        try:
            return dlib.fhog_object_detector(str(FRONTAL))
        except RuntimeError:  # a dlib that writes its files otherwise
            return dlib.get_frontal_face_detector()

    def efforts(self, width: int, height: int, known: Sequence[float] = ()) -> tuple[Effort, ...]:
        """What to try in a clip of `width` x `height`, cheapest first.

        known: sides in pixels of the faces that are in sight; the first copy may then be as small as they
        allow.
        """
        area = width * height
        usual = 640 * 360
        if known:
            enough = area * (1.15 * SMALLEST / max(min(known), 1.0)) ** 2
            usual = int(min(usual, max(enough, 320 * 180)))
        return (
            Effort(usual),
            Effort(min(4 * area, 1280 * 720), -0.1),
            Effort(640 * 360, -0.1, TILTED),
            Effort(640 * 360, 0.3, LYING),
        )

    def thorough_efforts(self, width: int, height: int) -> tuple[Effort, ...]:
        """What to try in a picture of `width` x `height` that nothing else is known of."""
        area = width * height
        return (
            Effort(640 * 480, -0.2),
            Effort(min(4 * area, 1600 * 1200), -0.2),
            Effort(640 * 480, -0.2, TILTED),
            Effort(640 * 480, 0.3, LYING, last_resort=True),
            Effort(min(4 * area, 1600 * 1200), -0.5, (0.0, *TILTED), last_resort=True),
        )

    def detect(self, frame: Frame, effort: Effort) -> list[Detection]:
        """Faces by falling score, each once."""

        def search(picture: NDArray[np.uint8], angle: float, back: Float64 | None) -> Iterator[Detection]:
            boxes, scores, _ = self._dlib.run(picture, 0, effort.threshold)
            for face, score in zip(boxes, scores, strict=True):
                box = np.array([face.left(), face.top(), face.right(), face.bottom()]) + 0.0
                yield Detection(box if back is None else _carried(box, back), float(score), angle)

        return search_copies(frame, effort, search)


def _carried(box: Float64, affine: Float64) -> Float64:
    """An upright box of the same size around where `affine` takes the middle of `box`."""
    middle = transform(affine, (box[:2] + box[2:]) / 2)
    half = (box[2:] - box[:2]) / 2
    return np.concatenate([middle - half, middle + half])
