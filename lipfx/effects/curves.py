"""Owns parameters that change over time: keys and what lies between; must not know which effects exist."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lipfx.core.moments import Clock, Moment
from lipfx.errors import ParameterError, UsageError

EASES = ("linear", "smooth")


@dataclass(frozen=True, slots=True)
class Curve:
    """Numbers at moments, in order. smooth: between them it starts and ends gently, otherwise evenly."""

    keys: tuple[tuple[Moment, float], ...]
    smooth: bool = False

    def on(self, clock: Clock) -> Timed:
        """The curve in a clip's own time.

        Raises: UsageError: a moment cannot be told there, or comes before the one that is written before it.
        """
        times = tuple(moment.on(clock) for moment, _ in self.keys)
        for k in range(1, len(times)):
            if times[k] <= times[k - 1]:
                before, after = self.keys[k - 1][0].text, self.keys[k][0].text
                raise UsageError(f"key {after} does not come after key {before}; write keys in their order")
        return Timed(times, tuple(value for _, value in self.keys), self.smooth)


@dataclass(frozen=True, slots=True)
class Timed:
    """A curve whose times are seconds."""

    times: tuple[float, ...]
    values: tuple[float, ...]
    smooth: bool

    def at(self, time: float) -> float:
        """The value at `time`; before the first key and after the last, theirs."""
        after = bisect_right(self.times, time)
        if after in (0, len(self.times)):
            return self.values[max(after - 1, 0)]
        start, end = self.times[after - 1], self.times[after]
        share = (time - start) / (end - start)
        share = share * share * (3 - 2 * share) if self.smooth else share
        return self.values[after - 1] + share * (self.values[after] - self.values[after - 1])


def is_curve(value: object) -> bool:
    """Whether a parameter's value is written as keys."""
    return isinstance(value, list | dict)


def read_curve(value: object, name: str) -> Curve:
    """A curve as TOML writes it: [[0, 0.0], [1.5, 0.8]], or { keys = [...], ease = "smooth" }.

    Raises: ParameterError: it is none. name: of effect and parameter.
    """
    table: Mapping[str, Any] = value if isinstance(value, dict) else {"keys": value}
    keys, ease = table.get("keys"), table.get("ease", "linear")
    pairs = isinstance(keys, list) and keys and all(isinstance(k, list) and len(k) == 2 for k in keys)
    if not pairs or ease not in EASES or table.keys() - {"keys", "ease"}:
        raise ParameterError(
            f'{name} has no keys in it; write [[TIME, VALUE], ...] or {{ keys = [...], ease = "smooth" }}'
        )
    assert isinstance(keys, list)
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for _, number in keys):
        raise ParameterError(f"{name} changes over time, which numbers alone can; leave one value")
    return Curve(tuple((Moment(str(time)), float(number)) for time, number in keys), ease == "smooth")
