"""Owns what the edit lists of mp4 and mov files hide; must not know how frames are decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lipfx.video.boxes import Span, box, boxes

MOST_EDITS = 10_000


@dataclass(frozen=True, slots=True)
class Edits:
    """What one track hides. before: seconds before the first that is shown. inside: something later too."""

    before: float = 0.0
    inside: bool = False


def edits(path: Path) -> list[Edits]:
    """What each track of the file hides, in the order of its tracks; nothing where it is damaged."""
    try:
        with path.open("rb") as file:
            index = box(file, (0, path.stat().st_size), b"moov")
            return [] if index is None else [_track(file, track) for track in boxes(file, index, b"trak")]
    except (OSError, struct.error):
        return []


def _track(file: BinaryIO, track: Span) -> Edits:
    header, listed = box(file, track, b"mdia", b"mdhd"), box(file, track, b"edts", b"elst")
    if header is None or listed is None:
        return Edits()
    file.seek(header[0])
    long = file.read(4)[0] == 1
    file.seek(16 if long else 8, 1)
    (ticks,) = struct.unpack(">I", file.read(4))
    shown = [(length, start) for length, start in _entries(file, listed) if start >= 0 and length > 0]
    if not shown or not ticks:
        return Edits()
    return Edits(shown[0][1] / ticks, len(shown) > 1)


def _entries(file: BinaryIO, span: Span) -> list[tuple[int, int]]:
    """(length in the file's ticks, start in the track's ticks, -1 for a pause) of each edit."""
    file.seek(span[0])
    version, count = struct.unpack(">B3xI", file.read(8))
    form = ">QqI" if version == 1 else ">IiI"
    size = struct.calcsize(form)
    return [struct.unpack(form, file.read(size))[:2] for _ in range(min(count, MOST_EDITS))]
