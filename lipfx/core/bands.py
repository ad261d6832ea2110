"""Owns going through a frame in bands of rows, so that large ones take little room; must not know pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lipfx.core.values import Box

ROWS, MARGIN = 256, 16  # both on every chroma grid; chroma is interpolated over fewer rows than the margin


@dataclass(frozen=True, slots=True)
class Band:
    """box: rows to read, with a margin. rows: of the frame, that they stand for. part: where in the box."""

    box: Box
    rows: slice
    part: slice


def bands(width: int, height: int) -> Iterator[Band]:
    """The bands of a frame of `width` x `height` pixels, from top to bottom, without gaps or overlap."""
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        first, last = max(0, top - MARGIN), min(bottom + MARGIN, height)
        yield Band(Box(0, first, width, last), slice(top, bottom), slice(top - first, bottom - first))
