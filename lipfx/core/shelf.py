"""Owns where frames wait their turn: in memory while they take little, else in a file; must not know stages.

Half a second of frames waits for the smoother: at 4K and 60 frames a second 370 MB, of which nobody needs
more than was noted already until a frame's turn comes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO

import numpy as np

from lipfx.core.values import Frame

SMALL = 7_000_000
"""Bytes of a frame of 1080p in 10 bits: what is no larger waits in memory as a rule, which is faster."""
ROOM, ROOM_FOR_SMALL = 24_000_000, 100_000_000
"""Bytes of frames that wait in memory; the second is all that wait at 1080p and 60 frames a second."""
DISK = "/var/tmp"  # noqa: S108 - where systems keep large temporary files; /tmp may be memory itself


@dataclass(frozen=True, slots=True)
class Held:
    """A frame on a shelf. shown: without its planes where they are in the file, at `place`. size: bytes."""

    shown: Frame
    width: int
    height: int
    size: int
    place: int | None = None


class Shelf:
    """Puts frames of one size aside. Its file has no name: it goes with the process, however that ends."""

    def __init__(self, room: int | None = None) -> None:
        """room: bytes of frames that wait in memory; else as their size says."""
        self._room = room
        self._used = 0
        self._file: IO[bytes] | None = None
        self._free: list[int] = []
        self._end = 0

    def __enter__(self) -> Shelf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def put(self, frame: Frame) -> Held:
        """Takes a frame. Where no file can hold it, it waits in memory after all."""
        held = Held(frame, frame.width, frame.height, sum(plane.nbytes for plane in frame.planes))
        if self._used + held.size > self._limit(held):
            place = self._free.pop() if self._free else self._end
            if self._written(frame, place):
                self._end = max(self._end, place + held.size)
                return replace(held, shown=replace(frame, planes=()), place=place)
            self._free.append(place)
        self._used += held.size
        return held

    def read(self, held: Held) -> Frame:
        """A frame that was put aside and stays there."""
        if held.place is None or self._file is None:
            return held.shown
        self._file.seek(held.place)
        form = held.shown.format
        planes = (
            np.fromfile(self._file, form.dtype, rows * columns).reshape(rows, columns)
            for rows, columns in form.plane_shapes(held.width, held.height)
        )
        return replace(held.shown, planes=tuple(planes))

    def take(self, held: Held) -> Frame:
        """A frame that was put aside, whose place is free for others then."""
        frame = self.read(held)
        if held.place is None:
            self._used -= held.size
        else:
            self._free.append(held.place)
        return frame

    def _limit(self, held: Held) -> int:
        if self._room is not None:
            return self._room
        return ROOM_FOR_SMALL if held.size <= SMALL else ROOM

    def _written(self, frame: Frame, place: int) -> bool:
        try:
            if self._file is None:
                usual = "TMPDIR" in os.environ or not os.access(DISK, os.W_OK)
                self._file = TemporaryFile(buffering=0, dir=None if usual else DISK)  # noqa: SIM115
            self._file.seek(place)
            for plane in frame.planes:
                np.ascontiguousarray(plane).tofile(self._file)
        except OSError:
            return False
        return True
