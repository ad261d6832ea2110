"""Owns telling teeth, tongue and skin by their colour; must not know effects or faces."""

from __future__ import annotations

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.colour import to_lab, to_linear
from lipfx.core.values import Float32, Float64, Scene, Space

TONGUE_FROM, TONGUE_FADE = 16.0, 12.0
"""Lightness at which a tongue begins to show in a mouth's dark, and over how much more it does."""
RED_FROM, RED_FADE = 18.0, 6.0
"""The same of redness, as `_redness` tells it: teeth in the shade of lips have less than that."""
TONGUE_THIN = 0.03
"""Mouth widths: what is thinner is a rim of lips or gums."""
SKIN_REACH, SKIN_CLEAR, ENOUGH = 0.9, 0.02, 16
"""Mouth widths from the mouth's middle within which skin is looked at, coverage of a mouth below which it is
seen, and pixels that are enough."""
LEAST_SPREAD = np.array([8.0, 3.5, 3.5])
"""Of L*, a* and b* over skin, at least; MAD makes a standard deviation of a median distance."""
MAD = 1.4826
SKIN_UP_TO, SKIN_FADE = 5.0, 2.0
"""Standard deviations from the usual colour at which skin ends, and over which it fades."""


def tooth_share(lab: Float32) -> Float32:
    """(h, w) 0..1, how like teeth a colour is: light and hardly red. lab: (h, w, 3) in neutral light."""
    pale = np.clip((15 - _redness(lab)) / 7, 0, 1)
    bright = np.clip((lab[..., 0] - 26) / 16, 0, 1)
    return np.asarray(pale * bright, np.float32)


def white_of(scene: Scene) -> Float32:
    """(3,) linear RGB of a white surface in a scene."""
    return to_linear(np.clip(scene.white, 0.05, 1).astype(np.float32))


def teeth(rgb: Float32, space: Space, scene: Scene, inner: Float32) -> Float32:
    """(h, w) float32 0..1: how much of each pixel is teeth, by its colour in the scene's light."""
    lab = to_lab(_linear(rgb, space) / white_of(scene))
    return np.asarray(inner * tooth_share(lab), np.float32)


def tongue(rgb: Float32, space: Space, scene: Scene, inner: Float32, mouth_width: float) -> Float32:
    """(h, w) float32 0..1: how much of each pixel is tongue or gums, by its colour in the scene's light."""
    lab = to_lab(_linear(rgb, space) / white_of(scene))
    lit = np.clip((lab[..., 0] - TONGUE_FROM) / TONGUE_FADE, 0, 1)
    red = np.clip((_redness(lab) - RED_FROM) / RED_FADE, 0, 1)
    share = np.asarray(inner * (1 - tooth_share(lab)) * lit * red, np.float32)
    side = 2 * round(0.5 * TONGUE_THIN * mouth_width) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(share, cv2.MORPH_OPEN, kernel), np.float32)


def skin(rgb: Float32, space: Space, scene: Scene, mouth: Float32, points: Float64) -> Float32:
    """(h, w) float32 0..1: how much of each pixel is skin, by how near its colour is to that beside the lips.

    mouth: (h, w) 0..1, lips and what is between them. points: (56, 2) float64 helen-56, in pixels of `rgb`.
    """
    lab = to_lab(_linear(rgb, space) / white_of(scene))
    middle = points[helen56.OUTER].mean(axis=0)
    rows, columns = np.mgrid[: mouth.shape[0], : mouth.shape[1]].astype(np.float32)
    width = max(float(np.ptp(points[:, 0])), float(np.ptp(points[:, 1])), 1.0)
    near = np.hypot(columns - middle[0], rows - middle[1]) < SKIN_REACH * width
    beside = lab[near & (mouth < SKIN_CLEAR)]
    if len(beside) < ENOUGH:
        return np.asarray(1 - mouth, np.float32)
    usual = np.median(beside, axis=0)
    spread = np.maximum(MAD * np.median(np.abs(beside - usual), axis=0), LEAST_SPREAD)
    away = np.sqrt(((lab - usual) ** 2 / spread**2).sum(axis=-1))
    share = np.clip((SKIN_UP_TO - away) / SKIN_FADE, 0, 1)
    return np.asarray(share * np.clip(1 - mouth, 0, 1), np.float32)


def _redness(lab: Float32) -> Float32:
    """(h, w) a* of a colour as if it were in the light."""
    depth = np.maximum(np.minimum(lab[..., 0] + 16, 3 * lab[..., 0]), 0)
    return np.asarray(lab[..., 1] * 76 / np.maximum(depth, 12), np.float32)


def _linear(rgb: Float32, space: Space) -> Float32:
    return rgb if space is Space.LINEAR else to_linear(np.clip(rgb, 0, None))
