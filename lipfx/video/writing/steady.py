"""Owns frames at a steady rate, for containers that hold no times; must not know files or encoders."""

from __future__ import annotations

from fractions import Fraction

from lipfx.core.values import Frame
from lipfx.video.clip import Clip
from lipfx.video.writing.cut import Cut

MOST = 60
USUAL = (24, 25, 30, 50, 60)


class Steady:
    """Tells how often each frame is shown so that every one begins within half a frame of its own time."""

    def __init__(self, clip: Clip, cut: Cut) -> None:
        self.rate = steady_rate(clip)
        self.shown = 0
        self.changed = False
        self._begin = Fraction(cut.begin)
        self._end = None if cut.end is None else Fraction(cut.length)

    def times(self, frame: Frame) -> int:
        """How often the next frame is shown, 0 where its time is too short."""
        end = (frame.pts + frame.duration) * frame.time_base - self._begin
        until = round((end if self._end is None else min(end, self._end)) * self.rate)
        times = max(0, until - self.shown)
        self.shown += times
        self.changed = self.changed or times != 1
        return times


def steady_rate(clip: Clip) -> Fraction:
    """The clip's own rate, or the usual one that shows nearly all frames of one that varies."""
    if clip.frame_rate is not None:
        return clip.frame_rate
    if not clip.frame_count or clip.duration <= 0:
        return Fraction(25)
    mean = clip.frame_count / clip.duration
    return Fraction(next((rate for rate in USUAL if rate >= mean), MOST))
