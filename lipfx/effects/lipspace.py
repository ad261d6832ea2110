"""Owns coordinates on the lips that stay with the skin; must not know effects or pictures.

The mouth's corners span an upright frame. In it the four arcs (outer and inner, upper and lower) are
heights over the line between the corners, and a pixel's place is read off between them. Smooth curves
through all landmarks of an arc, rather than the landmarks themselves, keep a single landmark's noise
out of the coordinates.
"""

from __future__ import annotations

import numpy as np

from lipfx.core import helen56
from lipfx.core.geometry import transform
from lipfx.core.values import Float32, Float64

THINNEST = 0.03
"""Lips are at least this thick, in mouth widths, so that coordinates stay finite at the corners."""

DEGREE = 4
FINE = 2048
"""Places between the corners at which the height of an arc is worked out."""

CORNERS = tuple(zip(helen56.OUTER_CORNERS, helen56.INNER_CORNERS, strict=True))
ARCS = (helen56.UPPER_OUTER, helen56.LOWER_OUTER, helen56.UPPER_INNER, helen56.LOWER_INNER)
_OF_ARCS = np.array([[float(point in arc) for point in range(helen56.COUNT)] for arc in ARCS])
_MIDDLE = list(helen56.MIDDLE)
_PLACES = np.linspace(0, 1, FINE)
_RIDGE = 1e-4 * np.eye(DEGREE + 1)
_CURVES = np.asarray((_PLACES * (1 - _PLACES)) * np.vander(2 * _PLACES - 1, DEGREE + 1).T, np.float32)


def lip_coordinates(landmarks: Float64, shape: tuple[int, int]) -> tuple[Float32, Float32, Float32]:
    """Where each pixel lies on the lips, whatever the mouth's size, turn and opening.

    landmarks: (56, 2) in patch pixels. shape: (height, width) of the patch.
    Returns `along`, 0 at the left corner of an upright mouth, 0.5 at its middle, 1 at the right corner;
    `across`, -1 on the upper lip's outer edge, 0 in the inner mouth, 1 on the lower lip's outer edge; and
    the height in mouth widths of the lip there, upper or lower. All are (h, w) float32 and continue beyond
    the lips, the first two clipped to -1..2 and -3..3.
    """
    upright = to_upright(landmarks)
    points = transform(upright, landmarks)
    rows, columns = (np.arange(side, dtype=np.float32) for side in shape)
    (a, b, left), (c, d, top) = upright.astype(np.float32)
    x = np.clip(np.add.outer(b * rows + left, a * columns), -1, 2)
    y = np.add.outer(d * rows + top, c * columns)
    inside = np.clip(x, 0, 1)
    place = inside * np.float32(FINE - 1)
    place += np.float32(0.5)
    upper, lower, above, below, along = np.take(_tables(points), place.astype(np.intp), axis=1, mode="clip")
    up, down = np.minimum(y - upper, 0), np.maximum(y - lower, 0)
    height = np.where(y + y < upper + lower, above, below)
    across = np.clip((up + down) / height, -3, 3)
    along += x
    along -= inside
    return along, across, height


def _tables(points: Float64) -> Float32:
    """(5, FINE) from corner to corner of (56, 2) upright points: heights of the inner mouth's upper and lower
    edge, thickness of upper and lower lip, and `along`.
    """
    top, bottom, upper, lower = _arcs(points)
    upper = np.minimum(upper, bottom)
    lower = np.maximum(lower, upper)
    middle = min(max(float(points[_MIDDLE, 0].mean()), 0.2), 0.8)
    along = _PLACES * (1 - middle) / (_PLACES * (1 - 2 * middle) + middle)
    tables = upper, lower, np.maximum(upper - top, THINNEST), np.maximum(bottom - lower, THINNEST), along
    return np.asarray(tables, np.float32)


def to_upright(landmarks: Float64) -> Float64:
    """(2, 3) similarity from patch pixels to mouth widths: left corner to (0, 0), right corner to (1, 0)."""
    left, right = ((landmarks[a] + landmarks[b]) / 2 for a, b in CORNERS)
    dx, dy = right - left
    square = max(dx * dx + dy * dy, 1e-6)
    linear = np.array([[dx, dy], [-dy, dx]]) / square
    return np.hstack([linear, -(linear @ left)[:, None]])


def _arcs(points: Float64) -> Float32:
    """(4, FINE) heights of smooth curves between the corners, at x from 0 to 1, near (56, 2) upright points.

    They are the arcs of ARCS, each x (1 - x) times a polynomial of degree 4, by least squares with a light
    ridge.
    """
    place = np.clip(points[:, 0], 0, 1)
    basis = (place * (1 - place))[:, None] * np.vander(2 * place - 1, DEGREE + 1)
    squares = (_OF_ARCS[:, None] * basis.T) @ basis + _RIDGE
    sides = (_OF_ARCS * points[:, 1]) @ basis
    weights = np.linalg.solve(squares, sides[..., None])[..., 0]
    return np.asarray(weights.astype(np.float32) @ _CURVES, np.float32)
