"""Owns how many threads libraries may take; must not know what they compute.

Stages overlap already, each in a thread of its own, beside the processes of decoder and encoder. OpenCV's
own threads on top of that cost a third more time on small pictures than they save on any.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within the block OpenCV stays in the thread that calls it."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
