"""Taking lipstick off: lips in the colour that bare lips have beside this skin."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Scene, Space, to_lab, to_linear
from lipfx_effects.paint.makeup import wear

BARE = np.array([-0.19, -0.71, -0.5]), np.array([-0.085, -0.223, -0.228])
"""Light that bare lips give back over what skin does, as logarithms, and more per logarithm of the skin's own
reflectance: lips of deep skin differ less from it. Fitted, robustly, on portraits of light to deep skin."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
DEEPEST, LIGHTEST = 0.04, 0.7
CLEAR = 0.02
"""Coverage by the mouth up to which a pixel is skin."""

SKIN_FROM, SKIN_TO = 0.3, 0.9
"""Ranks, by lightness, of the skin that counts: neither shadows and hair nor highlights."""

COVERAGE = 0.95


class LipstickRemove(Effect, frozen=True, kw_only=True):
    """Takes lipstick off: lips get the colour that bare ones have beside this skin, and their own texture."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    amount: Annotated[float, Meta(ge=0, le=1, description="how much of the lipstick goes")] = 1.0

    def render(self, patch: Patch) -> Float32:
        """The patch with bare lips."""
        mouth = patch.upper + patch.lower + patch.inner
        skin = patch.rgb[mouth < CLEAR]
        if not len(skin):
            return patch.rgb
        bare = to_lab(bare_lips(_usual(skin), patch.scene))
        return wear(patch, bare, "satin", COVERAGE, self.amount)


def bare_lips(skin: Float32, scene: Scene) -> Float32:
    """(3,) linear RGB of bare lips beside (3,) `skin`, in the scene's light."""
    white = to_linear(np.clip(scene.white, 0.05, 1.5).astype(np.float32))
    own = float(np.clip(skin / white, 0, None) @ LUMINANCE)
    ratio = BARE[0] + BARE[1] * np.log(min(max(own, DEEPEST), LIGHTEST))
    return np.asarray(skin * np.exp(ratio), np.float32)


def _usual(skin: Float32) -> Float32:
    """(3,) mean of (n, 3) linear colours of middle lightness."""
    ranked = skin[np.argsort(skin @ LUMINANCE.astype(np.float32))]
    middle = ranked[int(SKIN_FROM * len(ranked)) : int(SKIN_TO * len(ranked)) + 1]
    return np.asarray(np.maximum(middle.mean(axis=0), 0), np.float32)
