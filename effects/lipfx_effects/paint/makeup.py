"""Owns making lips up: light, relief, pigment and shine put together on a patch; must not know parameters."""

from __future__ import annotations

import cv2
import numpy as np

from lipfx.effects import Float32, Patch, Window, from_lab, power, to_lab, window
from lipfx_effects.paint.light import depth, scene_light, under
from lipfx_effects.paint.pigment import FINISHES, Finish, Relief, covered, mean_colour, paint, take_apart
from lipfx_effects.paint.shine import sheen, sparkle, sparkle_tiles

ROOM = 2
"""Pixels around the lips that are painted with them."""


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
    light = scene_light(patch.rgb, lips, patch.inner, patch.mouth_width)
    part = window(lips > 0, ROOM)
    lips, lab = np.ascontiguousarray(lips[part]), to_lab(patch.rgb[part])
    own = mean_colour(lab, lips)
    relief = take_apart(lab[..., 0], lips, patch.mouth_width)
    surface = FINISHES[finish]
    shine = reflections(patch, part, relief, own[0], surface) * np.float32(light.level ** (1 / 3))
    target = covered(own, under(light, shade), coverage)
    if second is not None:
        other = covered(own, under(light, second[0]), coverage)
        target = target + second[1][part][..., None] * (other - target)
    painted = paint(lab, own, relief, target, coverage, surface, shine)
    seen = np.asarray(cv2.addWeighted(lab, 1 - opacity, painted, opacity, 0), np.float32)
    worn = patch.rgb.copy()
    worn[part] = from_lab(seen)
    return worn


def reflections(patch: Patch, part: Window, relief: Relief, mean: float, finish: Finish) -> Float32:
    """Sheen and sparkle of a finish, stronger where more light falls on the lips: (h, w) in L.

    relief: of the `part` of the patch that is made up.
    mean: of the lips' lightness.
    """
    added = np.zeros_like(relief.body)
    if finish.sheen == 0 and finish.sparkle == 0:
        return added
    along, across = patch.along[part], patch.across[part]
    lit = power(np.clip(depth(relief.body) / max(mean + 16, 1), 0.4, 1.35), 3)
    if finish.sheen:
        creased = np.clip(1 + relief.texture / 6, 0, 2)
        added += np.float32(finish.sheen) * sheen(along, across) * creased
    if finish.sparkle:
        if "sparkle" not in patch.state:
            patch.state["sparkle"] = sparkle_tiles(patch.rng)
        tiles = patch.state["sparkle"]
        added += np.float32(finish.sparkle) * sparkle(along, across, patch.mouth_width, tiles)
    return np.asarray(added * lit, np.float32)
