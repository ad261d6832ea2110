"""Owns how a shade looks in the scene, and what overrules that; must not know pigments or relief.

Shades are float32 Lab (L, 0..100 for light 0..1) as they look in neutral studio light.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import numpy as np

from lipfx.effects import (
    Effect,
    Float32,
    Float64,
    Meta,
    Scene,
    from_lab,
    to_encoded,
    to_lab,
    to_linear,
    white_of,
)

STOP_OF_WARMTH = np.array([0.5, 0.0, -0.5])
"""Stops by which the strongest warmth changes red, green and blue."""


class Colouring(Effect, frozen=True, kw_only=True):
    """Base of effects that colour: what they paint takes part in the scene's light and grade."""

    match: Annotated[
        float,
        Meta(ge=0, le=1, description="how far paint takes on the picture's light and grade: 0 studio light"),
    ] = 1.0
    exposure: Annotated[
        float, Meta(ge=-4, le=4, description="more light on the paint, or less", extra={"unit": "stops"})
    ] = 0.0
    warmth: Annotated[float, Meta(ge=-1, le=1, description="warmer light on the paint, or cooler")] = 0.0
    saturation: Annotated[
        float, Meta(ge=0, le=2, description="more colour in the paint, or less: 1 as it is, 0 grey")
    ] = 1.0

    def seen(self, shade: Float32, scene: Scene) -> Float32:
        """(3,) Lab of a shade as it looks in a scene."""
        share, neutral = self.match, Scene()
        blend = Scene(
            neutral.black + share * (scene.black - neutral.black),
            neutral.white + share * (scene.white - neutral.white),
            neutral.saturation + share * (scene.saturation - neutral.saturation),
        )
        shown = blend.shows(_studio(tuple(shade.tolist())))
        light = to_linear(np.maximum(shown, 0).astype(np.float32))
        light *= np.exp2(self.exposure + self.warmth * STOP_OF_WARMTH).astype(np.float32)
        return to_lab(light) * np.array([1, self.saturation, self.saturation], np.float32)


@lru_cache(maxsize=64)
def _studio(shade: tuple[float, float, float]) -> Float64:
    """(3,) encoded RGB of a shade in Lab."""
    return to_encoded(from_lab(np.array(shade, np.float32))).astype(np.float64)


def brightness(scene: Scene) -> np.float32:
    """How bright a white surface is, in shares of one in studio light, as lightness is seen."""
    return np.float32(max(float((scene.white - scene.black).mean()), 0.0))


def lamp(scene: Scene) -> Float32:
    """(2,) a and b of what is mirrored in a scene, per `depth` of it."""
    white = to_lab(white_of(scene))
    return np.asarray(white[1:] / depth(white[0]), np.float32)


def depth(lightness: Float32) -> Float32:
    """What scales with light as a and b do: L + 16, and in proportion to L near black."""
    return np.maximum(np.minimum(lightness + 16, 3 * lightness), 0)
