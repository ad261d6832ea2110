"""Owns what a picture tells of the light that falls on a mouth; must not know patches or pigments.

Arrays are float32 Lab or lightness (L, 0..100 for light 0..1).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from lipfx.effects import Float32, from_lab, to_lab

SKIN = np.array([60.0, 14.0, 16.0], np.float32)
"""Lab of middling skin in neutral light: skins differ in lightness far more than in hue."""

SKIN_RGB = from_lab(SKIN)

SKIN_SPREAD = 8.0
"""How far from SKIN in a and b skin may be before the light is taken to be coloured."""

SKIN_REACH = 0.08
"""Standard deviation, in mouth widths, of the blur that reaches from the mouth to the skin close by."""

SEEN = 0.19
"""Mouth widths around the mouth that a patch must hold for this: what that blur shows is in it."""

WELL_LIT, LIGHT_SKIN = 50.0, 80.0
"""Lightness that the brightest parts of lips and skin reach in a well-lit scene: on deep and on light skin.

Where they are darker than deep skin would be, the skin is taken to be lighter and the scene to be dark.
"""

PALE_LIT, GREY_LIT = 72.0, 60.0
"""As WELL_LIT, for skin that is too pale in colour to be deep, and for skin whose colour is not known."""

LIPS_DARKER = 8.0
"""How much darker than skin lips are at least, in L."""

FORM, SHADE = 20.0, 0.8
"""L by which form and lustre set skin apart, and the share of the rest that is taken for a shadow."""

ENOUGH = 16
"""Pixels without which nothing is said about the light."""


@dataclass(frozen=True, slots=True)
class Light:
    """The light on a mouth.

    level: 1 in a well-lit scene, less where even the brightest parts are dark or the mouth lies in a
    shadow; factor on linear light.
    cast: (3,) factor on linear RGB, at most 1: what coloured light lacks. grey: 0..1, how colourless the
    picture is.
    """

    level: float = 1.0
    cast: Float32 = field(default_factory=lambda: np.ones(3, np.float32))
    grey: float = 0.0

    @property
    def rgb(self) -> Float32:
        """(3,) factor that turns linear RGB in neutral light into that in this light."""
        return self.cast * np.float32(self.level)


def scene_light(rgb: Float32, lips: Float32, inner: Float32, width: float) -> Light:
    """The light on a mouth, from the brightest parts of lips and skin, and from the hue of the skin close by.

    rgb: (h, w, 3) linear. lips, inner: (h, w) 0..1. width: of the mouth in pixels.
    """
    rgb, lips, inner = _halved(rgb), _halved(lips), _halved(inner)
    reach = max(SKIN_REACH * width / 2, 0.5)
    near = (cv2.GaussianBlur(lips + inner, (0, 0), reach) > 0.02) & (inner < 0.02)
    on_skin = lips[near] < 0.02
    if np.count_nonzero(on_skin) < ENOUGH:
        return Light()
    colours = to_lab(rgb.reshape(-1, 3).compress(near.ravel(), axis=0))
    skin, lightness = colours.compress(on_skin, axis=0), colours[:, 0]
    typical = _ranked(skin, 0.5)
    cast, grey = _cast(typical)
    brightest = float(_ranked(lightness, 0.97))
    here = max(float(typical[0]), float(lightness[~on_skin].mean()) + LIPS_DARKER)
    return Light(_level(brightest, _least_lit(typical, grey)) * _share(brightest, here), cast, grey)


def _halved(picture: Float32) -> Float32:
    """Every other pixel of every other row."""
    size = (picture.shape[1] + 1) // 2, (picture.shape[0] + 1) // 2
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.float32)


def _ranked(values: Float32, share: float) -> Float32:
    """The value of each column that a share of the others is below: np.quantile without its mean of two."""
    rank = round(share * (len(values) - 1))
    ranks: Float32 = np.partition(values, rank, axis=0)[rank]
    return ranks


def under(light: Light, shade: Float32) -> Float32:
    """(..., 3) Lab of shades, given in neutral light, as they look in this light."""
    paler = np.float32(1 - 0.4 * light.grey)
    return to_lab(from_lab(shade) * light.rgb) * np.array([1, paler, paler], np.float32)


def depth(lightness: Float32) -> Float32:
    """What scales with light as a and b do: L + 16, and in proportion to L near black."""
    return np.maximum(np.minimum(lightness + 16, 3 * lightness), 0)


def _least_lit(skin: Float32, grey: float) -> float:
    """The lightness that this skin reaches at least where it is well lit.

    Its chroma in proportion to its lightness stays as the light fades, and is high where skin is deep.
    """
    chroma = float(np.hypot(*skin[1:]) * depth(SKIN[:1])[0] / max(depth(skin[:1])[0], 1))
    coloured = PALE_LIT + (WELL_LIT - PALE_LIT) * _smooth_step(chroma, 10, 28)
    return coloured + (GREY_LIT - coloured) * grey


def _level(brightest: float, well_lit: float) -> float:
    """The light's level where the brightest parts have this lightness, and `well_lit` would be enough."""
    expected = well_lit + (LIGHT_SKIN - well_lit) * _smooth_step(well_lit - brightest, 0, 20)
    return float(min((max(brightest, 0) + 16) / (expected + 16), 1) ** 3)


def _share(brightest: float, here: float) -> float:
    """How much of the light on the brightest parts falls on the mouth, around which skin has L of `here`."""
    shade = SHADE * max(brightest - max(here, 0) - FORM, 0)
    return float((1 - shade / (max(brightest, 0) + 16)) ** 3)


def _cast(skin: Float32) -> tuple[Float32, float]:
    """The light's cast and the picture's greyness, from the Lab of skin."""
    brighter = float(depth(SKIN[:1])[0] / max(depth(skin[:1])[0], 1))
    tint = skin[1:] * np.float32(brighter**0.6)
    grey = 1 - _smooth_step(float(np.hypot(*tint)), 2, 14)
    away = tint - SKIN[1:]
    away *= (1 - grey) * max(0.0, 1 - SKIN_SPREAD / max(float(np.hypot(*away)), 1e-6))
    lit = from_lab(SKIN + np.array([0, *away], np.float32)) / SKIN_RGB
    return np.clip(lit / lit.max(), 0.15, 1), grey


def _smooth_step(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, smooth between."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)
