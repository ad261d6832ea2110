"""Owns where heads are in a frame, roughly, by the boxes of faces; must not know effects or codecs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from lipfx.core.geometry import mouth_pose
from lipfx.core.values import Face, Float32

ACROSS, DOWN, ABOVE = 0.88, 1.0, 0.22
"""Sides of a face's box: half the width and height of the oval over a head, and how far its middle lies above
the box's, where brows are the upper end."""
SOFT = 0.25
"""Sides of a face's box over which the oval fades."""


def heads(faces: Sequence[Face], width: int, height: int) -> Float32:
    """(height, width) float32 0..1: an oval over each head, upright as its mouth is."""
    mask = np.zeros((height, width), np.float32)
    for face in faces:
        np.maximum(mask, _oval(face, width, height), out=mask)
    return mask


def _oval(face: Face, width: int, height: int) -> Float32:
    sides = face.box[2:] - face.box[:2]
    side = max(float(sides.mean()), 1.0)
    angle = mouth_pose(face.points).angle
    down = np.array([-math.sin(angle), math.cos(angle)])
    x, y = (face.box[:2] + face.box[2:]) / 2 - ABOVE * side * down
    c, s = math.cos(angle), math.sin(angle)
    across = np.arange(width, dtype=np.float32)[None] - np.float32(x)
    below = np.arange(height, dtype=np.float32)[:, None] - np.float32(y)
    u = (c * across + s * below) / np.float32(ACROSS * side)
    v = (c * below - s * across) / np.float32(DOWN * side)
    out = np.asarray(cv2.magnitude(np.asarray(u, np.float32), np.asarray(v, np.float32)), np.float32)
    out -= 1
    out *= np.float32(-ACROSS / SOFT)
    share = np.clip(out + np.float32(0.5), 0, 1, out=out)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
