"""Owns where crops lie: from landmarks to a pose, from a pose to an affine; must not know any network.

A pose is the mouth's similarity frame: centre (mean of the outer contour), size (the larger of the
corner distance and the height across it, in pixels) and angle (of the line through the outer corners).
A crop is a square of `extent` sizes around the centre, upright in that frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipfx.types import OUTER, OUTER_CORNERS, Float64

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
    corner = outer[OUTER_CORNERS[1]] - outer[OUTER_CORNERS[0]]
    angle = float(np.arctan2(corner[1], corner[0]))
    across = outer @ np.array([-np.sin(angle), np.cos(angle)])
    size = max(float(np.hypot(*corner)), float(np.ptp(across)), 1e-3)
    x, y = outer.mean(0)
    return Pose(float(x), float(y), size, angle)


def crop_affine(pose: Pose, extent: float, side: int) -> Float64:
    """(2, 3) float64 from frame pixels to the pixels of a `side` x `side` crop of `extent` sizes.

    Pixel centres are at integers in both, so the pose's centre lands on (side - 1) / 2.
    """
    scale = side / (extent * pose.size)
    c, s = scale * np.cos(pose.angle), scale * np.sin(pose.angle)
    linear = np.array([[c, s], [-s, c]])
    middle = (side - 1) / 2
    offset = middle - linear @ np.array([pose.x, pose.y])
    return np.hstack([linear, offset[:, None]])


def transform(affine: Float64, points: Float64) -> Float64:
    """(n, 2) points through a (2, 3) affine."""
    return np.asarray(points, dtype=np.float64) @ affine[:, :2].T + affine[:, 2]


def inverse(affine: Float64) -> Float64:
    """The (2, 3) affine that undoes a (2, 3) affine."""
    linear = np.linalg.inv(affine[:, :2])
    return np.hstack([linear, -(linear @ affine[:, 2])[:, None]])


def after(second: Float64, first: Float64) -> Float64:
    """The (2, 3) affine that applies `first`, then `second`."""
    return np.hstack([second[:, :2] @ first[:, :2], (second[:, :2] @ first[:, 2] + second[:, 2])[:, None]])
