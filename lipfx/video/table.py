"""Owns knowing frames again: their times and checksums; must not know how they are decoded."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np

from lipfx.core.values import Frame
from lipfx.errors import InputError


class _Stored(msgspec.Struct):
    first: int
    time_base: tuple[int, int]
    pts: list[int]
    durations: list[int]
    checksums: list[int]


@dataclass
class FrameTable:
    """Frames that follow each other, as a decoder gave them that had seen all before.

    first: the index of the first one. time_base: seconds per tick of `pts` and `durations`. checksums: of
    their samples.
    """

    first: int = 0
    time_base: Fraction = Fraction(1)
    pts: list[int] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)
    checksums: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.pts)

    def add(self, frame: Frame) -> None:
        """Takes note of the next frame."""
        if not self.pts:
            self.first, self.time_base = frame.index, frame.time_base
        self.pts.append(frame.pts)
        self.durations.append(frame.duration)
        self.checksums.append(checksum(frame))

    def has(self, frame: Frame, place: int) -> bool:
        """Whether `frame` is the one at a place, from 0, to the last bit."""
        same = frame.pts == self.pts[place] and frame.time_base == self.time_base
        return same and checksum(frame) == self.checksums[place]

    def stub(self, place: int, like: Frame) -> Frame:
        """A frame at a place's time, with the picture of another one."""
        return Frame(
            like.planes,
            like.format,
            like.colour,
            self.first + place,
            self.pts[place],
            self.time_base,
            self.durations[place],
        )

    def part(self, start: int, end: int) -> FrameTable:
        """The frames from one place to before another."""
        columns = (self.pts, self.durations, self.checksums)
        return FrameTable(self.first + start, self.time_base, *(column[start:end] for column in columns))

    def encoded(self) -> bytes:
        """For a file."""
        base = (self.time_base.numerator, self.time_base.denominator)
        return msgspec.json.encode(_Stored(self.first, base, self.pts, self.durations, self.checksums))


def read_table(path: Path) -> FrameTable:
    """The table in a file.

    Raises: InputError when it cannot be read.
    """
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=_Stored)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); run the command again") from error
    return FrameTable(
        stored.first, Fraction(*stored.time_base), stored.pts, stored.durations, stored.checksums
    )


def checksum(frame: Frame) -> int:
    """A CRC-32 of a frame's samples."""
    value = 0
    for plane in frame.planes:
        value = zlib.crc32(np.ascontiguousarray(plane).data, value)
    return value
