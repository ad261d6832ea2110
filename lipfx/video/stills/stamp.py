"""Owns timecode, rate and pixel shape that single pictures of a clip carry; must not know how they do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lipfx.core.timecode import TIMECODE, later
from lipfx.video.clip import Clip

MOST_FRAMES = 60
"""A second: a timecode's frame has no more numbers."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """timecode: hours, minutes, seconds, frame, None where there is none. drops: whether it leaves numbers
    out, as 29.97 frames a second do. rate: frames per second, None where it varies. aspect: of a pixel, width
    over height.
    """

    timecode: tuple[int, int, int, int] | None = None
    drops: bool = False
    rate: Fraction | None = None
    aspect: Fraction = Fraction(1)


def stamp(clip: Clip, index: int) -> Stamp:
    """That of a clip's frame: its own timecode, or one that counts from 0."""
    rate, aspect = None if clip.still else clip.frame_rate, clip.sample_aspect_ratio or Fraction(1)
    if rate is None or round(rate) > MOST_FRAMES:
        return Stamp(rate=rate, aspect=aspect)
    text = later(clip.timecode or "00:00:00:00", index, rate)
    found = TIMECODE.match(text or "")
    if found is None:
        return Stamp(rate=rate, aspect=aspect)
    hours, minutes, seconds, frame = (int(found[k]) for k in (1, 2, 3, 5))
    return Stamp((hours, minutes, seconds, frame), found[4] in ";.", rate, aspect)
