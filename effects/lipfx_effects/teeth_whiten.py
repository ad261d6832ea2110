"""Whitening teeth and nothing else in the mouth."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Space, from_lab, to_lab, tooth_share, white_of
from lipfx_effects.paint.light import depth

EVENNESS = 0.008
"""Standard deviation, in mouth widths, of the blur that makes the teeth's mask even."""


LIGHTER, PALER = 0.14, 0.75
"""How much lighter teeth get and how much of their yellow goes, at full strength. Lighter in proportion: what
lies in shadow stays there; teeth that are all lifted to one white would glow."""

WHITEST, FADES = 86.0, 22.0
"""L in neutral light, that of the whitest shade that dentists bleach to, from which nothing is lightened, and
over how much it fades."""


class TeethWhiten(Effect, frozen=True, kw_only=True):
    """Takes the yellow out of teeth and lightens them; tongue, gums and the dark of the mouth stay."""

    region: ClassVar[Region] = Region.INNER_MOUTH
    space: ClassVar[Space] = Space.LINEAR

    amount: Annotated[float, Meta(ge=0, le=1, description="how much whiter")] = 0.5

    def render(self, patch: Patch) -> Float32:
        """The patch with whiter teeth."""
        if patch.inner.sum() < 1:
            return patch.rgb
        light = white_of(patch.scene)
        neutral = to_lab(patch.rgb / light)
        sigma = max(EVENNESS * patch.mouth_width, 0.5)
        teeth = cv2.GaussianBlur(tooth_share(neutral), (0, 0), sigma) * np.float32(self.amount)
        room = np.clip((WHITEST - neutral[..., 0]) * np.float32(1 / FADES), 0, 1)
        lightness = neutral[..., 0] + teeth * room * depth(neutral[..., 0]) * np.float32(LIGHTER)
        colour = neutral[..., 1:] * (1 - np.float32(PALER) * teeth)[..., None]
        white = from_lab(np.dstack([lightness, colour])) * light
        share = np.minimum(teeth * 4, 1)[..., None]

        return np.asarray(patch.rgb + (white - patch.rgb) * share, np.float32)
