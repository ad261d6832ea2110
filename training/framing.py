"""Owns mouths that the frame's edge cuts, shown as the program shows them; must not know networks."""

from __future__ import annotations

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Float32
from training.patches import Image, MouthPatch

DEEPEST = 0.6  # of the mouth's extent that may lie beyond the edge
CLEAR = 0.15  # of the mouth's extent that may lie between it and the edge


def framed(patch: MouthPatch, rng: np.random.Generator) -> tuple[Image, Float32]:
    """A patch's picture with an edge of the frame through its mouth or near it, and what lies beyond, 0 or 1.

    As everywhere else, the frame's border is mirrored there.
    """
    axis, far = int(rng.integers(2)), bool(rng.integers(2))
    size = patch.image.shape[0]
    low, high = np.sort(patch.lips[helen56.OUTER, axis])[[0, -1]].tolist()
    beyond = rng.uniform(-CLEAR, DEEPEST) * (high - low)
    edge = int(np.clip(round(high - beyond if far else low + beyond), 8, size - 8))
    kept: list[slice] = [slice(None), slice(None)]
    kept[1 - axis] = slice(0, edge) if far else slice(edge, size)
    outside = np.ones((size, size), np.float32)
    outside[tuple(kept)] = 0
    before, after = (0, size - edge) if far else (edge, 0)
    top, bottom, left, right = (0, 0, before, after) if axis == 0 else (before, after, 0, 0)
    shown = cv2.copyMakeBorder(patch.image[tuple(kept)], top, bottom, left, right, cv2.BORDER_REFLECT_101)
    return np.asarray(shown, dtype=np.uint8), outside
