"""Owns the display matrix in finished mp4 and mov files; must not know anything else about them.

ffmpeg before version 6 has no way to set it on pictures that it encodes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lipfx.errors import OutputError
from lipfx.video.orientation import Orientation

MATRIX_OFFSET = {0: 40, 1: 52}  # from the header's version byte, by that version


def set_orientation(path: Path, orientation: Orientation, width: int, height: int) -> None:
    """Makes players show the video track of `path`, stored as `width` x `height`, in `orientation`.

    Raises: OutputError when the file has no video track.
    """
    with path.open("r+b") as file:
        for track in _boxes(file, _box(file, (0, path.stat().st_size), b"moov"), b"trak"):
            handler = _box(file, _box(file, track, b"mdia"), b"hdlr")
            file.seek(handler[0] + 8)
            if file.read(4) == b"vide":
                header = _box(file, track, b"tkhd")[0]
                file.seek(header)
                file.seek(header + MATRIX_OFFSET[file.read(1)[0]])
                file.write(_matrix(orientation, width, height))
                return
    raise OutputError(f"{path.name} has no video track to turn")


def _matrix(orientation: Orientation, width: int, height: int) -> bytes:
    a, b, c, d = orientation.matrix
    left, top = min(0, a * width, c * height), min(0, b * width, d * height)
    fixed = (a << 16, b << 16, 0, c << 16, d << 16, 0, -left << 16, -top << 16, 1 << 30)
    return struct.pack(">9i", *fixed)


def _boxes(file: BinaryIO, span: tuple[int, int], kind: bytes) -> Iterator[tuple[int, int]]:
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


def _box(file: BinaryIO, span: tuple[int, int], kind: bytes) -> tuple[int, int]:
    for found in _boxes(file, span, kind):
        return found
    raise OutputError(f"the written file has no {kind.decode()} box")
