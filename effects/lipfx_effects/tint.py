"""A lip tint: a stain that colours and keeps everything else."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from lipfx.effects import Float32, Meta, Patch, Region, Space, from_lab, to_lab, window
from lipfx_effects.paint.light import Colouring, depth
from lipfx_effects.paint.makeup import ROOM
from lipfx_effects.paint.pigment import mean_colour
from lipfx_effects.paint.shades import A_SHADE, BY_FAMILY, NAMES, shade_lab

STAIN = np.array([0.3, 0.75, 0.75], np.float32)
"""How far the strongest stain goes towards the shade in L, a and b; it never lightens."""


class Tint(Colouring, frozen=True, kw_only=True):
    """Stains the lips towards a shade; their texture and shine stay as they are."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    shade: Annotated[str, Meta(description=A_SHADE, examples=NAMES, extra=BY_FAMILY)] = "cherry"
    amount: Annotated[float, Meta(ge=0, le=1, description="how strong the stain is")] = 0.5

    def __post_init__(self) -> None:
        shade_lab(self.shade)

    def render(self, patch: Patch) -> Float32:
        """The patch with another hue on the lips."""
        lips = np.minimum(patch.upper + patch.lower, 1)
        if lips.sum() < 1:
            return patch.rgb
        part = window(lips > 0, ROOM)
        lab = to_lab(patch.rgb[part])
        own = mean_colour(lab, lips[part])
        change = (self.seen(shade_lab(self.shade), patch.scene) - own) * STAIN * np.float32(self.amount)
        change[0] = min(change[0], 0)
        lit = np.clip(depth(lab[..., :1]) / max(float(own[0]) + 16, 1), 0, 1.3)
        stained = patch.rgb.copy()
        stained[part] = from_lab(lab + lit * change)
        return stained
