"""Owns telling by its pictures whether a clip is the one that was tracked; must not know tracks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.luma import small_luma
from lipfx.core.values import Frame

SIDE, PIXELS = 16, 1 << 14
OFTEN = 64  # frames, after which a picture is told again
SAME_PICTURE, SAME_SAMPLE = 2.5, 24
"""Of 255, on the average and at each place: more than another encoding of the same pictures makes."""


def told_by_picture(index: int) -> bool:
    """Whether the picture of frame `index` is told: often at first, then now and then."""
    return index % OFTEN == 0 or index & (index - 1) == 0


def fingerprint(frame: Frame) -> NDArray[np.uint8]:
    """(SIDE, SIDE) luma of a frame, by which it is told from others."""
    luma, _ = small_luma(frame, PIXELS)
    return np.asarray(cv2.resize(luma, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def shows(frame: Frame, told: NDArray[np.uint8]) -> bool:
    """Whether `frame` is the one whose fingerprint, as (SIDE * SIDE,), is `told`.

    Raises: ValueError when that is no fingerprint.
    """
    if told.size != SIDE * SIDE:
        raise ValueError(f"{told.size} samples, wanted {SIDE * SIDE}")
    apart = np.abs(told.astype(np.int16) - fingerprint(frame).ravel())
    return bool(apart.mean() <= SAME_PICTURE and apart.max() <= SAME_SAMPLE)
