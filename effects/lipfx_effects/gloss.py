"""Clear gloss: a wet shine without any colour."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from lipfx.colour import from_lab, to_lab
from lipfx.effect import Effect, Meta, Patch, Region, Space
from lipfx.types import Float32
from lipfx_effects.light import SEEN, scene_light
from lipfx_effects.makeup import reflections
from lipfx_effects.pigment import Finish, mean_colour, soft_limit, take_apart

WET = Finish(sheen=18)
HIGHLIGHTS = 0.9
WHOLE = (slice(None), slice(None))
DEEPER = 0.06
"""How much darker and more saturated wet skin is."""


class Gloss(Effect, frozen=True, kw_only=True):
    """Makes the lips shine as if wet, in their own colour."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR
    margin: ClassVar[float] = SEEN

    amount: Annotated[float, Meta(ge=0, le=1, description="how wet")] = 0.7

    def render(self, patch: Patch) -> Float32:
        """The patch with brighter highlights, an added sheen and slightly deeper colour."""
        lips = np.minimum(patch.upper + patch.lower, 1)
        if lips.sum() < 1:
            return patch.rgb
        lab = to_lab(patch.rgb)
        relief = take_apart(lab[..., 0], lips, patch.mouth_width)
        mean = float(mean_colour(lab, lips)[0])
        light = scene_light(patch.rgb, lips, patch.inner, patch.mouth_width)
        sheen = reflections(patch, WHOLE, relief, mean, WET) * np.float32(light.level ** (1 / 3))
        added = np.float32(self.amount) * (np.float32(HIGHLIGHTS) * relief.highlights + sheen)
        deep = np.float32(1 - DEEPER * self.amount)
        lightness = soft_limit(lab[..., 0] * deep + added, lab[..., 0] * deep)
        pale = np.clip(1 - added / 60, 0.3, 1) / deep
        return from_lab(np.dstack([lightness, lab[..., 1:] * pale[..., None]]))
