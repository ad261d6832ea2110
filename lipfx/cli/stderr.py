"""Owns that standard error holds lipfx's own lines alone, and that a closed one harms nothing; must not
import what takes time, so that it counts early.

Libraries write there past Python, each in its own form, about files that they find odd. That is dropped.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import warnings
from typing import Any


class _Lossy(io.FileIO):
    """Takes what is written even where nobody reads it any more: words are not worth a run."""

    def write(self, data: Any) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left:
                left = left[super().write(left) or len(left) :]
        except OSError:
            pass
        return size


def take(*, debug: bool) -> None:
    """From here on `sys.stderr` is the only way to standard error; `debug` leaves the others open."""
    _fill_closed()
    if not debug:
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        sys.unraisablehook = lambda _: None
        threading.excepthook = lambda _: None
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    sys.stderr = io.TextIOWrapper(
        _Lossy(os.dup(2), "w"), encoding, "backslashreplace", line_buffering=True, write_through=True
    )
    if not debug:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _fill_closed() -> None:
    """Opens nothing in place of closed standard streams, whose numbers the next files would get."""
    last = 0
    while last <= 2:
        last = os.open(os.devnull, os.O_RDWR)
    os.close(last)
