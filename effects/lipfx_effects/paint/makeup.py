"""Owns making lips up: light, relief, pigment and shine put together on a patch; must not know parameters."""

from __future__ import annotations

import cv2
import numpy as np

from lipfx.effects import FinishName, Float32, Patch, from_lab, to_lab, window
from lipfx_effects.paint.edge import without_old
from lipfx_effects.paint.finishes import FINISHES, Finish
from lipfx_effects.paint.gradient import Fade, Place, place_of
from lipfx_effects.paint.light import brightness, depth, lamp
from lipfx_effects.paint.pigment import Relief, covered, mean_colour, off_skin, paint, take_apart
from lipfx_effects.paint.shine import Twinkle, blurred, glints, scattered, sheen

ROOM = 2
"""Pixels around the lips that are painted with them."""

FRINGE = 0.15
"""Coverage below which paint thins out: what masks' soft edges reach of skin gets no rim."""

MOST_BLUR = 0.06
"""Mouth widths, of edges in a picture, that glints are as soft as."""

EDGE = 2.563
"""Standard deviations of a Gaussian in which an edge goes from 10 to 90 %."""

BLOTTED = Fade(0.72, 0.7)
"""Where blotting takes pigment away."""


def wear(
    patch: Patch,
    shade: Float32,
    finish: FinishName,
    coverage: float,
    opacity: float,
    second: tuple[Float32, Fade] | None = None,
    fade: Fade | None = None,
) -> Float32:
    """(h, w, 3) linear RGB: a patch in linear RGB whose lips wear a shade.

    shade: (3,) Lab as it looks in the patch's light. coverage, opacity: 0..1. second: another shade and where
    it lies in its place. fade: how all that fades; None for all of it everywhere.
    """
    covered_by_lips = np.minimum(patch.upper + patch.lower, 1)
    if covered_by_lips.sum() < 1:
        return patch.rgb
    surface = FINISHES[finish]
    coverage *= surface.coverage
    part = window(covered_by_lips > 0, ROOM)
    lips, lab = np.ascontiguousarray(covered_by_lips[part]), to_lab(patch.rgb[part])
    own = mean_colour(lab, lips)
    inside = off_skin(lips, lips + patch.inner[part], patch.mouth_width)
    relief = take_apart(lab[..., 0], inside, patch.mouth_width)
    placed = second or fade or surface.sheen or surface.sparkle or surface.blotted
    place = place_of(patch, part) if placed else None
    shine = None if place is None else reflections(patch, place, relief, own[0], surface)
    target = covered(own, shade, coverage)
    if second is not None and place is not None:
        other = covered(own, second[0], coverage)
        target = target + second[1].left(place)[..., None] * (other - target)
    painted = paint(lab, own, relief, target, coverage, surface, lamp(patch.scene), shine)
    thinned = None if place is None else _thinned(place, surface, fade)
    share = np.minimum(lips * np.float32(opacity / FRINGE), np.float32(opacity))
    if thinned is not None:
        share *= thinned
    painted -= lab
    painted *= np.asarray(cv2.merge([share] * 3), np.float32)
    painted += lab
    worn = patch.rgb.copy()
    worn[part] = from_lab(painted)
    mouth = covered_by_lips + patch.inner
    edge, change = without_old(
        patch.rgb, patch.alpha, covered_by_lips, mouth, from_lab(own), patch.mouth_width
    )
    if thinned is not None:
        left = np.ones_like(covered_by_lips)
        left[part] = thinned
        change *= left.ravel()[edge][:, None]
    worn.reshape(-1, 3)[edge] += np.float32(coverage * opacity) * change
    return worn


def _thinned(place: Place, finish: Finish, fade: Fade | None) -> Float32 | None:
    """(h, w) 0..1 how much of make-up lies where; None of an even one."""
    left = None if fade is None else fade.left(place)
    if finish.blotted:
        kept = 1 - np.float32(finish.blotted) * BLOTTED.left(place)
        left = kept if left is None else left * kept
    return left


def reflections(patch: Patch, place: Place, relief: Relief, mean: float, finish: Finish) -> Float32 | None:
    """Sheen and sparkle of a finish, stronger where more light falls on the lips: (h, w) in L, if it has any.

    place, relief: of the part of the patch that is made up. mean: of the lips' lightness.
    """
    if finish.sheen == 0 and finish.sparkle == 0:
        return None
    reflected = np.zeros_like(relief.body)
    if finish.sheen:
        creased = np.clip(1 + relief.texture / 6, 0, 2)
        reflected += np.float32(finish.sheen) * sheen(*place) * creased
    if finish.sparkle:
        if "flakes" not in patch.state:
            patch.state["flakes"] = scattered(patch.rng)
        flakes = patch.state["flakes"]
        twinkle = Twinkle(finish.rare, finish.flashes)
        shown = np.flatnonzero(relief.lips)
        along, across = (part.ravel()[shown] for part in place)
        width, sparkling = patch.mouth_width, np.zeros_like(reflected)
        sigma = min(patch.scene.softness, MOST_BLUR * width) / EDGE
        sparkling.ravel()[shown] = glints(along, across, width, patch.time, flakes, twinkle, sigma)
        reflected += np.float32(finish.sparkle) * blurred(sparkling, sigma)
    lit = np.clip(depth(relief.body) * np.float32(1 / max(mean + 16, 1)), 0.4, 1.35)
    reflected *= lit * lit * lit * brightness(patch.scene)
    return reflected
