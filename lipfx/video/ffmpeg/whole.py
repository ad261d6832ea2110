"""Owns whether a file is all there, by what its container promises; must not know how it is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from lipfx.video.clip import Clip

TS_PACKETS = {188: 0, 192: 4, 204: 0}  # bytes, and those before the mark, by flavour
TS_SYNC, TS_LOOK, TS_TAIL = 0x47, 2000, 1 << 20
PES_START, PES_HEADER = b"\0\0\1", 6  # of a packet of a stream, in packets of the file
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
        if len(marks) < 2 or set(marks) != {TS_SYNC}:
            continue
        file.seek(max(0, size - size % packet - TS_TAIL // packet * packet))
        if size % packet or any(left > 0 for left in _left(file.read(), packet, before).values()):
            return Truncation(f"ends within a packet, after {frames} frames; it may be truncated")
    return None


def _left(data: bytes, packet: int, before: int) -> dict[int, int]:
    """Bytes that the last packet of each stream lacks of the length that it names.

    Pictures may name none: theirs lack something if they go on to the last byte, which is an end but once in
    184 times.
    """
    left: dict[int, int] = {}
    nameless: set[int] = set()
    for at in range(before, len(data) - 187, packet):
        head = data[at : at + 188]
        stream = (head[1] & 0x1F) << 8 | head[2]
        if head[0] != TS_SYNC or not head[3] & 0x10:  # no bytes of a stream
            continue
        rest = head[4 + (1 + head[4] if head[3] & 0x20 else 0) :]
        if head[1] & 0x40:  # one begins
            left.pop(stream, None)
            nameless.discard(stream)
            if rest.startswith(PES_START) and len(rest) >= PES_HEADER:
                (length,) = struct.unpack(">H", rest[4:PES_HEADER])
                left[stream] = PES_HEADER + length
                nameless.update([] if length else [stream])
        if stream in nameless:
            left[stream] = int(not head[3] & 0x20)
        elif stream in left:
            left[stream] -= len(rest)
    return left


def _gif(file: BinaryIO, frames: int) -> Truncation | None:
    file.seek(-min(64, file.seek(0, 2)), 2)
    if file.read().rstrip(ZEROS).endswith(GIF_END):
        return None
    return Truncation(f"has no end mark and breaks off after {frames} frames; it may be truncated")
