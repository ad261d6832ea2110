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
    margin: ClassVar[float] = 0.5

    size: Annotated[
        float, Meta(ge=0.02, le=1, description="how large the squares are", extra={"unit": "mouth widths"})
    ] = 0.35

    def render(self, patch: Patch) -> Float32:
        """Means over squares of a grid that is fixed to the frame, each as a whole."""
        block = block_size(self.size * patch.mouth_width)
        height, width = patch.rgb.shape[:2]
        left, top = patch.box.x0 % block, patch.box.y0 % block
        right, bottom = -(left + width) % block, -(top + height) % block
        edges = (top, bottom, left, right)
        whole = cv2.copyMakeBorder(patch.rgb, *edges, cv2.BORDER_REPLICATE)
        count = (whole.shape[1] // block, whole.shape[0] // block)
        means = cv2.resize(whole, count, interpolation=cv2.INTER_AREA)
        inside = (slice(top, top + height), slice(left, left + width))
        squares = _spread(np.asarray(means, np.float32), whole.shape[:2])[inside]
        share = _spread(_shares(patch, edges, block), whole.shape[:2])[inside]
        share = np.minimum(share / np.maximum(patch.alpha, np.float32(1e-3)), 1)
        return np.asarray(patch.rgb + share[..., None] * (squares - patch.rgb), np.float32)


def _shares(patch: Patch, edges: tuple[int, int, int, int], block: int) -> Float32:
    """(rows, columns) how much of each square shows: the region's soft edge would be a curve across squares.

    A square that holds some of the mouth shows wherever the region lets it.
    """
    alpha, mouth = (
        np.asarray(cv2.copyMakeBorder(part, *edges, cv2.BORDER_CONSTANT, value=outside), np.float32)
        for part, outside in ((patch.alpha, (1.0,)), (patch.upper + patch.lower + patch.inner, (0.0,)))
    )
    rows, columns = alpha.shape[0] // block, alpha.shape[1] // block
    least, most = (part.reshape(rows, block, columns, block) for part in (alpha, mouth))
    return np.where(most.max(axis=(1, 3)) > 0, np.float32(1), least.min(axis=(1, 3)))


def _spread(squares: Float32, shape: tuple[int, int]) -> Float32:
    """Squares on their pixels, (h, w) and maybe channels."""
    return np.asarray(cv2.resize(squares, shape[::-1], interpolation=cv2.INTER_NEAREST), np.float32)


def block_size(wanted: float) -> int:
    """Whole pixels near `wanted`, in steps of a factor of 1.4: a drifting mouth seldom changes it."""
    return max(2, round(2 ** (round(2 * math.log2(max(wanted, 2))) / 2)))
