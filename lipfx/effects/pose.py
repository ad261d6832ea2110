"""Owns how a face is turned, told from the landmarks of its lips; must not know pictures.

A mouth is wrapped around the jaw: turned to a side its middle moves towards that side between its corners,
raised or lowered it bends. `scripts/head_pose.py` fits the weights and measures what they are worth.
"""

from __future__ import annotations

import math

import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Float64

YAW = np.array([33.27, 7.71, -27.65, 23.69])
"""Of the middle's place along the mouth: outer contour above and below, inner one above, inner corners."""
PITCH = np.array([17.4, 39.0, 62.5, -15.6])
LEVEL = -4.9
"""Degrees that a face looks down: of the middle's depth below the corners, outer contour above and below,
inner one above and below; and at none."""


def yaw(points: Float64) -> float:
    """Degrees, within 90, that a face is turned to the picture's right, seen upright. points: (56, 2)."""
    along, _ = middles(points)
    return math.degrees(math.atan(float(YAW @ along)))


def pitch(points: Float64) -> float:
    """Degrees that a face looks up. points: (56, 2) float64 helen-56."""
    _, below = middles(points)
    return -float(PITCH @ below + LEVEL)


def middles(points: Float64) -> tuple[Float64, Float64]:
    """(4,) each: where the mouth's middle lies along the line between its outer corners, from halfway, and
    how far below it, in distances of the corners; in the order of `YAW` and `PITCH`."""
    left, right = points[list(helen56.OUTER_CORNERS)]
    width = max(float(np.hypot(*(right - left))), 1e-6)
    axis = (right - left) / width
    x, y = ((points - (left + right) / 2) @ np.array([axis, (-axis[1], axis[0])]).T / width).T
    top, bottom = helen56.INNER_MIDDLE
    upper, lower, corners = list(helen56.TOP), list(helen56.BOTTOM), list(helen56.INNER_CORNERS)
    along = np.array([x[upper].mean(), x[lower].mean(), x[top], x[corners].mean()])
    return along, np.array([y[upper].mean(), y[lower].mean(), y[top], y[bottom]])
