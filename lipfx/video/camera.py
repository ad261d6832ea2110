"""Owns pictures of a camera as frames with the times at which they came; must not know who looks at them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import TracebackType

import cv2
import numpy as np

from lipfx.core.values import Frame
from lipfx.errors import InputError
from lipfx.video.stills.images import RGB, SRGB

TICKS = 90_000
"""A second, of the clock that pictures are told by: what mp4 and MPEG count in."""
USUAL_RATE = 30.0


class Camera:
    """The pictures of one camera, as they come, until it stops. A context manager and an iterator.

    `rate`: pictures a second as the camera's driver tells them, once it is open.
    """

    def __init__(self, number: int, clock: Callable[[], float] = time.monotonic) -> None:
        """number: from 0, in the system's order. clock: seconds."""
        self.number = number
        self.rate = USUAL_RATE
        self._clock = clock
        self._start: float | None = None
        self._index = 0
        self._device: cv2.VideoCapture | None = None

    def __enter__(self) -> Camera:
        """Raises: InputError: there is no such camera, or somebody else has it."""
        with _silently():
            self._device = cv2.VideoCapture(self.number)
        if not self._device.isOpened():
            raise InputError(
                f"camera {self.number} cannot be opened; connect it, end what else uses it, or name another "
                "with --camera or a clip with --input"
            )
        told = self._device.get(cv2.CAP_PROP_FPS)
        self.rate = told if 1 <= told <= 1000 else USUAL_RATE
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._device is not None:
            self._device.release()

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        """Raises: InputError: the camera gives no more pictures."""
        assert self._device is not None, "frames come inside the context"
        there, picture = self._device.read()
        if not there:
            raise InputError(
                f"camera {self.number} gives no more pictures after {self._index}; connect it again"
            )
        now = self._clock()
        self._start = now if self._start is None else self._start
        blue, green, red = (np.asarray(plane, np.uint8) for plane in cv2.split(picture))
        index, self._index = self._index, self._index + 1
        return Frame(
            planes=(green, blue, red),
            format=RGB,
            colour=SRGB,
            index=index,
            pts=round((now - self._start) * TICKS),
            time_base=Fraction(1, TICKS),
            duration=round(TICKS / self.rate),
        )


@contextmanager
def _silently() -> Iterator[None]:
    """Within the block OpenCV keeps to itself which of its ways to a camera did not work."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
