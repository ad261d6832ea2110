"""What counts as unchanged: repetitions, whatever an encoder adds to them; not small or slow changes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipfx.core.luma import small_luma
from lipfx.core.values import Box, Colour, Frame, PixelFormat
from lipfx.tracking.stillness import Watch

SIZE = (360, 640)
MOUTH = Box(280, 160, 360, 220)
_BASE = np.random.default_rng(1).integers(30, 220, SIZE).astype(np.uint8)


def frame(luma: NDArray[np.uint8], index: int) -> Frame:
    """A grey frame of 25 a second."""
    return Frame((luma,), PixelFormat("gray", 8, grey=True), Colour(), index, index, Fraction(1, 25), 1)


def repetitions(pictures: Sequence[NDArray[np.uint8]]) -> list[bool]:
    """For each picture, whether the watch takes the mouth for what it looked at last; if not, it looks."""
    watch, told = Watch(), []
    for index, luma in enumerate(pictures):
        now = frame(luma, index)
        told.append(watch.is_unchanged(now, *small_luma(now, 320 * 180)))
        if not told[-1]:
            watch.look(now, MOUTH)
    return told


def changed(where: Box, by: int) -> NDArray[np.uint8]:
    luma = _BASE.copy()
    luma[where.y0 : where.y1, where.x0 : where.x1] += np.uint8(by)
    return luma


def test_a_still_picture_is_looked_at_until_it_has_repeated_once() -> None:
    assert repetitions([_BASE] * 5) == [False, False, True, True, True]


def test_what_changes_elsewhere_does_not_count() -> None:
    pictures = [changed(Box(20, 20, 120, 120), by) for by in (0, 10, 20, 30)]
    assert repetitions(pictures) == [False, False, True, True]


def test_what_an_encoder_adds_does_not_count() -> None:
    noisy = [_BASE.copy() for _ in range(5)]
    for number, luma in enumerate(noisy):
        luma[170 + number, 300 : 300 + 20 * number : 2] += 3
    assert repetitions(noisy) == [False, False, True, True, True]


def test_a_corner_of_the_mouth_that_moves_counts() -> None:
    assert not any(repetitions([changed(Box(290, 180, 290 + size, 190), 12) for size in range(6, 18, 2)]))


def test_slow_changes_add_up() -> None:
    told = repetitions([_BASE] * 3 + [changed(MOUTH, by) for by in (1, 2, 3)])
    assert told[:3] == [False, False, True]
    assert not all(told[3:])


def test_doubled_frames_are_looked_at_once_each() -> None:
    doubled = [changed(MOUTH, 10 * (index // 2)) for index in range(8)]
    assert repetitions(doubled)[3:] == [True, False, True, False, True]
