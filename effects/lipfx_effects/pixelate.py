"""Pixelating the mouth for privacy."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Space


class Pixelate(Effect, frozen=True, kw_only=True):
    """Turns the mouth and what is around it into large squares until lips cannot be read.

    A mouth in doubt is hidden too, for as long as its face is followed.
    """

    region: ClassVar[Region] = Region.AROUND
    space: ClassVar[Space] = Space.LINEAR
    protects: ClassVar[bool] = True
    margin: ClassVar[float] = 0.35

    size: Annotated[
        float, Meta(ge=0.02, le=1, description="how large the squares are", extra={"unit": "mouth widths"})
    ] = 0.2

    def render(self, patch: Patch) -> Float32:
        """Means over squares of a grid that is fixed to the frame."""
        block = block_size(self.size * patch.mouth_width)
        height, width = patch.rgb.shape[:2]
        left, top = patch.box.x0 % block, patch.box.y0 % block
        right, bottom = -(left + width) % block, -(top + height) % block
        whole = cv2.copyMakeBorder(patch.rgb, top, bottom, left, right, cv2.BORDER_REPLICATE)
        count = (whole.shape[1] // block, whole.shape[0] // block)
        means = cv2.resize(whole, count, interpolation=cv2.INTER_AREA)
        squares = cv2.resize(means, whole.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        return np.asarray(squares[top : top + height, left : left + width], np.float32)


def block_size(wanted: float) -> int:
    """Whole pixels near `wanted`, in steps of a factor of 1.4: a drifting mouth seldom changes it."""
    return max(2, round(2 ** (round(2 * math.log2(max(wanted, 2))) / 2)))
