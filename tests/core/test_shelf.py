"""Frames that wait come back as they were, from memory and from the file."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lipfx.core import shelf as shelves
from lipfx.core.shelf import Shelf
from lipfx.core.values import Colour, Frame, PixelFormat

FORM = PixelFormat("yuv420p10le", 10, 1, 1)
SIZE = 33 * 21 * 2 + 2 * 17 * 11 * 2


def frame(index: int) -> Frame:
    draw = np.random.default_rng(index)
    planes = [draw.integers(0, 1024, shape, np.uint16) for shape in FORM.plane_shapes(33, 21)]
    planes[0] = planes[0][:, ::-1]  # as a mirrored clip's
    return Frame(tuple(planes), FORM, Colour(), index, index, Fraction(1, 25), 1)


def same(one: Frame, other: Frame) -> bool:
    planes = all(np.array_equal(a, b) for a, b in zip(one.planes, other.planes, strict=True))
    return planes and (one.index, one.format) == (other.index, other.format)


@pytest.mark.parametrize("room", [0, 2 * SIZE, 100 * SIZE])
def test_frames_come_back_as_they_were(room: int) -> None:
    """Places are used again, in any order; what comes back may be painted."""
    with Shelf(room) as shelf:
        held = [shelf.put(frame(index)) for index in range(5)]
        assert [one.place is None for one in held] == [(index + 1) * SIZE <= room for index in range(5)]
        assert same(shelf.read(held[3]), frame(3))
        for index in (1, 3, 0):
            taken = shelf.take(held[index])
            assert same(taken, frame(index))
            assert taken.planes[0].flags.writeable
        again = [shelf.put(frame(index)) for index in range(5, 9)]
        assert max((one.place or 0) for one in again) <= 5 * SIZE
        for one, index in zip((held[2], held[4], *again), (2, 4, 5, 6, 7, 8), strict=True):
            assert same(shelf.take(one), frame(index))


def test_without_a_file_frames_wait_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelves, "TemporaryFile", full)
    with Shelf(0) as shelf:
        held = [shelf.put(frame(index)) for index in range(3)]
        assert all(same(shelf.take(one), frame(index)) for index, one in enumerate(held))
