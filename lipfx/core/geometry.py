"""Owns poses and affines: from landmarks to a pose, from a pose to a crop and back; must not know networks.

A pose is the mouth's similarity frame: centre (mean of the outer contour), size (the larger of the
corner distance and the height across it, in pixels) and angle (of the line through the outer corners).
A crop is a square of `extent` sizes around the centre, upright in that frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Float64


@dataclass(frozen=True, slots=True)
class Pose:
    """Centre (x, y) and size in pixels, angle in radians (positive turns x towards y)."""

    x: float
    y: float
    size: float
    angle: float


def mouth_pose(points: Float64) -> Pose:
    """The pose of (56, 2) or (28, 2) landmarks; only the outer contour counts."""
    outer = np.asarray(points, dtype=np.float64)[helen56.OUTER]
    dx, dy = (outer[helen56.OUTER_CORNERS[1]] - outer[helen56.OUTER_CORNERS[0]]).tolist()
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
    """(..., 2) points through a (2, 3) affine."""
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


def scale_of(affine: Float64) -> float:
    """How much larger a (2, 3) affine makes lengths, on average over all directions."""
    (a, b, _), (c, d, _) = affine.tolist()
    return float(abs(a * d - b * c) ** 0.5)


def as_complex(similarity: Float64) -> tuple[complex, complex]:
    """A (2, 3) similarity as factor and shift of complex numbers x + iy."""
    (a, _, x), (b, _, y) = similarity.tolist()
    return complex(a, b), complex(x, y)


def as_affine(turn: complex, at: complex) -> Float64:
    """The (2, 3) similarity that multiplies x + iy by `turn` and adds `at`."""
    return np.array([[turn.real, -turn.imag, at.real], [turn.imag, turn.real, at.imag]])


def change(before: Pose, later: Pose) -> Float64:
    """(4,) from one pose to another: x and y in sizes, log size, angle in radians."""
    turn = (later.angle - before.angle + np.pi) % (2 * np.pi) - np.pi
    shift = np.array([later.x - before.x, later.y - before.y]) / before.size
    return np.array([*shift, np.log(later.size / before.size), turn])


def moved(pose: Pose, by: Float64) -> Pose:
    """The pose after a change: (4,) of x and y in sizes, log size, angle."""
    x, y, growth, turn = (float(v) for v in by)
    size = pose.size
    return Pose(pose.x + x * size, pose.y + y * size, size * float(np.exp(growth)), pose.angle + turn)


def transformed(pose: Pose, similarity: Float64) -> Pose:
    """The pose after a (2, 3) similarity of the picture."""
    x, y = transform(similarity, np.array([pose.x, pose.y]))
    turn, _ = as_complex(similarity)
    return Pose(float(x), float(y), pose.size * abs(turn), pose.angle + float(np.angle(turn)))


def between(before: Pose, later: Pose) -> Float64:
    """The (2, 3) similarity that takes one pose to another."""
    growth, angle = later.size / before.size, later.angle - before.angle
    c, s = growth * math.cos(angle), growth * math.sin(angle)
    x, y = later.x - c * before.x + s * before.y, later.y - s * before.x - c * before.y
    return np.array([[c, -s, x], [s, c, y]])
