"""Owns the display matrix in finished mp4 and mov files; must not know anything else about them.

ffmpeg before version 6 has no way to set it on pictures that it encodes.
"""

from __future__ import annotations

import struct
from pathlib import Path

from lipfx.errors import OutputError
from lipfx.video.boxes import box, boxes
from lipfx.video.orientation import Orientation

MATRIX_OFFSET = {0: 40, 1: 52}  # from the header's version byte, by that version


def set_orientation(path: Path, orientation: Orientation, width: int, height: int) -> None:
    """Makes players show the video track of `path`, stored as `width` x `height`, in `orientation`.

    Raises: OutputError when the file has no video track.
    """
    with path.open("r+b") as file:
        index = box(file, (0, path.stat().st_size), b"moov") or (0, 0)
        for track in boxes(file, index, b"trak"):
            handler, header = box(file, track, b"mdia", b"hdlr"), box(file, track, b"tkhd")
            if handler is None or header is None:
                continue
            file.seek(handler[0] + 8)
            if file.read(4) == b"vide":
                file.seek(header[0])
                file.seek(header[0] + MATRIX_OFFSET[file.read(1)[0]])
                file.write(_matrix(orientation, width, height))
                return
    raise OutputError(f"{path.name} has no video track to turn")


def _matrix(orientation: Orientation, width: int, height: int) -> bytes:
    a, b, c, d = orientation.matrix
    left, top = min(0, a * width, c * height), min(0, b * width, d * height)
    fixed = (a << 16, b << 16, 0, c << 16, d << 16, 0, -left << 16, -top << 16, 1 << 30)
    return struct.pack(">9i", *fixed)
