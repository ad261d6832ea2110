"""Whitening teeth and nothing else in the mouth."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Space, from_lab, to_lab
from lipfx_effects.paint.light import SEEN, depth, scene_light

EVENNESS = 0.008
"""Standard deviation, in mouth widths, of the blur that makes the teeth's mask even."""


class TeethWhiten(Effect, frozen=True, kw_only=True):
    """Takes the yellow out of teeth and lightens them; tongue, gums and the dark of the mouth stay."""

    region: ClassVar[Region] = Region.INNER_MOUTH
    space: ClassVar[Space] = Space.LINEAR
    margin: ClassVar[float] = SEEN

    amount: Annotated[float, Meta(ge=0, le=1, description="how much whiter")] = 0.5

    def render(self, patch: Patch) -> Float32:
        """The patch with whiter teeth."""
        if patch.inner.sum() < 1:
            return patch.rgb
        light = scene_light(patch.rgb, patch.upper + patch.lower, patch.inner, patch.mouth_width)
        neutral = to_lab(patch.rgb / light.rgb)
        sigma = max(EVENNESS * patch.mouth_width, 0.5)
        teeth = cv2.GaussianBlur(tooth_share(neutral), (0, 0), sigma) * np.float32(self.amount)
        room = np.clip(1 - neutral[..., 0] / 100, 0, 1)
        lightness = neutral[..., 0] + teeth * room * depth(neutral[..., 0]) * np.float32(0.3)
        colour = neutral[..., 1:] * (1 - 0.8 * teeth)[..., None]
        white = from_lab(np.dstack([lightness, colour])) * light.rgb
        share = np.minimum(teeth * 4, 1)[..., None]

        return np.asarray(patch.rgb + (white - patch.rgb) * share, np.float32)


def tooth_share(lab: Float32) -> Float32:
    """(h, w) 0..1, how like teeth a colour is: light and hardly red. lab: (h, w, 3) in neutral light."""
    redness = lab[..., 1] * 76 / np.maximum(depth(lab[..., 0]), 12)
    pale = np.clip((15 - redness) / 7, 0, 1)
    bright = np.clip((lab[..., 0] - 26) / 16, 0, 1)
    return np.asarray(pale * bright, np.float32)
