"""Owns how loud a clip is over time, as a curve; must not know files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lipfx.core.values import Float64

SILENCE = -90.0
"""Decibels of full scale that stand for silence, and for there being no sound."""
STEP = 0.01
"""Seconds of one value."""
QUIET, LOUD = 10, 95
"""Percentiles of a clip's sound, silence left out, that are its quiet and its loud parts."""
NARROWEST, WIDEST = 12.0, 40.0
"""Decibels from quiet to loud, at least and at most: an even hum is not blown up, pauses do not count."""


@dataclass(frozen=True)
class Loudness:
    """starts: (n,) seconds on the clip's clock at which values begin, ascending, each for `STEP`.

    levels: (n,) root mean square over all channels in decibels of full scale, from `SILENCE`. Without values
    there is no sound.
    """

    starts: Float64 = field(default_factory=lambda: np.zeros(0))
    levels: Float64 = field(default_factory=lambda: np.zeros(0))

    def during(self, start: float, duration: float) -> float:
        """Decibels of full scale from `start` on, over `duration` seconds but at least one value."""
        end = start + max(duration, STEP)
        first, last = np.searchsorted(self.starts, (start - STEP, end))
        starts, levels = self.starts[first:last], self.levels[first:last]
        heard = np.clip(np.minimum(starts + STEP, end) - np.maximum(starts, start), 0, None)
        power = float((heard * 10 ** (levels / 10)).sum()) / (end - start)
        return max(10 * float(np.log10(max(power, 1e-30))), SILENCE)

    def share(self, decibels: float) -> float:
        """0..1: where that lies between the clip's quiet and loud parts; 0 where there is no sound."""
        quiet, loud = self._range
        return min(max((decibels - quiet) / (loud - quiet), 0.0), 1.0)

    @cached_property
    def _range(self) -> tuple[float, float]:
        heard = self.levels[self.levels > SILENCE]
        if not heard.size:
            return SILENCE, 0.0
        quiet, loud = np.percentile(heard, (QUIET, LOUD)).tolist()
        return min(max(quiet, loud - WIDEST), loud - NARROWEST), loud
