"""The matte as a picture; must not know how masks are made."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np

from lipfx.effects import Float32, Meta, Patch, Region, Renderer


class Mask(Renderer, frozen=True, kw_only=True):
    """The matte as a grey picture: white where the lips are, black elsewhere."""

    region: ClassVar[Region] = Region.MOUTH
    channels: ClassVar[int] = 1

    part: Annotated[
        Literal["lips", "upper", "lower", "inner", "mouth"],
        Meta(description="which part of the mouth is white"),
    ] = "lips"
    invert: Annotated[bool, Meta(description="inside a mouth's box, white where the part is not")] = False

    def render(self, patch: Patch) -> Float32:
        """(h, w, 1) float32 coverage 0..1."""
        parts = {
            "lips": (patch.upper, patch.lower),
            "upper": (patch.upper,),
            "lower": (patch.lower,),
            "inner": (patch.inner,),
            "mouth": (patch.upper, patch.lower, patch.inner),
        }
        whole: Float32 = np.clip(np.sum(parts[self.part], axis=0), 0, 1)
        return (1 - whole if self.invert else whole)[..., None]
