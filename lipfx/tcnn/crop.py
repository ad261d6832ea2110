"""Owns where crops lie: from landmarks to a pose, from a pose to an affine; must not know any network.

A pose is the mouth's similarity frame: centre (mean of the outer contour), size (the larger of the
corner distance and the height across it, in pixels) and angle (of the line through the outer corners).
A crop is a square of `extent` sizes around the centre, upright in that frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lipfx.core.values import OUTER, OUTER_CORNERS, Float64

MIRROR = np.concatenate([(13 - np.arange(28)) % 28, 28 + (14 - np.arange(28)) % 28])


@dataclass(frozen=True, slots=True)
class Pose:
    """Centre (x, y) and size in pixels, angle in radians (positive turns x towards y)."""

    x: float
    y: float
    size: float
    angle: float


def mouth_pose(points: Float64) -> Pose:
    """The pose of (56, 2) or (28, 2) landmarks; only the outer contour counts."""
    outer = np.asarray(points, dtype=np.float64)[OUTER]
    dx, dy = (outer[OUTER_CORNERS[1]] - outer[OUTER_CORNERS[0]]).tolist()
    angle, width = math.atan2(dy, dx), math.hypot(dx, dy)
    across = outer[:, 1] * math.cos(angle) - outer[:, 0] * math.sin(angle)
    x, y = (outer.sum(0) / len(outer)).tolist()
    return Pose(x, y, max(width, float(across.max() - across.min()), 1e-3), angle)


def crop_affine(pose: Pose, extent: float, side: int) -> Float64:
    """(2, 3) float64 from frame pixels to the pixels of a `side` x `side` crop of `extent` sizes.

    Pixel centres are at integers in both, so the pose's centre lands on (side - 1) / 2.
    """
    scale = side / (extent * pose.size)
    c, s = scale * math.cos(pose.angle), scale * math.sin(pose.angle)
    middle = (side - 1) / 2
    return np.array([[c, s, middle - c * pose.x - s * pose.y], [-s, c, middle + s * pose.x - c * pose.y]])


def transform(affine: Float64, points: Float64) -> Float64:
    """(n, 2) points through a (2, 3) affine."""
    return np.asarray(points, dtype=np.float64) @ affine[:, :2].T + affine[:, 2]


def inverse(affine: Float64) -> Float64:
    """The (2, 3) affine that undoes a (2, 3) affine.

    Plain numbers: poses go through many of these a frame, and NumPy takes ten times as long over four.
    """
    (a, b, x), (c, d, y) = affine.tolist()
    one = a * d - b * c
    a, b, c, d = d / one, -b / one, -c / one, a / one
    return np.array([[a, b, -a * x - b * y], [c, d, -c * x - d * y]])


def after(second: Float64, first: Float64) -> Float64:
    """The (2, 3) affine that applies `first`, then `second`."""
    made: Float64 = second[:, :2] @ first
    made[:, 2] += second[:, 2]
    return made
