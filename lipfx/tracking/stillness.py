"""Owns noticing that a part of the picture has not changed; must not know faces or what is seen there.

Still pictures as video, freezes and doubled frames show the same samples again, but for what an encoder's
rounding adds. Comparison is with the samples that were looked at last, so that slow changes add up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.planar import plane_windows
from lipfx.core.values import Box, Frame, Plane

MOST, MEAN = 8, 0.05  # of 255: what an encoder adds to a still picture stays below both
WATCHED = 1.0  # seconds after a repetition in which further ones are expected


def same_samples(a: NDArray[Any], b: NDArray[Any], bits: int = 8) -> bool:
    """Whether two arrays of `bits` deep samples show the same, but for what an encoder adds."""
    unit = 1 << (bits - 8)
    return (
        a.shape == b.shape
        and cv2.norm(a, b, cv2.NORM_L1) <= MEAN * unit * a.size
        and cv2.norm(a, b, cv2.NORM_INF) <= MOST * unit
    )


@dataclass(slots=True)
class Watch:
    """Watches one place. Samples are only kept where a small copy has shown a repetition not long ago.

    box: the place in the frame that `samples` were copied from, of each colour plane. copy: the small grey
    copy of the frame before. repeated: when it last showed the same there as the one before it, in seconds.
    """

    box: Box = field(default_factory=lambda: Box(0, 0, 0, 0))
    samples: tuple[Plane, ...] = ()
    copy: NDArray[np.uint8] | None = None
    repeated: float = -np.inf

    def is_unchanged(self, frame: Frame, copy: NDArray[np.uint8], scale: float) -> bool:
        """Whether the place shows in `frame` what it showed at the last `look`.

        copy: of the whole frame, `scale` copy pixels per frame pixel.
        """
        before, self.copy = self.copy, copy
        x0, y0 = int(self.box.x0 * scale), int(self.box.y0 * scale)
        place = slice(y0, int(self.box.y1 * scale) + 1), slice(x0, int(self.box.x1 * scale) + 1)
        if before is None or self.box.empty or not same_samples(before[place], copy[place]):
            self.samples = ()
            return False
        self.repeated = frame.time
        return bool(self.samples) and all(
            same_samples(samples, plane, frame.format.bits)
            for samples, plane in zip(self.samples, _windows(frame, self.box), strict=True)
        )

    def look(self, frame: Frame, box: Box) -> None:
        """Notes that `box` was looked at in `frame`."""
        self.box = box.clipped(frame.width, frame.height)
        expected = frame.time - self.repeated <= WATCHED
        self.samples = tuple(w.copy() for w in _windows(frame, self.box)) if expected else ()


def _windows(frame: Frame, box: Box) -> list[Plane]:
    return [
        plane[window] for plane, window in zip(frame.planes, plane_windows(frame.format, box), strict=False)
    ]
