"""Owns moving pictures, masks and points by a warp; must not know effects or faces.

A warp is `x` and `y`, each (h, w) float32: where each pixel's picture comes from, in pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

from lipfx.core.values import Float32, Float64

STEPS = 6
"""Of the search for where a point goes; each leaves at most the warp's stretch of the error before it."""


def move_picture(picture: Float32, x: Float32, y: Float32) -> Float32:
    """A picture (h, w, 3), moved; its border is carried on outside."""
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)


def move_mask(mask: Float32, x: Float32, y: Float32) -> Float32:
    """A mask (h, w), moved; nothing new comes in over the border."""
    return np.asarray(cv2.remap(mask, x, y, cv2.INTER_LINEAR), np.float32)


def move_points(points: Float64, x: Float32, y: Float32, share: Float32) -> Float64:
    """Where (n, 2) points are after the warp, of which each pixel gets its `share`, (h, w) 0..1.

    Points outside the picture stay where they are.
    """
    height, width = share.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    steps = np.dstack([(columns - x) * share, (rows - y) * share])
    places = points.astype(np.float32)
    for _ in range(STEPS):
        taken = cv2.remap(steps, places[:, None, 0], places[:, None, 1], cv2.INTER_LINEAR)
        places = np.asarray(points + np.asarray(taken)[:, 0], np.float32)
    return points + (places - points.astype(np.float32))
