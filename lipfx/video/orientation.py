"""Owns turning and mirroring a frame's planes without touching a sample; must not know clips or ffmpeg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from lipfx.core.values import PixelFormat, Plane


@dataclass(frozen=True, slots=True)
class Orientation:
    """How stored pictures become displayed ones: mirrored left to right first, then turned clockwise.

    quarter_turns: 0 to 3, clockwise.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    @property
    def upright(self) -> bool:
        return self == Orientation()

    @property
    def swaps_sides(self) -> bool:
        return self.quarter_turns % 2 == 1

    @property
    def inverse(self) -> Orientation:
        """What takes displayed pictures back to stored ones."""
        turns = self.quarter_turns if self.mirrored else -self.quarter_turns % 4
        return Orientation(turns, self.mirrored)

    @property
    def matrix(self) -> tuple[int, int, int, int]:
        """a, b, c, d of the display matrix: (x, y) is shown at (a x + c y, b x + d y)."""
        a, b, c, d = ((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0))[self.quarter_turns]
        return (-a, -b, c, d) if self.mirrored else (a, b, c, d)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Displayed (width, height) of a stored one, and the other way round."""
        return (height, width) if self.swaps_sides else (width, height)

    def pixel_format(self, stored: PixelFormat) -> PixelFormat:
        """The displayed planes' format: a quarter turn makes 4:4:0 of 4:2:2."""
        if not self.swaps_sides or stored.chroma_shift_x == stored.chroma_shift_y:
            return stored
        old, new = ("422", "440") if stored.chroma_shift_x else ("440", "422")
        return replace(
            stored,
            name=stored.name.replace(old, new),
            chroma_shift_x=stored.chroma_shift_y,
            chroma_shift_y=stored.chroma_shift_x,
        )

    def apply(self, planes: Sequence[Plane]) -> tuple[Plane, ...]:
        """Displayed planes of stored ones: contiguous copies, the same ones when nothing is to be done."""
        return tuple(planes) if self.upright else tuple(self._turn(plane) for plane in planes)

    def _turn(self, plane: Plane) -> Plane:
        import cv2

        picture = cv2.flip(plane, 1) if self.mirrored else plane
        if self.quarter_turns:
            code = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
            picture = cv2.rotate(picture, code[self.quarter_turns - 1])
        return cast("Plane", picture)


def from_display_matrix(numbers: Sequence[int]) -> Orientation:
    """Orientation of a display matrix (a b u c d v x y w, as ffprobe prints it): the nearest quarter turn."""
    a, b, c, d = numbers[0], numbers[1], numbers[3], numbers[4]
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    if abs(a) >= abs(b):
        return Orientation(0 if a >= 0 else 2, mirrored)
    return Orientation(1 if b > 0 else 3, mirrored)
