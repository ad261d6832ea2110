"""Owns what a face looks like from afar, to know it again a moment later; must not know landmarks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.types import Float32, Float64

SIDE = 16  # pixels of a look


def look(copy: NDArray[np.uint8], scale: float, box: Float64) -> Float32:
    """(256,) float32 of length 1 and mean 0: the light and dark of the face in `box` (frame pixels).

    copy: (h, w) uint8 grey, `scale` copy pixels per frame pixel.
    """
    x0, y0, x1, y1 = (float(v) * scale for v in box)
    steps = np.array([[(x1 - x0) / SIDE, 0, x0], [0, (y1 - y0) / SIDE, y0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    blurred = cv2.GaussianBlur(copy, (0, 0), max(0.5, (x1 - x0) / SIDE / 2))
    small = cv2.warpAffine(blurred, steps, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    flat = np.asarray(small, np.float32).ravel()
    flat = flat - flat.mean()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-6), np.float32)


def likeness(a: Float32, b: Float32) -> float:
    """-1 to 1, the correlation of two looks."""
    return float(a @ b)
