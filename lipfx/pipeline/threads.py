"""Owns how many threads libraries may take; must not know what they compute.

Stages overlap already, each in a thread of its own, beside the processes of decoder and encoder. OpenCV's
own threads on top of that cost a third more time on small pictures than they save on any; OpenBLAS's wait for
the next small product by spinning, which took as much again as the analysis of a clip at 60 frames a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import cv2
import numpy as np  # noqa: F401 - its OpenBLAS has to be loaded to be limited
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


class _Restraint:
    """The libraries' threads, which are the whole process's, however many runs there are at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs = 0
        self._opencv = 0
        self._blas: threadpool_limits | None = None

    def begin(self) -> None:
        with self._lock:
            if not self._runs:
                self._opencv = cv2.getNumThreads()
                cv2.setNumThreads(1)
                self._blas = threadpool_limits(1, "blas")
            self._runs += 1

    def end(self) -> None:
        with self._lock:
            self._runs -= 1
            if not self._runs and self._blas is not None:
                cv2.setNumThreads(self._opencv)
                self._blas.restore_original_limits()


_RESTRAINT = _Restraint()


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within the block OpenCV and NumPy stay in the thread that calls them. Blocks may overlap."""
    _RESTRAINT.begin()
    try:
        yield
    finally:
        _RESTRAINT.end()
