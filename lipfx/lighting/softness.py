"""Owns how soft paint on lips has to end at skin, as a picture shows the lips' own edge; must not know masks.

Colours are read across the outline and told by their share of the way from skin to lips, hue before
lightness. Profiles are laid over each other where they cross one half, so that an outline beside the edge
makes none look softer; the steepest slope of their mean tells the Gaussian edge that it would be, as
knife-edge tests of lenses do (ISO 12233).

A harder edge looks cut out in a soft picture, and what lips wear stays around it as a line. Bare lips fade
into skin by themselves, over about twice what the blur of the picture explains: half of that is left out.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.colour import to_lab, to_linear
from lipfx.core.geometry import crop_affine, mouth_pose, transform
from lipfx.core.sampling import sample
from lipfx.core.values import LUMA, Float32, Float64, Frame

EXTENT = 1.5
"""Mouth sizes that the crop's side shows."""
SMALLEST, LARGEST = 32, 192
"""Pixels of the crop's side: a smaller mouth tells nothing, a larger one is reduced."""
REACH = 0.09
"""Mouth sizes to either side of the outline that are read; the outer fifths are taken for lips and skin."""
PROFILES, COLOURS = 96, 33
"""Places on the outline, and colours that are read across each."""
CLEAR = 0.25
"""Of the median of what tells lips from skin, what a profile must show of it."""
STANDS_OUT = (24.0, 32.0)
"""Differences in CIELAB, beside skin of the luminance SKIN_Y: up to 29 of bare lips of ten people, from 31 of
three who wear lipstick; between them an edge counts in part."""
SKIN_Y = 0.35
BARE = 0.5
"""How much of the edge of bare lips is the picture's blur."""
ENOUGH = 24
"""Profiles that must show an edge."""
WIDTH_OF_SLOPE = 2.563 / math.sqrt(2 * math.pi)
"""What a Gaussian edge is from 10 to 90 %, times its steepest slope."""
BY_HUE = np.asarray(np.eye(3) - 0.8 / 3, np.float32)


def softness(frame: Frame, points: Float64) -> float | None:
    """Pixels in which paint is to go from 10 to 90 % at the outline of (56, 2) landmarks: what the lips' own
    edge takes where they stand out, half of it where they are bare; None where too little shows.
    """
    pose = mouth_pose(points)
    side = min(math.ceil(EXTENT * pose.size), LARGEST)
    if side < SMALLEST:
        return None
    affine = crop_affine(pose, EXTENT, side)
    scale = side / (EXTENT * pose.size)
    at = np.linspace(-REACH, REACH, COLOURS) * pose.size * scale
    colours = _across(sample(frame, affine, side), transform(affine, points[helen56.OUTER]), at)
    counts = BARE + (1 - BARE) * _standing_out(colours)
    share, clear = _shares(colours)
    centred = _centred(share[clear], at)
    if len(centred) < ENOUGH:
        return None
    inside = slice(COLOURS // 4, -(COLOURS // 4))
    slope = float(np.max(-np.gradient(centred.mean(axis=0), at)[inside]))
    return None if slope <= 0 else counts * WIDTH_OF_SLOPE / slope / scale


def _across(crop: Float32, outline: Float64, at: Float64) -> Float32:
    """(PROFILES, COLOURS, 3) colours at distances `at` from places on a closed outline, outwards."""
    closed = np.vstack([outline, outline[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    where = np.linspace(0, along[-1], PROFILES, endpoint=False)
    places = np.column_stack([np.interp(where, along, closed[:, axis]) for axis in (0, 1)])
    tangent = np.roll(places, -2, axis=0) - np.roll(places, 2, axis=0)
    normal = np.column_stack([tangent[:, 1], -tangent[:, 0]])
    normal /= np.maximum(np.hypot(*normal.T), 1e-6)[:, None]
    normal *= np.sign(((places - outline.mean(axis=0)) * normal).sum(axis=1))[:, None]
    x, y = (places[:, None] + normal[:, None] * at[:, None]).astype(np.float32).transpose(2, 0, 1)
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(crop, x, y, cv2.INTER_LINEAR, borderMode=border), np.float32)


def _standing_out(colours: Float32) -> float:
    """0..1: how much lips differ from skin in (n, COLOURS, 3) colours, whatever the exposure."""
    ends = COLOURS // 5
    lips, skin = (np.median(colours[:, part], axis=(0, 1)) for part in (slice(ends), slice(-ends, None)))
    linear = to_linear(np.array([lips, skin], np.float32))
    lab = to_lab(linear * np.float32(SKIN_Y / max(float(linear[1] @ LUMA), 1e-4)))
    low, high = STANDS_OUT
    return float(np.clip((np.hypot.reduce(lab[0] - lab[1]) - low) / (high - low), 0, 1))


def _shares(colours: Float32) -> tuple[Float32, Float32]:
    """(n, COLOURS) shares of lips in colours, and (n,) which profiles show lips beside skin clearly."""
    ends = COLOURS // 5
    lips, skin = np.median(colours[:, :ends], axis=1), np.median(colours[:, -ends:], axis=1)
    line = lips - skin
    told = line @ BY_HUE
    length = (line * told).sum(axis=1)
    share = np.einsum("ikc,ic->ik", colours - skin[:, None], told) / np.maximum(length, 1e-6)[:, None]
    return np.asarray(share, np.float32), length > max(CLEAR * float(np.median(length)), 1e-6)


def _centred(share: Float32, at: Float64) -> Float64:
    """(n, COLOURS) of the profiles that cross one half, moved to where they do so next to the outline."""
    crosses = (share[:, :-1] >= 0.5) & (share[:, 1:] < 0.5)
    far = np.where(crosses, np.abs(at[:-1]), np.inf)
    k = far.argmin(axis=1)
    rows = np.flatnonzero(np.isfinite(far[np.arange(len(k)), k]))
    k, share = k[rows], share[rows]
    one, other = share[np.arange(len(k)), k], share[np.arange(len(k)), k + 1]
    centre = k + (one - 0.5) / (one - other)
    place = np.clip(np.arange(COLOURS) + (centre - COLOURS // 2)[:, None], 0, COLOURS - 1)
    low = np.minimum(place.astype(np.intp), COLOURS - 2)
    part = place - low
    near, next_ = np.take_along_axis(share, low, axis=1), np.take_along_axis(share, low + 1, axis=1)
    return np.asarray(near + part * (next_ - near), np.float64)
