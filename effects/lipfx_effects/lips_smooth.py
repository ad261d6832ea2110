"""Smoothing chapped lips: flakes and cracks go, form, creases and shine stay."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Space, from_lab, to_lab, window
from lipfx_effects.paint.makeup import ROOM
from lipfx_effects.paint.pigment import take_apart

CREASE = 1.5
"""What texture keeps at full strength, in L: finer relief is left, flakes and cracks are brought down."""

PALER = 0.03
"""Standard deviation, in mouth widths, over which flakes take on the colour of the lips around them."""

SHINE = 0.6
"""How much of small highlights goes: on dry lips they are the edges of flakes."""


class LipsSmooth(Effect, frozen=True, kw_only=True):
    """Smooths chapped lips: flakes and cracks go, the lips' form and colour stay."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    amount: Annotated[float, Meta(ge=0, le=1, description="how much smoother")] = 0.6

    def render(self, patch: Patch) -> Float32:
        """The patch with smoother lips."""
        lips = np.minimum(patch.upper + patch.lower, 1)
        if lips.sum() < 1:
            return patch.rgb
        part = window(lips > 0, ROOM)
        lips, lab = np.ascontiguousarray(lips[part]), to_lab(patch.rgb[part])
        relief = take_apart(lab[..., 0], lips, patch.mouth_width)
        kept = relief.texture / (1 + np.abs(relief.texture) * np.float32(1 / CREASE))
        change = (kept - relief.texture) - np.float32(SHINE) * relief.highlights
        even = _evened(lab[..., 1:], lips, max(PALER * patch.mouth_width, 0.8)) - lab[..., 1:]
        lab += np.float32(self.amount) * lips[..., None] * np.dstack([change, even])
        smooth = patch.rgb.copy()
        smooth[part] = from_lab(lab)
        return smooth


def _evened(colours: Float32, lips: Float32, sigma: float) -> Float32:
    """(h, w, 2) colours as the mean of lips around, (h, w) 0..1; skin and teeth do not count."""
    core = lips * lips
    known = cv2.GaussianBlur(core, (0, 0), sigma) + np.float32(1e-4)
    return np.asarray(
        cv2.GaussianBlur(colours * core[..., None], (0, 0), sigma) / known[..., None], np.float32
    )
