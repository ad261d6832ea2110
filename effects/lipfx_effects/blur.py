"""Blurring the mouth for privacy."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Space

FADE = 0.08
"""Standard deviation, in mouth widths, of the blur's own edge."""


class Blur(Effect, frozen=True, kw_only=True):
    """Blurs the mouth and what is around it until lips cannot be read.

    A mouth in doubt is hidden too, for as long as its face is followed.
    """

    region: ClassVar[Region] = Region.AROUND
    space: ClassVar[Space] = Space.LINEAR
    protects: ClassVar[bool] = True
    margin: ClassVar[float] = 0.4

    strength: Annotated[
        float, Meta(ge=0.02, le=1, description="how far colours spread", extra={"unit": "mouth widths"})
    ] = 0.3

    def render(self, patch: Patch) -> Float32:
        """A Gaussian blur with a standard deviation of `strength`, fading in from the region's edge."""
        sigma = max(self.strength * patch.mouth_width, 0.5)
        blurred = cv2.GaussianBlur(patch.rgb, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        edge = cv2.GaussianBlur(patch.alpha, (0, 0), max(FADE * patch.mouth_width, 0.5))
        share = np.clip(2 * edge - 1, 0, 1)[..., None]
        return np.asarray(patch.rgb + (blurred - patch.rgb) * share, np.float32)
