"""Owns telling the shade of a swatch or a bullet in a photograph; must not know faces, files or parameters.

What lies at the picture's edge is what the colour was put on: paper, skin, a table. What differs from it and
has the hue that most of the rest has is the shade; a golden case counts less than what lips wear. White
paper tells the light.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.effects import Float32, from_lab, to_lab

SIDE = 240
"""Pixels of the picture's longer side that are looked at."""

RIM = 0.06
"""Share of the picture's sides that is its edge."""

DIFFERS, COLOURED = 14.0, 10.0
"""Distance in Lab from the edge's colour, and chroma, from which a pixel may be the shade."""

LEAST = 0.004
"""Share of the picture that a shade takes at least."""

BINS, NEAR = 36, 2
"""Hues that are told apart, and how many to either side belong to one colour."""

WORN, WORN_COUNTS = (-70.0, 55.0), 3.0
"""Hues, in degrees of Lab, that lips mostly wear, and how much more they count."""

PAPER, PAPER_IS = (70.0, 14.0), 0.9
"""Lightness from which, chroma up to which the edge is taken for white paper; the light that gives back."""


def shade_of_swatch(rgb: Float32) -> Float32 | None:
    """(3,) Lab, in neutral light as far as paper tells, of the colour that a picture shows, if it shows any.

    rgb: (h, w, 3) linear.
    """
    shrink = SIDE / max(rgb.shape[:2])
    if shrink < 1:
        rgb = np.asarray(
            cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.float32
        )
    edge = to_lab(_edge(rgb)[None])[0]
    if edge[0] > PAPER[0] and np.hypot(*edge[1:]) < PAPER[1]:
        rgb = np.asarray(rgb * (np.float32(PAPER_IS) / from_lab(edge)), np.float32)
        edge = to_lab(_edge(rgb)[None])[0]
    lab = to_lab(rgb).reshape(-1, 3)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    other = (np.linalg.norm(lab - edge, axis=1) > DIFFERS) & (chroma > COLOURED)
    if np.count_nonzero(other) < LEAST * len(lab):
        return None if np.hypot(*edge[1:]) < COLOURED else edge
    return _body(_of_one_hue(lab[other]))


def _edge(rgb: Float32) -> Float32:
    """(3,) median colour along the picture's sides."""
    rows, columns = (max(1, round(RIM * side)) for side in rgb.shape[:2])
    sides = (rgb[:rows], rgb[-rows:], rgb[:, :columns], rgb[:, -columns:])
    return np.asarray(np.median(np.concatenate([side.reshape(-1, 3) for side in sides]), axis=0), np.float32)


def _of_one_hue(lab: Float32) -> Float32:
    """Those of (n, 3) colours that have the commonest hue."""
    hue, chroma = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])), np.hypot(lab[:, 1], lab[:, 2])
    place: NDArray[np.intp] = np.asarray((hue + 180) / 360 * BINS, np.intp) % BINS
    worn = (hue > WORN[0]) & (hue < WORN[1])
    counts = np.bincount(place, weights=chroma * np.where(worn, WORN_COUNTS, 1), minlength=BINS)
    around = sum(np.roll(counts, shift) for shift in range(-NEAR, NEAR + 1))
    away = np.abs((place - int(np.argmax(around)) + BINS // 2) % BINS - BINS // 2)
    return lab[away <= NEAR]


def _body(lab: Float32) -> Float32:
    """(3,) mean of (n, 3) colours without shine and shade."""
    low, high = np.quantile(lab[:, 0], (0.25, 0.75))
    return np.asarray(lab[(lab[:, 0] >= low) & (lab[:, 0] <= high)].mean(axis=0), np.float32)
