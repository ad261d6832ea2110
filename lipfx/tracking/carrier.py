"""Owns following a face's box by its look alone, with dlib's correlation tracker; must not know landmarks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Float64

MIN_SIDE = 12.0  # copy pixels


class Carrier:
    """Carries a face's box from one small grey copy to the next. box: (4,) in frame pixels, as last seen."""

    def __init__(self, copy: NDArray[np.uint8], scale: float, box: Float64) -> None:
        """copy: (h, w) uint8, `scale` copy pixels per frame pixel. box: (4,) in frame pixels."""
        import dlib

        self.box = box
        self._tracker: Any = dlib.correlation_tracker()
        x0, y0, x1, y1 = (float(v) for v in _grown(box * scale))
        self._tracker.start_track(copy, dlib.drectangle(x0, y0, x1, y1))

    def follow(self, copy: NDArray[np.uint8], scale: float) -> tuple[Float64, float]:
        """The box in the next copy, in frame pixels, and the peak to side-lobe ratio (7 is poor)."""
        strength = float(self._tracker.update(copy))
        at = self._tracker.get_position()
        self.box = np.array([at.left(), at.top(), at.right(), at.bottom()]) / scale
        return self.box, strength


def _grown(box: Float64) -> Float64:
    """The box, of at least MIN_SIDE: the tracker fails on specks."""
    middle, half = (box[:2] + box[2:]) / 2, np.maximum((box[2:] - box[:2]) / 2, MIN_SIDE / 2)
    return np.concatenate([middle - half, middle + half])
