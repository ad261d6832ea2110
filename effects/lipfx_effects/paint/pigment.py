"""Owns how a pigment looks on lips; must not know parameters or patches.

Lightness over the lips is taken apart into body (what the light and the lips' form make of one pigment),
texture (creases) and highlights (light that the surface mirrors, in the lamp's colour). The pigment takes
the body's place, darker where the body was darker, as a surface of another reflectance would be; texture
goes along with it; highlights stay what they were, or are turned down or up by the finish.

Arrays are float32 Lab or lightness (L, 0..100 for light 0..1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from lipfx.effects import Float32, power
from lipfx_effects.paint.finishes import Finish
from lipfx_effects.paint.light import depth

BODY_BLUR = 0.05
"""Standard deviation, in mouth widths, below which relief is texture rather than form."""

FINEST = 2.0
"""Standard deviation, in pixels, of a blur on a picture that was made smaller for it."""

BRIGHT = 80.0
"""Lightness above which highlights of a finish are compressed."""

CALM = 1.2
"""How much pigments that are lighter than the lips calm their form, which they would exaggerate otherwise."""

RIM = 0.025
"""Standard deviation, in mouth widths, of the step over which lips come to count as one goes in from skin: a
picture that is softer than its mask shows skin there."""

EVEN = (8.0, 20.0)
"""Spread of the body, in L, of lips in even light, and of lips that lie half in a shadow."""


@dataclass(frozen=True, slots=True)
class Relief:
    """Lightness as body, texture and highlights, which add up to it, and the lips it is of; each (h, w)."""

    body: Float32
    texture: Float32
    highlights: Float32
    lips: Float32

    def spread(self) -> float:
        """Standard deviation of the body over the lips; high where they lie half in a shadow."""
        return _spread(self.body, self.lips)


def paint(
    lab: Float32,
    own: Float32,
    relief: Relief,
    target: Float32,
    coverage: float,
    finish: Finish,
    lamp: Float32,
    shine: Float32 | None = None,
) -> Float32:
    """(h, w, 3) Lab of lips under a layer of pigment.

    lab: (h, w, 3). own: (3,) mean Lab of the lips. target: (3,) or (h, w, 3) mean Lab that they are to have,
    from `covered`. coverage: 0 sheer to 1 full. lamp: (2,) from `light.lamp`. shine: (h, w) in L, reflections
    to add, if any.
    """
    before, *colours = (np.asarray(plane, np.float32) for plane in cv2.split(lab))
    own_depth, target_depth = max(float(depth(own[0])), 1.0), np.maximum(depth(target[..., 0]), 1)
    ratio = np.asarray(target_depth / np.float32(own_depth), np.float32)
    lit = _form(relief, own_depth, ratio, finish) * ratio
    pigment = np.maximum(lit + relief.texture * (np.minimum(ratio, 1.15) * np.float32(finish.texture)), 0)
    mirrored = relief.highlights * np.float32(finish.highlights)
    if shine is not None:
        mirrored += shine
    whitened = np.clip(mirrored / 60, 0, 0.8) * np.float32(1 - finish.metal)
    coloured = pigment + mirrored * np.float32(finish.metal) if finish.metal else pigment
    coloured = coloured * (1 - whitened)
    strength = coloured / target_depth
    lightness = np.maximum(pigment - 16, pigment / 3) + mirrored
    lightness = np.minimum(lightness, soft_limit(lightness, before))
    white = np.maximum(depth(lightness) - coloured, 0)
    hues, sheer = np.moveaxis(muted(target[..., 1:], finish.vivid), -1, 0), np.float32(1 - coverage)
    tinted = [
        hue * strength + (colour - mean) * sheer + light * white
        for hue, colour, mean, light in zip(hues, colours, own[1:], lamp, strict=True)
    ]
    return np.asarray(cv2.merge([lightness, *tinted]), np.float32)


def _form(relief: Relief, own_depth: float, ratio: Float32, finish: Finish) -> Float32:
    """(h, w) depth of the body, with the contrast of the finish; calmer where the pigment is lighter."""
    form = depth(relief.body)
    contrast, lighter = finish.contrast, float(ratio.mean())
    if lighter > 1:
        contrast *= lighter ** -_calm(relief.spread())
    if contrast == 1:
        return form
    return form * power(np.clip(form / np.float32(own_depth), 0.15, 3), contrast - 1)


def _calm(spread: float) -> float:
    """CALM where light is even; nothing where shadows lie on the lips, which must stay shadows."""
    even, shadowed = EVEN
    return CALM * min(max((shadowed - spread) / (shadowed - even), 0.0), 1.0)


def muted(colour: Float32, vivid: float | None) -> Float32:
    """(..., 2) a and b whose chroma exceeds `vivid` by a third of what it did: metal flakes are silvery."""
    if vivid is None:
        return colour
    chroma = np.maximum(np.hypot(colour[..., :1], colour[..., 1:]), np.float32(1e-6))
    limited = np.minimum(chroma, chroma / 3 + np.float32(vivid * 2 / 3))
    return np.asarray(colour * (limited / chroma), np.float32)


def soft_limit(lightness: Float32, before: Float32) -> Float32:
    """Highlights of a finish that run into white above BRIGHT, but never darker than `before`."""
    over, room = np.maximum(lightness - BRIGHT, 0), np.float32(100 - BRIGHT)
    limited: Float32 = lightness - over * over / (over + room)
    return np.maximum(limited, before)


def mean_colour(lab: Float32, weight: Float32) -> Float32:
    """(3,) mean of Lab (h, w, 3) under weights (h, w), 0..1 and not all 0; soft edges hardly count."""
    core = sure(weight)
    return np.asarray(core.ravel() @ lab.reshape(-1, 3) / core.sum(), np.float32)


def sure(lips: Float32) -> Float32:
    """(h, w) 0..1: coverage (h, w) without soft edges, which are skin as well."""
    core = lips * lips
    core *= core
    return core


def covered(own: Float32, shade: Float32, coverage: float) -> Float32:
    """(3,) Lab of lips under pigment: a thin layer colours and darkens more than it lightens."""
    pull = coverage if shade[0] < own[0] else coverage**2
    lightness = own[:1] + (shade[:1] - own[:1]) * np.float32(pull)
    dimmed = np.minimum(depth(lightness) / np.maximum(depth(shade[:1]), 1), 1)
    colour = own[1:] + (shade[1:] * dimmed - own[1:]) * np.float32(coverage**0.5)
    return np.concatenate([lightness, colour])


def off_skin(lips: Float32, mouth: Float32, width: float) -> Float32:
    """(h, w) 0..1: coverage by lips (h, w), less and less towards the edge of the whole mouth (h, w)."""
    sigma = max(RIM * width, 0.5)
    near = cv2.GaussianBlur(np.minimum(mouth, 1), (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(lips * np.clip(2 * near - 1, 0, 1), np.float32)


def take_apart(lightness: Float32, lips: Float32, width: float) -> Relief:
    """The relief of lips: lightness (h, w), lips (h, w) 0..1, `width` of the mouth in pixels.

    What soft edges show of skin is no relief of lips.
    """
    sigma, core = max(BODY_BLUR * width, 0.8), sure(lips)
    body = _blurred(lightness, core, sigma)
    rest = (lightness - body) * lips
    excess = rest - 3
    highlights = (excess + np.sqrt(excess * excess + 4)) / 2
    return Relief(body, rest - highlights, highlights, lips)


def _blurred(values: Float32, weight: Float32, sigma: float) -> Float32:
    """(h, w) values blurred with weights (h, w); a wide blur on a smaller picture, which shows as much."""
    both = np.asarray(cv2.merge([values * weight, weight]), np.float32)
    step, size = max(1.0, sigma / FINEST), values.shape[::-1]
    if step > 1:
        small = [max(1, round(side / step)) for side in size]
        both = np.asarray(cv2.resize(both, small, interpolation=cv2.INTER_AREA), np.float32)
    both = np.asarray(cv2.GaussianBlur(both, (0, 0), sigma / step), np.float32)
    mean = np.asarray(both[..., 0] / (both[..., 1] + np.float32(1e-4)), np.float32)
    return (
        mean if step == 1 else np.asarray(cv2.resize(mean, size, interpolation=cv2.INTER_LINEAR), np.float32)
    )


def _spread(values: Float32, weight: Float32) -> float:
    """Standard deviation of values (h, w) under weights (h, w)."""
    whole, flat, weights = float(weight.sum()) + 1e-6, values.ravel(), weight.ravel()
    mean = float(flat @ weights) / whole
    return math.sqrt(max(float((flat * flat) @ weights) / whole - mean * mean, 0.0))
