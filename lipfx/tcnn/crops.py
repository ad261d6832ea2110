"""Owns what each network's crop shows, and what is drawn or read in it; must not know any network.

Sides are in pixels; extents in mouth sizes, the locator's in sides of the face's box.
"""

from __future__ import annotations

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.geometry import Pose
from lipfx.core.values import Float32, Float64

LOCATOR_SIDE, LOCATOR_EXTENT = 64, 1.5
NETWORK_SIDE, NETWORK_EXTENT = 40, 1.8
REFINER_SIDE, REFINER_EXTENT = 96, 1.5
PRIOR_SIDE = 48
ANCHORS = 6
EYES = slice(0, 2)  # of the anchors
CLASSES = 4
_PARTS = (helen56.UPPER_LIP, helen56.LOWER_LIP, helen56.INNER_MOUTH)


def face_pose(box: Float64, angle: float = 0.0) -> Pose:
    """The pose of a face's box (x0, y0, x1, y1): its middle, its mean side, the angle it was found at."""
    x0, y0, x1, y1 = (float(v) for v in box)
    return Pose((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0 + y1 - y0) / 2, angle)


def anchors_pose(anchors: Float64) -> Pose:
    """The mouth's pose from (6, 2) anchors in frame pixels.

    The centre of mass of an outer contour lies a little below the middle of its corners; its corners and
    its top and bottom give size and angle, the eyes steady the angle.
    """
    eyes, corners, ends = anchors[EYES], anchors[2:4], anchors[4:6]
    direction = (corners[1] - corners[0]) + 0.5 * (eyes[1] - eyes[0])
    angle = float(np.arctan2(direction[1], direction[0]))
    width = float(((corners[1] - corners[0]) ** 2).sum() ** 0.5)
    height = float(((ends[1] - ends[0]) ** 2).sum() ** 0.5)
    centre = 0.5 * corners.mean(0) + 0.5 * ends.mean(0)
    return Pose(float(centre[0]), float(centre[1]), max(width, height, 1e-3), angle)


def prior_classes(points: Float64) -> Float32:
    """(3, 48, 48) float32 coverage of upper lip, lower lip, inner mouth by (56, 2) points in crop pixels."""
    fine = np.round(points * 16).astype(np.int32)
    canvas = np.zeros((REFINER_SIDE, REFINER_SIDE), np.uint8)
    for label, corners in enumerate(_PARTS, start=1):
        cv2.fillPoly(canvas, [fine[corners]], (label,), shift=4)
    quarters = [np.multiply(canvas == label, 4, dtype=np.uint8) for label in (1, 2, 3)]
    half = (PRIOR_SIDE, PRIOR_SIDE)
    masks = [cv2.resize(part, half, interpolation=cv2.INTER_AREA) for part in quarters]
    return np.asarray(masks, np.float32) / np.float32(4)
