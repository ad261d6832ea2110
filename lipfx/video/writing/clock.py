"""Owns exact frame times: from a container's rounded ticks back to the rate's own; must not know files."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

MAX_TICKS_PER_SECOND = 1 << 30


def common_tick(first: Fraction, second: Fraction) -> Fraction:
    """The longest tick, in seconds, of which both are whole multiples."""
    numerator = gcd(first.numerator * second.denominator, second.numerator * first.denominator)
    return Fraction(numerator, first.denominator * second.denominator)


def output_tick(time_base: Fraction, rate: Fraction | None) -> Fraction:
    """The tick, in seconds, in which frames on ticks of `time_base` are written.

    A constant rate (frames per second) that the ticks can only round, such as 30000/1001 in milliseconds,
    gets ticks that hold it exactly.
    """
    if rate is None:
        return time_base
    tick = common_tick(time_base, 1 / rate)
    return tick if tick * MAX_TICKS_PER_SECOND >= 1 else time_base


def exact_ticks(pts: int, time_base: Fraction, rate: Fraction | None, tick: Fraction) -> int:
    """`pts` (in `time_base`) in units of `tick`: on the rate's own grid where it lies within its rounding."""
    time = pts * time_base
    if rate is not None:
        on_grid = round(time * rate) / rate
        if abs(on_grid - time) < time_base:
            time = on_grid
    return round(time / tick)
