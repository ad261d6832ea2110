"""Owns what every program is told of a clip and the lips in it; must not know any program or file.

Points are those of tracks: pixels of the displayed frame, y down, the middle of the top left pixel at (0, 0).
Each program's module says how it counts, and moves them there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Face, Float64


@dataclass(frozen=True, slots=True)
class Shot:
    """What is known of a clip. name: its file's. width, height: pixels of the displayed frame. rate: frames a
    second, None where it varies. aspect: width of a pixel over its height. first: the number that the clip's
    frame 0 has in the program. timecode: of frame 0; "" where none is known.
    """

    name: str
    width: int
    height: int
    rate: Fraction | None
    aspect: Fraction
    first: int
    timecode: str = ""

    @property
    def rate_name(self) -> str:
        """The rate as editors write it: 25, 23.976, 29.97. Of a varying one, an empty text."""
        return "" if self.rate is None else number(float(self.rate), 3)


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame. number: in the program. index: in the clip. time: seconds. source: the picture's file name.
    size: (width, height) in pixels."""

    number: int
    index: int
    time: float
    source: str
    size: tuple[int, int]
    faces: tuple[Face, ...]


@dataclass(slots=True)
class Track:
    """One face over time. numbers: of its frames, ascending. points: (56, 2) float64 in each of them.
    confidence: 0..1 in each."""

    track_id: int
    person: str
    numbers: list[int] = field(default_factory=list)
    points: list[Float64] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called in a program: letters, digits and underscores."""
        who = re.sub(r"[^A-Za-z0-9]", "_", self.person) or "face"
        return f"lips_{who}_{self.track_id}"

    @property
    def runs(self) -> Iterator[tuple[int, int]]:
        """First and last number of each stretch without a gap."""
        begin = self.numbers[0]
        for before, after in pairwise([*self.numbers, self.numbers[-1] + 2]):
            if after > before + 1:
                yield begin, before
                begin = after

    @property
    def shown(self) -> Iterator[tuple[int, bool]]:
        """Whether the face is there, at each number at which that changes."""
        for begin, last in self.runs:
            yield begin, True
            yield last + 1, False


def tracks_of(frames: Iterable[Seen]) -> list[Track]:
    """The faces of all frames as tracks, by their ids; of two frames with one number the later counts."""
    tracks: dict[int, Track] = {}
    for frame in frames:
        for face in frame.faces:
            track = tracks.setdefault(face.track_id, Track(face.track_id, face.person))
            track.person = track.person or face.person
            if track.numbers and track.numbers[-1] == frame.number:
                for values in (track.numbers, track.points, track.confidence):
                    values.pop()
            track.numbers.append(frame.number)
            track.points.append(face.points)
            track.confidence.append(face.confidence)
    return [tracks[track_id] for track_id in sorted(tracks)]


def span_of(tracks: Iterable[Track], first: int) -> tuple[int, int]:
    """First and last number of all; `first` twice where there is no track."""
    numbers = [number for track in tracks for number in (track.numbers[0], track.numbers[-1])]
    return min(numbers, default=first), max(numbers, default=first)


def marks(points: Float64) -> Mapping[str, Float64]:
    """The places of a mouth that people track: (2,) each, of (56, 2) landmarks."""
    left, right = helen56.OUTER_CORNERS
    return {
        "centre": points[helen56.OUTER].mean(axis=0),
        "left_corner": points[left],
        "right_corner": points[right],
        "top": points[list(helen56.TOP)].mean(axis=0),
        "bottom": points[list(helen56.BOTTOM)].mean(axis=0),
    }


def number(value: float, digits: int = 4) -> str:
    """`value` without needless zeros."""
    text = f"{float(value):.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def corner_based(points: Float64) -> Float64:
    """The points where (0, 0) is the corner of the top left pixel and its middle at (0.5, 0.5), y down."""
    return np.asarray(points, np.float64) + 0.5


def from_below(points: Float64, height: int) -> Float64:
    """The points where (0, 0) is the lower left corner of the frame, y up, middles of pixels at halves."""
    moved = corner_based(points)
    moved[..., 1] = height - moved[..., 1]
    return moved
