"""The lips alone, on transparency."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np

from lipfx.effects import Float32, Meta, Patch, Region, Renderer


class Cutout(Renderer, frozen=True, kw_only=True):
    """Cuts the lips out onto transparency; needs an output with alpha, as ProRes 4444, FFV1 or PNG."""

    region: ClassVar[Region] = Region.MOUTH
    channels: ClassVar[int] = 4

    part: Annotated[
        Literal["lips", "mouth"], Meta(description="lips, or the mouth with teeth and tongue")
    ] = "lips"

    def render(self, patch: Patch) -> Float32:
        """(h, w, 4) float32: the picture and straight alpha."""
        lips = patch.upper + patch.lower
        alpha = np.clip(lips if self.part == "lips" else lips + patch.inner, 0, 1)
        return np.dstack([np.clip(patch.rgb, 0, 1), alpha])
