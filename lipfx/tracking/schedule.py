"""Owns when a clip is searched for faces, and how thoroughly; must not know how faces are found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lipfx.detection.base import Effort
from lipfx.tracking.stillness import same_samples

MISSING_AGAIN = 0.25  # seconds between searches, at most, while a face is missing or in doubt
SOONER = 0.5  # of the interval, the same
THOROUGH = 4  # of so many searches the second one looks in a larger copy for smaller faces


class Schedule:
    """The searches of one shot after the other. interval: seconds between them while all is calm."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._soon = min(SOONER * interval, MISSING_AGAIN)
        self._last = -np.inf
        self._searches = 0
        self._next = -np.inf
        self._picture: NDArray[np.uint8] | None = None
        self._times = 0

    def restart(self) -> None:
        """A new shot begins."""
        self._searches, self._next = 0, -np.inf

    def hurry(self, time: float) -> None:
        """Something was lost: search at `time`, in seconds, at the latest."""
        self._next = min(self._next, time)

    def is_due(self, time: float, copy: NDArray[np.uint8]) -> bool:
        """Whether the frame at `time`, whose small grey copy is `copy`, is to be searched."""
        return time >= self._next and not self._searched_before(copy)

    def effort(self, efforts: Sequence[Effort], known: bool) -> Effort:
        """The next search's of a detector's efforts: cheap ones mostly while faces are known, all in turn
        while none is. A shot's second search, a moment after the first, is for faces smaller than those
        found at once.
        """
        if not known:
            return efforts[self._searches % len(efforts)]
        return efforts[1 if self._searches % THOROUGH == 1 else 0]

    def searched(self) -> None:
        """A search is done."""
        self._searches += 1

    def plan(self, time: float) -> None:
        """When the next one comes after that at `time`, while all is calm."""
        self._last, self._next = time, time + (self._soon if self._searches == 1 else self._interval)

    def sooner(self) -> None:
        """A face, or every face, is missing or in doubt."""
        self._next = min(self._next, self._last + self._soon)

    def _searched_before(self, copy: NDArray[np.uint8]) -> bool:
        """Whether this very picture was searched already, with every effort."""
        if self._picture is None or not same_samples(self._picture, copy):
            self._picture, self._times = copy, 0
        self._times += 1
        return self._times > THOROUGH
