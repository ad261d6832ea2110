"""Owns moving and softening the edges of soft masks; must not know faces or what a mask is of."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Float32

SIGMA_PER_FEATHER = 1 / 2.563  # a Gaussian edge goes from 10 to 90 % in 2.563 sigma
STEP = 8  # pixels that an edge is moved at a time: discs one after another make a large one, much faster


@dataclass(frozen=True, slots=True)
class Length:
    """A length in pixels, or in mouth widths where it is `of_mouth`."""

    value: float = 0.0
    of_mouth: bool = False

    def pixels(self, mouth_width: float) -> float:
        """The same in pixels, for a mouth of `mouth_width` pixels."""
        return self.value * mouth_width if self.of_mouth else self.value


@dataclass(frozen=True, slots=True)
class Edge:
    """What is done to a mask's edge. grow: how far it moves outwards, or inwards where it is negative.
    feather: over how much more it goes from 10 to 90 %.
    """

    grow: Length = Length()
    feather: Length = Length()

    def reach(self, mouth_width: float) -> float:
        """Pixels outside a mask that this may change."""
        sigma = self.feather.pixels(mouth_width) * SIGMA_PER_FEATHER
        return max(self.grow.pixels(mouth_width), 0.0) + 4 * sigma  # where OpenCV's kernel ends

    def of(self, mask: Float32, mouth_width: float) -> Float32:
        """The mask, (h, w) float32 0..1, with its edge moved and softened; the picture's border is none."""
        moved = _moved(mask, self.grow.pixels(mouth_width))
        sigma = self.feather.pixels(mouth_width) * SIGMA_PER_FEATHER
        if sigma <= 0:
            return moved
        return np.asarray(cv2.GaussianBlur(moved, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)


def disc(radius: int) -> NDArray[np.uint8]:
    """A disc to move edges with, (2 radius + 1) pixels across."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)


def _moved(mask: Float32, by: float) -> Float32:
    """Grey dilation or erosion by a disc; between whole radii a mixture of two."""
    change = cv2.MORPH_DILATE if by > 0 else cv2.MORPH_ERODE
    steps, rest = divmod(abs(by), STEP)
    for _ in range(int(steps)):
        mask = np.asarray(cv2.morphologyEx(mask, change, disc(STEP)), np.float32)
    whole, share = int(rest), np.float32(rest % 1)
    near = mask if whole == 0 else np.asarray(cv2.morphologyEx(mask, change, disc(whole)), np.float32)
    if share == 0:
        return near
    far = np.asarray(cv2.morphologyEx(mask, change, disc(whole + 1)), np.float32)
    return near + share * (far - near)
