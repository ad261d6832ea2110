"""Owns noticing that a new shot begins; must not know faces, landmarks or how frames are read."""

from __future__ import annotations

from collections import deque
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL = (32, 18)
BINS = 24
LEAST_CHANGE = 12.0  # of 255: less is no cut, whatever came before
JUMP = 3.0  # times the usual change between frames
LEAST_SHARED = 0.8  # of the histogram: a cut changes what greys there are, or more than TOTAL of the picture
TOTAL = 30.0  # of 255
MEMORY = 8  # frames


class CutFinder:
    """Compares each small grey copy with the one before it, and the change with what is usual."""

    def __init__(self) -> None:
        self._before: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self._changes: deque[float] = deque(maxlen=MEMORY)

    def is_cut(self, copy: NDArray[np.uint8]) -> bool:
        """Whether `copy`, (h, w) uint8, begins a new shot."""
        now = _look(copy)
        before, self._before = self._before, now
        if before is None:
            return False
        change = cv2.norm(now[0], before[0], cv2.NORM_L1) / now[0].size
        shared = float(np.minimum(now[1], before[1]).sum())
        usual = median(self._changes) if self._changes else 0.0
        jump = change > max(LEAST_CHANGE, JUMP * usual)
        if jump and (shared < LEAST_SHARED or change > TOTAL):
            self._changes.clear()
            return True
        self._changes.append(change)
        return False


def _look(copy: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A thumbnail (18, 32) and the shares (24,) of the grey levels."""
    small = cv2.resize(copy, THUMBNAIL, interpolation=cv2.INTER_AREA)
    quarter = np.ascontiguousarray(copy[::2, ::2])
    counts = cv2.calcHist([quarter], [0], None, [BINS], [0, 256]).ravel() / quarter.size
    return np.asarray(small, np.float32), np.asarray(counts, np.float32)
