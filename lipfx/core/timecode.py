"""Owns timecode: frames counted as hours, minutes, seconds and frames; must not know files.

SMPTE ST 12-1. With `;` or `.` before the frames, 29.97 and 59.94 leave out the first numbers of every minute
but each tenth, so that the clock shows the time of day; no frame is left out. 23.976 has no such counting.
"""

from __future__ import annotations

import re
from fractions import Fraction

TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)$")


def frames_of(timecode: str, rate: Fraction | None) -> int | None:
    """Frames from 00:00:00:00 to `timecode`; None where that cannot be told."""
    found = TIMECODE.match(timecode)
    if found is None or rate is None:
        return None
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    nominal, minutes = round(rate), 60 * hours + minutes
    left_out = _dropped(found[4], nominal) * (minutes - minutes // 10)
    return (minutes * 60 + seconds) * nominal + frames - left_out


def impossible(timecode: str, rate: Fraction | None) -> str:
    """Why no frame has that timecode at a rate, in words; empty where one may, or the rate varies."""
    found = TIMECODE.match(timecode)
    if found is None:
        return "it is not written like 01:00:00:00 or 01:00:00;00"
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    if hours > 23 or minutes > 59 or seconds > 59:
        return "the clock ends at 23:59:59"
    if rate is None:
        return ""
    if frames >= round(rate):
        return f"a second has {round(rate)} frames, from 0"
    if found[4] in ";." and not _dropped(found[4], round(rate)):
        return "numbers are dropped at 29.97 and 59.94 alone"
    if seconds == 0 and minutes % 10 and frames < _dropped(found[4], round(rate)):
        return "that number is dropped"
    return ""


def later(timecode: str, frames: int, rate: Fraction | None) -> str | None:
    """The timecode `frames` frames after `timecode`, counted as that is; None where that cannot be told."""
    count, found = frames_of(timecode, rate), TIMECODE.match(timecode)
    if count is None or found is None or rate is None:
        return None
    nominal = round(rate)
    return _written(count + frames, nominal, _dropped(found[4], nominal), found[4])


def _dropped(mark: str, nominal: int) -> int:
    """Numbers that a minute leaves out."""
    return nominal // 15 if mark in ";." and nominal % 30 == 0 else 0


def _written(count: int, nominal: int, dropped: int, mark: str) -> str:
    if dropped:
        ten, rest = divmod(count, 600 * nominal - 9 * dropped)
        passed = max(0, rest - dropped) // (60 * nominal - dropped)
        count += 9 * dropped * ten + dropped * passed
    seconds, frames = divmod(count, nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}"
