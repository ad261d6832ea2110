"""Owns small grey copies of frames, in which faces are found and followed; must not know dlib or tracks."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.types import Frame, Plane


def small_luma(frame: Frame, pixels: int) -> tuple[NDArray[np.uint8], float]:
    """A grey copy of about `pixels` pixels, or of the frame's own size where that is less, and its scale.

    Returns (h, w) uint8, encoded luma in the clip's own range, and copy pixels per frame pixel.
    """
    scale = min(1.0, (pixels / (frame.width * frame.height)) ** 0.5)
    return resized(frame, scale), scale


def resized(frame: Frame, scale: float) -> NDArray[np.uint8]:
    """A grey copy at `scale` copy pixels per frame pixel, (h, w) uint8."""
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    parts = [cv2.resize(plane, size, interpolation=way) for plane in _planes(frame)]
    grey = parts[0] if len(parts) == 1 else cv2.addWeighted(parts[0], 0.75, parts[1], 0.25, 0)
    return _to_bytes(np.asarray(grey, frame.format.dtype), frame.format.bits)


def _planes(frame: Frame) -> list[Plane]:
    """The planes that make grey: luma, or green and red."""
    return [frame.planes[0], frame.planes[2]] if frame.format.rgb else [frame.planes[0]]


def _to_bytes(plane: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    if bits == 8:
        return np.ascontiguousarray(plane, np.uint8)
    return np.ascontiguousarray(plane >> (bits - 8), np.uint8)
