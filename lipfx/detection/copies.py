"""Owns the copies of a frame that detectors search: scaled, turned, and the way back; must not know
detectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import Pose
from lipfx.core.luma import resized
from lipfx.core.values import Float64, Frame
from lipfx.detection.base import Detection, Effort, merged

MAX_ENLARGEMENT = 2.0

Search: TypeAlias = "Callable[[NDArray[np.uint8], float, Float64 | None], Iterable[Detection]]"
"""Detections in a grey picture, (h, w) uint8, in which faces at an angle (radians) stand upright, in pixels
of the copy that it was turned from: by the (2, 3) affine back, None where it was not turned.
"""


def search_copies(frame: Frame, effort: Effort, search: Search) -> list[Detection]:
    """What `search` finds in the copies that an effort asks for, in frame pixels: by falling score, each
    once.
    """
    scale = min((effort.pixels / (frame.width * frame.height)) ** 0.5, MAX_ENLARGEMENT)
    copy = resized(frame, scale)
    found = [d for angle in effort.angles for d in _turned(copy, angle, search)]
    return merged(_enlarged(d, scale) for d in found)


def _enlarged(found: Detection, scale: float) -> Detection:
    """A detection in frame pixels, of one in a copy of `scale` copy pixels per frame pixel."""
    mouth = found.mouth
    if mouth is not None:
        x, y = ((v + 0.5) / scale - 0.5 for v in (mouth.x, mouth.y))
        mouth = Pose(x, y, mouth.size / scale, mouth.angle)
    return replace(found, box=(found.box + 0.5) / scale - 0.5, mouth=mouth)


def _turned(copy: NDArray[np.uint8], angle: float, search: Search) -> Iterable[Detection]:
    picture, back = turned(copy, angle) if angle else (copy, None)
    return search(picture, angle, back)


def turned(picture: NDArray[np.uint8], angle: float) -> tuple[NDArray[np.uint8], Float64]:
    """The picture turned so that faces at `angle` stand upright, and the (2, 3) affine back."""
    height, width = picture.shape
    c, s = float(np.cos(angle)), float(np.sin(angle))
    linear = np.array([[c, s], [-s, c]])
    size = np.abs(linear) @ (width, height)
    offset = size / 2 - linear @ (width / 2, height / 2)
    affine = np.hstack([linear, offset[:, None]])
    copy = cv2.warpAffine(picture, affine, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR)
    return np.asarray(copy, np.uint8), np.hstack([linear.T, -(linear.T @ offset)[:, None]])
