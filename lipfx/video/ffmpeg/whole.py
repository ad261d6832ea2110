"""Owns whether a file is all there, by what its container promises; must not know how it is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from lipfx.video.clip import Clip

TS_PACKETS = {188: 0, 192: 4, 204: 0}  # bytes, and those before the mark, by flavour
TS_SYNC, TS_LOOK = 0x47, 2000
NEARLY = 0.95  # of the frames that an index names
GIF_END = b";"
ZEROS = b"\0"


@dataclass(frozen=True, slots=True)
class Truncation:
    """words: what speaks for it. certain: bytes that were promised are not there."""

    words: str
    certain: bool = False


def truncation(clip: Clip, frames: int) -> Truncation | None:
    """Why a file, of which `frames` frames came, seems to have lost its end; None if it does not."""
    container = clip.container.split(",")[0]
    with clip.path.open("rb") as file:
        if container == "avi":
            return _avi(file, clip.path.stat().st_size, frames, clip.video.frame_count)
        if container == "gif":
            return _gif(file, frames)
        if container == "mpegts":
            return _ts(file, clip.path.stat().st_size, frames)
    return None


def _avi(file: BinaryIO, size: int, frames: int, promised: int | None) -> Truncation | None:
    file.seek(0)
    head = file.read(8)
    if promised is None or frames >= promised or len(head) < 8:
        return None
    (length,) = struct.unpack("<4xI", head)
    certain = length + 8 > size
    if not certain and frames > promised * NEARLY - 2:
        return None  # writers count pictures that show nothing, too
    return Truncation(f"names {promised} frames, of which {frames} came; it may be truncated", certain)


def _ts(file: BinaryIO, size: int, frames: int) -> Truncation | None:
    head = file.read(TS_LOOK)
    for packet, before in TS_PACKETS.items():
        marks = head[before::packet]
        if len(marks) > 1 and set(marks) == {TS_SYNC} and size % packet:
            return Truncation(f"ends within a packet, after {frames} frames; it may be truncated")
    return None


def _gif(file: BinaryIO, frames: int) -> Truncation | None:
    file.seek(-min(64, file.seek(0, 2)), 2)
    if file.read().rstrip(ZEROS).endswith(GIF_END):
        return None
    return Truncation(f"has no end mark and breaks off after {frames} frames; it may be truncated")
