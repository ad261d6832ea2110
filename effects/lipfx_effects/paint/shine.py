"""Owns reflections that a finish adds: soft sheen and sparkling grain, both fixed to the lips.

They live in the lips' own coordinates (along, across), so they move with the skin and do not boil.
"""

from __future__ import annotations

import cv2
import numpy as np

from lipfx.effects import Float32

GRAIN = (0.012, 0.024, 0.048)
"""Distances between sparkles, in mouth widths; the finest that the picture can show is used."""

UPPER, LOWER = 0.13, 0.2
"""Heights of the lips, in mouth widths, at which grain is as high as it is wide."""

FINEST_GRAIN = 4.5
"""Pixels between sparkles below which grain would flicker: landmarks wander by a fraction of a pixel."""

FULL_SPARKLE, LEAST_SPARKLE = 160.0, 0.3
"""Mouth width in pixels below which grain fades, since it is coarse there, and what is left of it."""


def sheen(along: Float32, across: Float32) -> Float32:
    """(h, w) 0..1: a wet surface under light from above: a band on the lower lip, two spots on the upper."""
    lower = np.exp(-(((along - 0.5) / 0.2) ** 2) - ((across - 0.42) / 0.12) ** 2)
    spots = np.exp(-(((np.abs(along - 0.5) - 0.1) / 0.06) ** 2) - ((across + 0.62) / 0.12) ** 2)
    return np.asarray(lower + 0.5 * spots, np.float32)


def sparkle(along: Float32, across: Float32, width: float, tiles: tuple[Float32, ...]) -> Float32:
    """(h, w) 0..1: grain of a size and strength that a mouth of `width` pixels can show."""
    level = float(np.clip(np.log2(FINEST_GRAIN / (GRAIN[0] * width)), 0, len(tiles) - 1))
    fine = min(int(level), len(tiles) - 2)
    share = np.float32(level - fine)
    down = across * np.where(across < 0, np.float32(UPPER), np.float32(LOWER)) + np.float32(UPPER)
    grain = _lookup(tiles[fine], along, down)
    if share:
        grain = grain * (1 - share) + _lookup(tiles[fine + 1], along, down) * share
    return grain * np.float32(np.clip(width / FULL_SPARKLE, LEAST_SPARKLE, 1))


def sparkle_tiles(rng: np.random.Generator) -> tuple[Float32, ...]:
    """Grain over along 0..1 and across -1..1, one array per size in GRAIN: (rows, columns) float32 0..1."""
    return tuple(_tile(rng, grain) for grain in GRAIN)


def _tile(rng: np.random.Generator, grain: float) -> Float32:
    size = (round((UPPER + LOWER) / grain * 4), round(1 / grain) * 4)
    noise = cv2.GaussianBlur(rng.standard_normal(size).astype(np.float32), (0, 0), 1.5)
    return np.asarray(np.clip(0.3 + 0.32 * noise / noise.std(), 0, 1), np.float32)


def _lookup(tile: Float32, along: Float32, down: Float32) -> Float32:
    """(h, w) of a tile at places `along` 0..1 and `down` 0..UPPER + LOWER."""
    columns = along * np.float32(tile.shape[1] - 1)
    rows = down * np.float32((tile.shape[0] - 1) / (UPPER + LOWER))
    return np.asarray(
        cv2.remap(tile, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.float32
    )
