"""Owns where on a lip pigment lies, from the mouth's opening to the outer edge; must not know pigments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lipfx.effects import Float32, Patch, Window, lip_coordinates


class Place(NamedTuple):
    """Where pixels lie on the lips, (h, w) each: `along` and `across` of a patch, of a part of it alone."""

    along: Float32
    across: Float32


class Fade(NamedTuple):
    """What is left of pigment that fades: half at `middle` between opening and edge, over `softness`.

    inside: whether it is strongest at the opening, rather than at the edge.
    """

    middle: float
    softness: float
    inside: bool = False

    def left(self, place: Place) -> Float32:
        """(h, w) 0..1: how much is left where."""
        outside = melting(outwards(place), self.middle, self.softness)
        return 1 - outside if self.inside else outside


def place_of(patch: Patch, part: Window) -> Place:
    """Of the pixels in a part of a patch."""
    rows, columns = (range(side)[cut] for side, cut in zip(patch.alpha.shape, part, strict=True))
    corner = columns.start, rows.start
    return Place(*lip_coordinates(patch.landmarks - corner, (len(rows), len(columns)))[:2])


def outwards(place: Place) -> Float32:
    """(h, w) float32: 0 at the mouth's opening, 1 at the lips' outer edge and in the corners."""
    aside = np.abs(2 * place.along - 1)
    return np.asarray(np.maximum(np.abs(place.across), aside * aside * aside), np.float32)


def melting(place: Float32, middle: float, softness: float) -> Float32:
    """(h, w) 0..1: a smooth step around `middle` of a place, over `softness`."""
    step = np.clip((place - np.float32(middle)) * np.float32(1 / softness) + np.float32(0.5), 0, 1)
    return np.asarray(step * step * (3 - 2 * step), np.float32)
