"""Owns pictures of people whose lips are covered: what must never be painted; must not know networks.

They have no annotation: a face's box says where its mouth would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.geometry import Pose
from lipfx.core.values import Float64
from training.data import Sample, Truth, find_images
from training.reserved import open_to_training, reserved

if TYPE_CHECKING:
    import dlib

    from training.patches import Image

Detector: TypeAlias = "dlib.fhog_object_detector"

DETECTOR_SIDE = 640
COVERED_SCORES = (-0.4, 1.0)  # of the detector, between which a face may well wear a mask
BOX_PER_MOUTH, BELOW = 2.55, 0.27  # how large a box is in mouth sizes; how far below its middle a mouth lies


class Unseen:
    """A folder of pictures of people with face masks and the like: no lips are in sight."""

    truth = Truth.NONE

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def samples(self) -> Sequence[Sample]:
        """One sample a picture, whatever the number of faces."""
        unknown = np.full((helen56.COUNT, 2), np.nan), np.full((6, 2), np.nan)
        kept = open_to_training(self.name, find_images(self.folder).values())
        return [Sample(p.stem, p, *unknown, None, False, Truth.NONE) for p in kept]

    def reserved(self) -> frozenset[str]:
        """See `training.reserved`."""
        return reserved(self.name, find_images(self.folder))


def detect(detector: Detector, image: Image) -> list[Float64]:
    """dlib's frontal faces, (4,) boxes in image pixels, on a copy at most 640 px on its longer side."""
    small, scale = _reduced(image)
    return [_box(b, scale) for b in detector(small, 0) or detector(small, 1)]


def detect_covered(detector: Detector, image: Image) -> list[Float64]:
    """As `detect`, faces whose lips are covered: weaker ones too, but none that is seen too well.

    Bystanders without a mask are among such pictures; the detector is surer of them.
    """
    small, scale = _reduced(image)
    boxes, scores, _ = detector.run(small, 1, COVERED_SCORES[0])
    return [_box(b, scale) for b, score in zip(boxes, scores, strict=True) if score < COVERED_SCORES[1]]


def _reduced(image: Image) -> tuple[Image, float]:
    scale = min(1.0, DETECTOR_SIDE / max(image.shape[:2]))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), scale


def _box(found: dlib.rectangle, scale: float) -> Float64:
    return np.array([found.left(), found.top(), found.right() + 1, found.bottom() + 1]) / scale


def usual_box(pose: Pose) -> Float64:
    """(4,) where the detector's box usually lies around a mouth."""
    side = BOX_PER_MOUTH * pose.size
    up = np.array([np.sin(pose.angle), -np.cos(pose.angle)])
    x, y = np.array([pose.x, pose.y]) + BELOW * side * up
    return np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2])


def usual_lips(box: Float64) -> Float64:
    """(56, 2) a plain closed mouth where one usually lies in the detector's box."""
    x0, y0, x1, y1 = box.tolist()
    size = (x1 - x0) / BOX_PER_MOUTH
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2 + BELOW * (y1 - y0)])
    lips = np.zeros((helen56.COUNT, 2))
    count = len(lips[helen56.OUTER])
    turn = np.pi + 2 * np.pi * np.arange(count) / count
    lips[helen56.OUTER] = np.stack([0.5 * np.cos(turn), 0.2 * np.sin(turn)], axis=1)
    along = np.linspace(-0.4, 0.4, 15)
    lips[count:, 0] = [*along, *along[-2:0:-1]]
    return np.asarray(middle + size * lips, dtype=np.float64)
