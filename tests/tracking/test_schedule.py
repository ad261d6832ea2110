"""Owns the tests of when a clip is searched for faces."""

from __future__ import annotations

import numpy as np

from lipfx.tracking.schedule import Schedule

RATE = 30


def searched(frames: int, calm: range) -> list[int]:
    """The frames of so many, 30 a second, that are searched; in those of `calm` mouths are certain."""
    schedule, found = Schedule(0.09), []
    noise = np.random.default_rng(0)
    for index in range(frames):
        if schedule.is_due(index / RATE, noise.integers(0, 255, (18, 32)).astype(np.uint8)):
            schedule.searched()
            schedule.plan(index / RATE)
            found.append(index)
        if index not in calm:
            schedule.sooner()
    return found


def test_calm_faces_are_searched_for_less_often_than_doubtful_ones() -> None:
    assert np.diff(searched(61, range(61)))[1:].tolist() == [3] * 19
    assert np.diff(searched(61, range(0))).tolist() == [2] * 30


def test_doubt_is_looked_into_at_once_and_not_in_every_frame() -> None:
    doubtful = [frame for frame in searched(40, range(20)) if 20 <= frame < 30]
    assert doubtful[0] <= 21
    assert np.diff(doubtful).tolist() == [2] * (len(doubtful) - 1)
