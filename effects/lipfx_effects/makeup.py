"""Owns making lips up: light, relief, pigment and shine put together on a patch; must not know parameters."""

from __future__ import annotations

import numpy as np

from lipfx.colour import from_lab, power, to_lab
from lipfx.effect import Patch
from lipfx.types import Float32
from lipfx_effects.light import depth, scene_light, under
from lipfx_effects.pigment import FINISHES, Finish, Relief, mean_colour, paint, take_apart
from lipfx_effects.shine import sheen, sparkle, sparkle_tiles


def wear(
    patch: Patch,
    shade: Float32,
    finish: str,
    coverage: float,
    opacity: float,
    second: tuple[Float32, Float32] | None = None,
) -> Float32:
    """(h, w, 3) linear RGB: a patch in linear RGB whose lips wear a shade.

    shade: (3,) Lab in neutral light. finish: one of FINISHES. coverage, opacity: 0..1. second: another shade
    and its share (h, w) 0..1.
    """
    lips = np.minimum(patch.upper + patch.lower, 1)
    if lips.sum() < 1:
        return patch.rgb
    lab = to_lab(patch.rgb)
    own = mean_colour(lab, lips)
    relief = take_apart(lab[..., 0], lips, patch.mouth_width)
    light = scene_light(lab, lips, patch.inner, patch.mouth_width)
    surface = FINISHES[finish]
    shine = reflections(patch, relief, own[0], surface) * np.float32(light.level ** (1 / 3))
    seen = under(light, np.stack([shade, shade if second is None else second[0]]))
    painted = paint(lab, own, relief, seen[0], coverage, surface, shine)
    if second is not None:
        other = paint(lab, own, relief, seen[1], coverage, surface, shine)
        painted = painted + second[1][..., None] * (other - painted)
    return from_lab(lab + np.float32(opacity) * (painted - lab))


def reflections(patch: Patch, relief: Relief, mean: float, finish: Finish) -> Float32:
    """(h, w) in L: sheen and sparkle of a finish, stronger where more light falls on the lips.

    mean: of the lips' lightness.
    """
    added = np.zeros_like(relief.body)
    if finish.sheen == 0 and finish.sparkle == 0:
        return added
    lit = power(np.clip(depth(relief.body) / max(mean + 16, 1), 0.4, 1.6), 3)
    if finish.sheen:
        creased = np.clip(1 + relief.texture / 6, 0, 2)
        added += np.float32(finish.sheen) * sheen(patch.along, patch.across) * creased
    if finish.sparkle:
        if "sparkle" not in patch.state:
            patch.state["sparkle"] = sparkle_tiles(patch.rng)
        tiles = patch.state["sparkle"]
        added += np.float32(finish.sparkle) * sparkle(patch.along, patch.across, patch.mouth_width, tiles)
    return np.asarray(added * lit, np.float32)
