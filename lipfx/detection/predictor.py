"""Owns dlib's 68-point shape predictor, which a user may bring; must not know networks or tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lipfx.core.luma import resized
from lipfx.core.values import Float64, Frame
from lipfx.errors import InputError

POINTS = 68
FACE_SIDE = 200.0  # copy pixels
# The 12 points of the outer lips at the places of helen-56's outer contour that lie nearest to them.
OUTER_LIPS = np.arange(48, 60)
PLACES = np.array([0, 2, 5, 6, 8, 10, 13, 16, 19, 21, 23, 26])


class Predictor:
    """Finds the outer lips in a face's box."""

    def __init__(self, path: Path) -> None:
        """Raises: InputError when `path` is no 68-point predictor."""
        import dlib

        if not path.is_file():
            raise InputError(f"{path}: no such file; --shape-predictor wants dlib's 68-point file")
        try:
            self._predictor: Any = dlib.shape_predictor(str(path))
        except RuntimeError as error:
            raise InputError(f"{path} is no shape predictor ({error}); give dlib's 68-point file") from error

    def outer(self, frame: Frame, box: Float64) -> Float64:
        """(28, 2) points of the outer contour in frame pixels, for a face's box (x0, y0, x1, y1).

        Raises: InputError when the predictor has another number of points.
        """
        import dlib

        scale = min(1.0, FACE_SIDE / max(float(box[2] - box[0]), 1.0))
        copy = resized(frame, scale)
        shape = self._predictor(copy, dlib.rectangle(*(round(float(v)) for v in box * scale)))
        if shape.num_parts != POINTS:
            raise InputError(f"the shape predictor has {shape.num_parts} points, wanted dlib's {POINTS}")
        lips = np.array([(shape.part(int(i)).x, shape.part(int(i)).y) for i in OUTER_LIPS]) / scale
        around = np.arange(28)
        return np.column_stack([np.interp(around, PLACES, lips[:, k], period=28) for k in (0, 1)])
