"""Owns the promises of times: seconds, frames and timecode of a clip's own clock, drop frame too."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lipfx.core.moments import Clock, Moment, Span, ramp
from lipfx.core.timecode import frames_of, later
from lipfx.errors import UsageError

FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "clock", "wanted"),
    [
        ("3.2", Clock(), 3.2),
        ("1:02.5", Clock(FILM), 62.5),
        ("0:01:02.50", Clock(), 62.5),
        ("97f", Clock(Fraction(25)), 3.88),
        ("24f", Clock(FILM, first=0.5), 0.5 + 1.001),
        ("01:00:03:05", Clock(Fraction(25), timecode="01:00:00:00"), 3.2),
        ("00:00:03:05", Clock(Fraction(25)), 3.2),
        ("01:00:00;00", Clock(NTSC, timecode="00:59:59;28"), 2 * 1001 / 30000),
        ("00:01:00;02", Clock(NTSC), 1800 * 1001 / 30000),
    ],
)
def test_moments_are_told_on_the_clips_clock(text: str, clock: Clock, wanted: float) -> None:
    assert Moment(text).on(clock) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("text", ["5-3", "3.2", "-", "a-b", "1-2-3", "97f-3f", "12g-"])
def test_what_is_no_part_of_a_clip_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Span.read(text).on(Clock(Fraction(25)))


def test_frames_need_a_rate() -> None:
    with pytest.raises(UsageError, match="counts frames, whose rate varies here"):
        Span.read("97f-").on(Clock())
    assert Span.read("-4").on(Clock()) == (float("-inf"), 4.0)


def test_drop_frame_leaves_out_numbers_and_no_frame() -> None:
    """SMPTE ST 12-1: an hour of 29.97 is 107892 frames, and each has a number of its own."""
    assert frames_of("01:00:00;00", NTSC) == 107892
    assert frames_of("01:00:00:00", FILM) == 86400
    told = [later("00:00:00;00", frame, NTSC) for frame in range(20000)]
    assert [frames_of(text or "", NTSC) for text in told] == list(range(20000))
    assert (told[1799], told[1800], told[17982]) == ("00:00:59;29", "00:01:00;02", "00:10:00;00")


def test_ramps_lie_inside_of_a_part() -> None:
    shares = [ramp(time, (1.0, 3.0), 0.5) for time in (0.98, 1.0, 1.25, 2.0, 2.75, 3.0)]
    assert shares == pytest.approx([0, 0, 0.5, 1, 0.5, 0], abs=5e-3)
    assert [ramp(time, (1.0, 3.0), 0) for time in (0.99, 0.9995, 2.99, 3.0)] == [0, 1, 1, 0]
