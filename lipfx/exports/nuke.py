"""Owns Nuke scripts with trackers; must not know other programs.

Nuke's pixels begin at the lower left corner of the frame, y up; the middle of the lower left pixel is at
(0.5, 0.5), in pixels as they are stored, whatever their aspect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lipfx.exports.base import Seen, Shot, Track, from_below, marks, number, span_of, tracks_of

COLUMNS = (
    (5, 20, "enable", "e"),
    (3, 75, "name", "name"),
    *((2, 58, name, name) for name in ("track_x", "track_y")),
    *((2, 63, name, name) for name in ("offset_x", "offset_y")),
    *((4, 27, name, name) for name in "TRS"),
    (2, 45, "error", "error"),
    *((1, 0, f"error_{part}", f"error_{part}") for part in ("min", "max")),
    *((1, 0, f"{box}_{side}", f"{box}_{side}") for box in ("pattern", "search") for side in "xyrt"),
    (2, 0, "key_track", "key_track"),
    *((2, 0, f"key_{box}_{side}", f"key_{box}_{side}") for box in ("search", "track") for side in "xyrt"),
    *((2, 0, f"key_centre_offset_{axis}", f"key_centre_offset_{axis}") for axis in "xy"),
)
"""Of the table in a Tracker4: kind, width on screen, name and title."""
BOXES = "-32 -32 32 32 -22 -22 22 22"
KEYS = " ".join(["{}"] * 11)


def write(shot: Shot, frames: Iterable[Seen]) -> Iterator[str]:
    """A script with the clip's format and rate, a Tracker4 for each face: five places, then all points."""
    tracks = tracks_of(frames)
    yield _root(shot, *span_of(tracks, shot.first))
    for place, track in enumerate(tracks):
        yield _tracker(track, shot.height, place)


def _root(shot: Shot, first: int, last: int) -> str:
    size = f"{shot.width} {shot.height}"
    rate = f" fps {shot.rate_name}\n" if shot.rate else ""
    return (
        f"Root {{\n inputs 0\n frame {first}\n first_frame {first}\n last_frame {last}\n{rate}"
        f' format "{size} 0 0 {size} {number(float(shot.aspect), 6)} lipfx"\n}}\n'
    )


def _tracker(track: Track, height: int, place: int) -> str:
    rows = list(_rows(track, height))
    columns = " ".join(f"{{ {kind} 1 {width} {name} {title} 1 }}" for kind, width, name, title in COLUMNS)
    table = f"{{ 1 {len(COLUMNS)} {len(rows)} }} {{ {columns} }} {{ {' '.join(rows)} }}"
    return (  # the table in one line, which simpler readers than Nuke want
        f"Tracker4 {{\n inputs 0\n tracks {{ {table} }}\n reference_frame {track.numbers[0]}\n"
        f" name {track.name}\n xpos {place * 110}\n ypos 0\n}}\n"
    )


def _rows(track: Track, height: int) -> Iterator[str]:
    """A row of the table for each place."""
    enabled = " ".join(f"x{at} {int(there)}" for at, there in track.shown)
    named = [marks(points) for points in track.points]
    places = {name: np.array([marked[name] for marked in named]) for name in named[0]}
    stacked = np.array(track.points)
    places |= {f"{track.name}_{k:02d}": stacked[:, k] for k in range(stacked.shape[1])}
    for name, points in places.items():
        x, y = from_below(points, height).T
        curves = f"{{curve {_keys(track.numbers, x)}}} {{curve {_keys(track.numbers, y)}}}"
        zero = f"{{curve K x{track.numbers[0]} 0}}"
        yield f'{{ {{curve K {enabled}}} "{name}" {curves} {zero} {zero} 1 0 0 {{}} 1 0 {BOXES} {KEYS} }}'


def _keys(numbers: Sequence[int], values: Iterable[float]) -> str:
    """Values at frames; the number of one that follows on the last is left out, as Nuke does."""
    words, before = [], None
    for at, value in zip(numbers, values, strict=True):
        words += [number(value)] if before == at - 1 else [f"x{at}", number(value)]
        before = at
    return " ".join(words)
