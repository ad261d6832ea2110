"""The effect `aurora`: colours that drift along the lips."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lipfx.effects import Effect, Meta, Patch, Region, Space, from_lab, to_lab


class Aurora(Effect, frozen=True, kw_only=True):
    """Lets colours drift along the lips; their lightness, and so every crease, stays."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    strength: Annotated[float, Meta(ge=0, le=100, description="how vivid, as chroma in Lab")] = 40
    speed: Annotated[float, Meta(ge=0, le=5, description="turns through all hues a second")] = 0.2

    def render(self, patch: Patch) -> NDArray[np.float32]:
        """The patch with another hue, which depends on the place on the lips and on time."""
        lab = to_lab(patch.rgb)
        hue = 2 * np.pi * (0.5 * patch.along + 0.1 * patch.across - self.speed * patch.time)
        lit = np.clip(lab[..., 0] / 50, 0, 1)
        return from_lab(
            np.dstack([lab[..., 0], *(self.strength * lit * wave(hue) for wave in (np.cos, np.sin))])
        )
