"""Owns the edge of lips, where a pixel is part lip and part skin; must not know pigments or parameters.

A pigment covers lips and leaves skin: what shows at a soft edge is the skin beside it, and not the lips' old
colour, which would stay as an outline. A pixel's share of lips is told on the line from skin to lips, as in
matting, by hue more than by lightness: shadows at a mouth are dark as lips are. Colours are linear RGB.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.effects import Float32

REACH = 0.05
"""Mouth widths from which skin beside the lips is taken."""

CLEAR = 0.02
"""Coverage by lips and inner mouth up to which a pixel is skin."""

SHADED = np.float32(0.6)
"""How far a pixel that is darker than the skin beside it is taken to be in shadow, rather than lip."""

THINNEST = np.float32(0.25)
"""Alpha below which an edge is corrected less: there skin itself is most of what shows."""

BY_HUE = np.asarray(np.eye(3) - 0.8 / 3, np.float32)
"""From colours to what tells lips from skin: most of what is grey in a difference is left out."""

FURTHER = 1e-3
"""Weight of skin that lies further away, which counts where none is near."""

NO_SKIN = 1e-7
"""Weight of skin up to which there is none: what a mask is not sure of inside the mouth is no edge."""

ONES = np.ones(3, np.float32)
UNCERTAIN = np.float32(0.0025)
"""Squared difference of lips and skin, in shares of skin, that is too small to tell by."""


def without_old(
    rgb: Float32, alpha: Float32, lips: Float32, mouth: Float32, own: Float32, width: float
) -> tuple[NDArray[np.intp], Float32]:
    """What to add to paint so that at the lips' edge skin shows in place of the lips' old colour.

    Returns pixels as (n,) flat indices, and (n, 3) colours to add there.

    rgb: (h, w, 3). alpha: (h, w) that paint is blended with. lips, mouth: (h, w) coverage by lips, and by the
    inner mouth too. own: (3,) of the lips. width: of the mouth in pixels.
    """
    where = alpha > CLEAR
    where &= lips > CLEAR
    where &= mouth < 1 - CLEAR
    edge, skin = _skin_beside(rgb, mouth, np.flatnonzero(where), width)
    seen = rgb.reshape(-1, 3)[edge]
    lit = (seen @ ONES) / (skin @ ONES + np.float32(1e-6))
    skin *= (1 - SHADED + SHADED * np.minimum(lit, 1))[:, None]
    seen -= skin
    line = np.asarray(own - skin, np.float32)
    told = np.asarray(line @ BY_HUE, np.float32)
    length = _dot(line, told) + UNCERTAIN * _dot(skin, skin) + np.float32(1e-9)
    share = np.clip(_dot(seen, told) / length, 0, 1)
    share *= (1 - mouth.ravel()[edge]) / np.maximum(alpha.ravel()[edge], THINNEST)
    line *= -share[:, None]
    return edge, line


def _dot(one: Float32, other: Float32) -> Float32:
    return np.asarray((one * other) @ ONES, np.float32)


def _skin_beside(
    rgb: Float32, mouth: Float32, where: NDArray[np.intp], width: float
) -> tuple[NDArray[np.intp], Float32]:
    """Those of the pixels, given as flat indices, that have skin near, and (n, 3) that skin."""
    height, columns = mouth.shape
    step = max(1, int(REACH * width))
    size = (-(-columns // step), -(-height // step))
    bare = np.asarray(cv2.resize(mouth, size, interpolation=cv2.INTER_AREA), np.float32) < CLEAR
    known = np.empty((*bare.shape, 4), np.float32)
    known[..., :3] = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    known[..., 3] = 1
    known *= bare[..., None]
    near = cv2.addWeighted(cv2.blur(known, (3, 3)), 1, cv2.blur(known, (15, 15)), FURTHER, 0)
    near = cv2.resize(near, (columns, height), interpolation=cv2.INTER_LINEAR).reshape(-1, 4)[where]
    shown = near[:, 3] > NO_SKIN
    where, near = where[shown], near[shown]
    return where, np.asarray(near[:, :3] / near[:, 3:], np.float32)
