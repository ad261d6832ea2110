"""Owns how many threads libraries may take; must not know what they compute.

Stages overlap already, each in a thread of its own, beside the processes of decoder and encoder. OpenCV's
own threads on top of that cost a third more time on small pictures than they save on any; OpenBLAS's wait for
the next small product by spinning, which took as much again as the analysis of a clip at 60 frames a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np  # noqa: F401 - its OpenBLAS has to be loaded to be limited
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within the block OpenCV and NumPy stay in the thread that calls them."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1, "blas"):
            yield
    finally:
        cv2.setNumThreads(before)
