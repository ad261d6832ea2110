"""Owns reflections that a finish adds: soft sheen and glints, both fixed to the lips.

They live in the lips' own coordinates (along, across), so they move with the skin and do not boil.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.effects import Float32, power

SPACINGS = tuple(0.012 * 2.0**level for level in range(6))
"""Distances between glints, in mouth widths; the finest that the picture can show is used."""

UPPER, LOWER = 0.13, 0.2
"""Heights of the lips, in mouth widths, at which a glint is as high as it is wide."""

CLOSEST = 3.2
"""Pixels between glints at least: closer ones would run into each other."""

SPOT = 0.7
"""Standard deviation of a glint in pixels: it is one to two pixels wide on every mouth."""

APART = 2.2
"""The same in standard deviations of what a soft picture makes of a glint."""

LEAST_SIGMA = 0.3
"""Pixels, of a blur that changes anything."""

GAIN = 0.7
"""Of a glint's light with its width, as an exponent."""

LARGE, FAINTEST = 70.0, 0.2
"""Mouth width in pixels below which glints fade, since a pixel is much of a lip there, and what is left."""

KEPT = 0.55
"""Share of places that have a glint."""

TWINKLES = 0.6, 1.4
"""Slowest and fastest, in hertz, that a flake turns to the light and away again."""


class Flakes(NamedTuple):
    """Flakes of one spacing, arrays (rows, columns) float32.

    x, y: where in its place each lies, 0..1. bright: 0..1, 0 where there is none. phase, speed: of its
    turning to the light and away, in radians and radians a second.
    """

    x: Float32
    y: Float32
    bright: Float32
    phase: Float32
    speed: Float32


class Twinkle(NamedTuple):
    """rare: share of glints that are left out. flashes: 0 for glints that swell and fade, 1 for flashes."""

    rare: float = 0.0
    flashes: float = 0.0


STEADY = Twinkle()


def sheen(along: Float32, across: Float32) -> Float32:
    """(h, w) 0..1: a wet surface under light from above: a band on the lower lip, two spots on the upper."""
    lower = np.exp(-(((along - 0.5) / 0.2) ** 2) - ((across - 0.42) / 0.12) ** 2)
    spots = np.exp(-(((np.abs(along - 0.5) - 0.1) / 0.06) ** 2) - ((across + 0.62) / 0.12) ** 2)
    return np.asarray(lower + 0.5 * spots, np.float32)


def glints(
    along: Float32,
    across: Float32,
    width: float,
    time: float,
    flakes: tuple[Flakes, ...],
    twinkle: Twinkle = STEADY,
    sigma: float = 0.0,
) -> Float32:
    """(h, w) 0..1: flakes on a mouth of `width` pixels, `time` seconds into the clip.

    Between two spacings glints of the one fade into those of the other as the mouth grows. sigma: pixels, of
    the picture's own blur, in which they have to stay apart.
    """
    closest = max(CLOSEST, APART * float(np.hypot(SPOT, sigma)))
    level = float(np.clip(np.log2(closest / (SPACINGS[0] * width)) + 0.5, 0, len(flakes) - 1.001))
    fine = int(level)
    share = np.float32(np.clip((level - fine) * 3 - 1, 0, 1))
    down = across * np.where(across < 0, np.float32(UPPER), np.float32(LOWER)) + np.float32(UPPER)
    shown = np.zeros_like(along)
    for k, part in ((fine, 1 - share), (fine + 1, share)):
        if part:
            bright = _lit(flakes[k], time, twinkle)
            shown += part * _spots(along, down, width, SPACINGS[k], flakes[k], bright)
    return shown * np.float32(np.clip(width / LARGE, FAINTEST, 1))


def blurred(sparkling: Float32, sigma: float) -> Float32:
    """(h, w) glints as a picture shows them whose own blur is `sigma` pixels.

    One that is twice as wide is two fifths as bright, and has more light: what a sharp picture has no white
    for is not cut off.
    """
    if sigma < LEAST_SIGMA:
        return sparkling
    wider = float(np.hypot(1, sigma / SPOT))
    return np.asarray(cv2.GaussianBlur(sparkling, (0, 0), sigma), np.float32) * np.float32(wider**GAIN)


def scattered(rng: np.random.Generator) -> tuple[Flakes, ...]:
    """Flakes for every spacing."""
    return tuple(_scattered(rng, spacing) for spacing in SPACINGS)


def _scattered(rng: np.random.Generator, spacing: float) -> Flakes:
    size = (int((UPPER + LOWER) / spacing) + 2, int(1 / spacing) + 2)
    x, y, light, phase, speed = (rng.random(size) for _ in range(5))
    low, high = TWINKLES
    parts = (
        0.25 + x / 2,
        0.25 + y / 2,
        np.maximum(light - (1 - KEPT), 0) / KEPT,
        2 * np.pi * phase,
        2 * np.pi * (low + (high - low) * speed),
    )
    return Flakes(*(part.astype(np.float32) for part in parts))


def _lit(flakes: Flakes, time: float, twinkle: Twinkle) -> Float32:
    """(rows, columns) 0..1 how bright each flake is now."""
    bright = np.maximum(flakes.bright - np.float32(twinkle.rare), 0) * np.float32(1 / (1 - twinkle.rare))
    turned = np.asarray((1 + np.sin(flakes.phase + flakes.speed * np.float32(time))) / 2, np.float32)
    least = np.float32(0.1 * (1 - twinkle.flashes))
    light = least + (1 - least) * power(turned, 1 + 2 * twinkle.flashes)
    return np.asarray(bright * light, np.float32)


def _spots(
    along: Float32, down: Float32, width: float, spacing: float, flakes: Flakes, lit: Float32
) -> Float32:
    """(h, w) flakes of one spacing, as bright as `lit`, at places `along` 0..1, `down` 0..UPPER + LOWER."""
    rows, columns = flakes.x.shape
    x, y = along * np.float32(1 / spacing), down * np.float32(1 / spacing)
    column, row = (np.clip(place, 0, most - 1).astype(np.int32) for place, most in ((x, columns), (y, rows)))
    at: NDArray[np.int32] = row * columns + column
    bright = lit.ravel()[at]
    away = (x - column - flakes.x.ravel()[at]) ** 2 + (y - row - flakes.y.ravel()[at]) ** 2
    return np.asarray(bright * np.exp(away * np.float32(-0.5 * (spacing * width / SPOT) ** 2)), np.float32)
