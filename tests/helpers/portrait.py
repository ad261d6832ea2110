"""Where lips, teeth and skin are in the sample clip, known because the sample is made from one portrait; must
not know lipfx, so that it can judge it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from samples import talking

Mask = NDArray[np.bool_]

# Cores of the parts, well inside their edges, in pixels of the portrait.
_PARTS = {
    "upper lip": ((213, 140.2), (222, 140.8), (232, 140.2), (232, 141.6), (224, 142.6), (215, 141.6)),
    "lower lip": ((214, 150), (221, 151), (230, 150.6), (233, 149.2), (231, 151), (225, 153), (217, 152)),
    "teeth": ((213, 144.5), (219, 145.5), (229, 145.5), (232, 145), (229, 147.5), (220, 147.8), (215, 146.6)),
    "cheek": ((196, 118), (204, 118), (204, 127), (196, 127)),
    "chin": ((215, 163), (229, 163), (229, 170), (215, 170)),
}  # fmt: skip


def part(name: str, index: int) -> Mask:
    """Pixels of frame `index` of the sample that show that part: (512, 512) bool."""
    painted = np.zeros((512, 512, 3), np.uint8)
    corners = np.round(np.array(_PARTS[name]) * 16).astype(np.int32)
    cv2.fillPoly(painted, [corners], (255, 255, 255), shift=4)
    shown = talking.frame(painted, float(index / talking.FPS))
    return np.asarray(shown.min(axis=2) > 200)


def mean_colour(picture: NDArray[np.uint8], where: Mask) -> NDArray[np.float64]:
    """(3,) mean RGB of the pixels in `where`."""
    return np.asarray(picture[where].mean(axis=0, dtype=np.float64))
