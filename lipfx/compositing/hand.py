"""Owns what a hand may change of the masks that effects get, as a promise; must not know where from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lipfx.core.values import Box, Face, Float32, Frame, MouthMasks


class Hand(Protocol):
    """Corrections of masks, frame by frame in order."""

    def look(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Is shown the next frame, of which the other methods then tell.

        Raises: InputError: what was given for it cannot be read or is of another size.
        """

    def mouth(self, face: Face, margin: float) -> tuple[Face, MouthMasks] | None:
        """The face and its masks where they were changed, in a box of at least `margin` mouth widths around
        the mouth; None where they were not."""

    def kept(self, box: Box) -> Float32 | None:
        """(h, w) float32 0..1 on the pixels of `box`: how much of each pixel effects may have; None where
        they may have all."""
