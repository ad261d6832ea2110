"""Owns finding boxes in mp4 and mov files; must not know what is in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

Span = tuple[int, int]


def boxes(file: BinaryIO, span: Span, kind: bytes) -> Iterator[Span]:
    """Start and end of the content of each box of one kind inside `span`."""
    at, end = span
    while at + 8 <= end:
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        start = at + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            start += 8
        if size < 8:
            return
        if name == kind:
            yield start, at + size
        at += size


def box(file: BinaryIO, span: Span, *path: bytes) -> Span | None:
    """The first box at the end of `path`, whose steps are kinds of boxes; None where there is none."""
    for kind in path:
        found = next(boxes(file, span, kind), None)
        if found is None:
            return None
        span = found
    return span
