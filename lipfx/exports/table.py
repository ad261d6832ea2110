"""Owns tracks as a table, CSV; must not know other programs. Points are those of tracks, as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from lipfx.core import helen56
from lipfx.core.timecode import later
from lipfx.exports.base import Seen, Shot, number

BOX = ["x0", "y0", "x1", "y1"]
HEAD = ["frame", "time", "timecode", "source", "track_id", "person", "confidence", *BOX]
POINTS = [f"{axis}_{k:02d}" for k in range(helen56.COUNT) for axis in "xy"]


def write(shot: Shot, frames: Iterable[Seen]) -> Iterator[str]:
    """A row for each face in each frame: its box, then the 56 landmarks."""
    yield _line([*HEAD, *POINTS])
    for frame in frames:
        when = [str(frame.number), number(frame.time, 6), _timecode(shot, frame), frame.source]
        for face in frame.faces:
            who = [str(face.track_id), face.person, number(face.confidence)]
            yield _line([*when, *who, *map(number, [*face.box, *face.points.ravel()])])


def _timecode(shot: Shot, frame: Seen) -> str:
    return later(shot.timecode, frame.index, shot.rate) or "" if shot.timecode else ""


def _line(words: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(words)
    return text.getvalue()
