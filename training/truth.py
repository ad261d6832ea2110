"""Owns the rasterised truth: class coverage of polygons and label maps in a crop; must not know networks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.geometry import transform
from lipfx.core.values import Float32, Float64
from training.data import TOUCHING, Truth
from training.patches import MouthPatch

FINE = 4


def lip_polygons(points: Float64) -> tuple[Float64, Float64, Float64]:
    """Upper lip, lower lip and inner mouth as closed polygons of (56, 2) helen-56 points."""
    return points[helen56.UPPER_LIP], points[helen56.LOWER_LIP], points[helen56.INNER_MOUTH]


def closed(points: Float64) -> Float64:
    """(56, 2) points, with one line between the lips where they touch all along."""
    left, right = points[list(helen56.OUTER_CORNERS)]
    top, bottom = points[helen56.UPPER_INNER], points[helen56.LOWER_INNER[::-1]]
    if np.linalg.norm(top - bottom, axis=1).max() > TOUCHING * np.linalg.norm(right - left):
        return points
    middle = (top + bottom) / 2
    return np.vstack([points[helen56.OUTER], middle, middle[-2:0:-1]])


def polygon_classes(points: Float64, side: int, fine: int = FINE) -> Float32:
    """(4, side, side) float32 coverage 0..1: elsewhere, upper lip, lower lip, inner mouth."""
    canvas = np.zeros((side * fine, side * fine), np.uint8)
    for label, polygon in enumerate(lip_polygons(points), start=1):
        corners = (polygon + 0.5) * fine - 0.5
        cv2.fillPoly(canvas, [np.round(corners * 16).astype(np.int32)], (label,), shift=4)
    return coverage(canvas, side)


def coverage(labels: NDArray[np.uint8], side: int) -> Float32:
    """(4, side, side) float32 share of each class in each pixel of a finer label map."""
    return np.stack(
        [
            cv2.resize((labels == k).astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
            for k in range(4)
        ]
    ).astype(np.float32)


def truth_classes(patch: MouthPatch, affine: Float64, side: int) -> Float32:
    """(4, side, side) float32 coverage of a patch's truth in the crop that `affine` cuts.

    Where only the mouth as a whole is known, it is class 1.
    """
    if patch.truth is Truth.NONE:
        nothing = np.zeros((4, side, side), np.float32)
        nothing[0] = 1
        return nothing
    if patch.labels is None:
        return polygon_classes(transform(affine, closed(patch.lips)), side)
    fine = affine * 2
    fine[:, 2] += 0.5
    labels = cv2.warpAffine(patch.labels, fine, (side * 2, side * 2), flags=cv2.INTER_NEAREST)
    return coverage(np.asarray(labels, dtype=np.uint8), side)
