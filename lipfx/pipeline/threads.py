"""Owns how many threads libraries may take; must not know what they compute.

Stages overlap already, each in a thread of its own, beside the processes of decoder and encoder. OpenCV's
own threads on top of that cost a third more time on small pictures than they save on any.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import cv2


class _Restraint:
    """OpenCV's number of threads, which is the whole process's, however many runs there are at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs = 0
        self._before = 0

    def begin(self) -> None:
        with self._lock:
            if not self._runs:
                self._before = cv2.getNumThreads()
                cv2.setNumThreads(1)
            self._runs += 1

    def end(self) -> None:
        with self._lock:
            self._runs -= 1
            if not self._runs:
                cv2.setNumThreads(self._before)


_RESTRAINT = _Restraint()


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within the block OpenCV stays in the thread that calls it. Blocks may overlap."""
    _RESTRAINT.begin()
    try:
        yield
    finally:
        _RESTRAINT.end()
