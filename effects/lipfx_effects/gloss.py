"""Clear gloss: a wet shine without any colour."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Space, from_lab, to_lab, window
from lipfx_effects.paint.finishes import Finish
from lipfx_effects.paint.gradient import place_of
from lipfx_effects.paint.light import depth, lamp
from lipfx_effects.paint.makeup import ROOM, reflections
from lipfx_effects.paint.pigment import Relief, mean_colour, off_skin, soft_limit, take_apart

WET = Finish(sheen=18)
HIGHLIGHTS = 0.9
DEEPER = 0.06
"""How much darker and more saturated wet skin is."""


class Gloss(Effect, frozen=True, kw_only=True):
    """Makes the lips shine as if wet, in their own colour."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    amount: Annotated[float, Meta(ge=0, le=1, description="how wet")] = 0.7

    def render(self, patch: Patch) -> Float32:
        """The patch with brighter highlights, an added sheen and slightly deeper colour."""
        lips = np.minimum(patch.upper + patch.lower, 1)
        if lips.sum() < 1:
            return patch.rgb
        part = window(lips > 0, ROOM)
        lips, lab = np.ascontiguousarray(lips[part]), to_lab(patch.rgb[part])
        inside = off_skin(lips, lips + patch.inner[part], patch.mouth_width)
        relief = take_apart(lab[..., 0], inside, patch.mouth_width)
        mean = float(mean_colour(lab, lips)[0])
        sheen = reflections(patch, place_of(patch, part), relief, mean, WET)
        glossy = patch.rgb.copy()
        glossy[part] = from_lab(self._wet(lab, relief, lamp(patch.scene), sheen))
        return glossy

    def _wet(self, lab: Float32, relief: Relief, light: Float32, sheen: Float32 | None) -> Float32:
        """(h, w, 3) Lab of lips under gloss."""
        before, *colours = (np.asarray(plane, np.float32) for plane in cv2.split(lab))
        added = np.float32(HIGHLIGHTS) * relief.highlights
        if sheen is not None:
            added += sheen
        added *= np.float32(self.amount)
        deep = np.float32(1 - DEEPER * self.amount)
        lightness = soft_limit(before * deep + added, before * deep)
        pale = np.clip(1 - added / 60, 0.3, 1)
        white = np.maximum(depth(lightness) - pale * depth(before), 0)
        wet = [colour * pale / deep + part * white for colour, part in zip(colours, light, strict=True)]
        return np.asarray(cv2.merge([lightness, *wet]), np.float32)
