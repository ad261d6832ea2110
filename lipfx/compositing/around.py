"""Owns what an effect may ask of a frame beyond its patch: the whole picture, the other faces; must not know
effects' code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Face, Float32, Float64, Frame, Plane, Space

Written: TypeAlias = "tuple[int, tuple[slice, slice], Plane]"
"""A plane's number, a window of it and the samples that were there."""


@dataclass
class Around:
    """A frame as it came to a run of effects, and its faces. written: samples that were written over since.

    The picture is made once in each space, where somebody asks for it.
    """

    frame: Frame
    faces: Sequence[Face] = ()
    written: Sequence[Written] = ()
    _pictures: dict[Space, Float32] = field(default_factory=dict)

    def picture(self, space: Space) -> Float32:
        """(h, w, 3) float32 RGB in `space` of the whole frame, read-only."""
        if space not in self._pictures:
            frame = self.frame
            picture = read_patch(self._as_it_came(), Box(0, 0, frame.width, frame.height), space)
            picture.flags.writeable = False
            self._pictures[space] = picture
        return self._pictures[space]

    def others(self, track_id: int, corner: tuple[int, int]) -> Float64:
        """(n, 4) boxes of the faces but one, x0, y0, x1, y1 in pixels from `corner`."""
        boxes = [face.box for face in self.faces if face.track_id != track_id]
        return np.reshape(boxes, (-1, 4)).astype(np.float64) - (*corner, *corner)

    def _as_it_came(self) -> Frame:
        if not self.written:
            return self.frame
        came = self.frame.copy()
        for number, window, samples in self.written:
            came.planes[number][window] = samples
        return came
