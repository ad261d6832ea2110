"""Owns times as editors write them: seconds, frames, timecode; must not know files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from lipfx.core.timecode import TIMECODE, frames_of
from lipfx.errors import UsageError

NEAR = 1e-3
"""Seconds by which a frame may come before a time and is still meant by it: containers round that much."""
_FRAME = re.compile(r"(\d+)f")


@dataclass(frozen=True, slots=True)
class Clock:
    """How a clip counts. rate: frames a second, None where it varies. first: seconds at which its frame 0 is
    shown. timecode: of frame 0; "" is 00:00:00:00."""

    rate: Fraction | None = None
    first: float = 0.0
    timecode: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in a clip as it was written: in seconds, or in what only a clip's clock makes seconds of."""

    text: str

    def __post_init__(self) -> None:
        """Raises: UsageError: it is no time."""
        if not _FRAME.fullmatch(self.text) and not _is_timecode(self.text):
            seconds(self.text)

    def on(self, clock: Clock) -> float:
        """Seconds on the clip's own clock.

        Raises: UsageError: it counts frames, and the clip has no constant rate or its timecode is none.
        """
        counted = _FRAME.fullmatch(self.text)
        if not counted and not _is_timecode(self.text):
            return seconds(self.text)
        if clock.rate is None:
            raise UsageError(f"'{self.text}' counts frames, whose rate varies here; write seconds")
        if counted:
            return clock.first + float(int(counted[1]) / clock.rate)
        wanted, zero = (frames_of(t, clock.rate) for t in (self.text, clock.timecode or "00:00:00:00"))
        if wanted is None or zero is None:
            raise UsageError(f"'{self.text}' cannot be told from timecode {clock.timecode}; write seconds")
        return clock.first + float((wanted - zero) / clock.rate)


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment to before another; None is the clip's beginning or end."""

    start: Moment | None
    end: Moment | None

    @classmethod
    def read(cls, text: str) -> Span:
        """The span in a text such as `3.2-5.0`, `97f-120f`, `01:00:03:05-01:00:05:00` or `97f-`.

        Raises: UsageError: it is none.
        """
        parts = [part.strip() for part in text.split("-")]
        if len(parts) != 2 or not any(parts):
            raise UsageError(f"'{text}' is no part of a clip; write FROM-TO, as in 3.2-5.0, 97f-120f or 97f-")
        start, end = (Moment(part) if part else None for part in parts)
        return cls(start, end)

    def on(self, clock: Clock) -> tuple[float, float]:
        """First and last in seconds. Raises: UsageError: nothing lies between them, or as `Moment.on`."""
        start = float("-inf") if self.start is None else self.start.on(clock)
        end = float("inf") if self.end is None else self.end.on(clock)
        if end <= start:
            assert self.start is not None
            assert self.end is not None
            raise UsageError(f"'{self.start.text}-{self.end.text}' ends before it begins; swap its ends")
        return start, end


def seconds(text: str) -> float:
    """A time in seconds from `12.5`, `1:02.5` or `0:01:02.5`.

    Raises: UsageError when `text` is no such time.
    """
    parts = text.split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if not 1 <= len(values) <= 3 or any(not 0 <= value < float("inf") for value in values):
        raise UsageError(f"'{text}' is no time: give seconds (12.5) or [hours:]minutes:seconds (1:02.5)")
    return float(sum(value * 60**power for power, value in enumerate(reversed(values))))


def ramp(time: float, span: tuple[float, float], fade: float) -> float:
    """0..1: how far `time` is within a span that comes and goes in `fade` seconds, inside of it."""
    start, end = span
    if not start - NEAR <= time < end - NEAR:
        return 0.0
    return 1.0 if fade <= 0 else min(1.0, max(time - start, 0.0) / fade, (end - time) / fade)


def _is_timecode(text: str) -> bool:
    """A dot before two digits makes seconds of them."""
    found = TIMECODE.match(text)
    return found is not None and found[4] != "."
