"""Owns the light at one mouth over time, within a shot; must not know frames or how light is told.

What a face is cannot change while a shot lasts: how much brighter than its skin white is, the black point
and the saturation are means over seconds. What the light does can, and skin and lips show it at once, both
alike; where one alone changes a face moves, and small changes of both are the head's motion: left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from lipfx.core.values import Float64, Scene
from lipfx.lighting.estimate import estimate
from lipfx.lighting.measure import LIPS, SKIN


@dataclass(frozen=True, slots=True)
class Pace:
    """every: seconds between looks at a face. memory: seconds of the means; live: the same, without a look
    ahead. drift: the most that a mean changes in a second once it is known, as a logarithm; white is the
    sum of two. at_once: seconds before and after that tell what skin and lips look like now, the nearer the
    more. calm: change of both, as a logarithm, that is taken for the head's motion; of what exceeds it by
    more than `sudden`, next to nothing is left out. focus: seconds between looks at how soft edges are, once
    there were as many as `sharp`; widths: how many of them count.
    """

    every: float = 0.12
    memory: float = 4.0
    live: float = 0.5
    drift: float = 0.005
    at_once: float = 0.3
    calm: float = 0.09
    sudden: float = 0.3
    focus: float = 0.5
    sharp: int = 4
    widths: int = 15


PACE = Pace()
FREE, LEAST = 1e6, -0.052
FACE = [SKIN, LIPS]
OFFSET = 0.055
"""Of sRGB's curve: encoded RGB and this is a power of light, so that other light is a factor on it."""


class SteadyLight:
    """The light on one face within one shot. Looks are added in order of time, `look_ahead` before `at`."""

    def __init__(self, look_ahead: float) -> None:
        """look_ahead: seconds by which looks are ahead of what is asked; 0 live."""
        self._memory = PACE.memory if look_ahead else PACE.live
        self._drift = PACE.drift if look_ahead else FREE
        self._looks: deque[tuple[float, Float64]] = deque()
        self._mean: Float64 | None = None
        self._told: Float64 | None = None
        self._count = 0
        self._last = -np.inf
        self._known: Float64 | None = None
        self._time = 0.0
        self._widths: deque[float] = deque(maxlen=PACE.widths)
        self._focused, self._softened = -np.inf, 0.0
        self._softness: float | None = None

    def is_due(self, time: float) -> bool:
        """Whether the face is to be looked at in a frame at this time."""
        return time - self._last > PACE.every

    def add(self, time: float, colours: Float64) -> None:
        """What a frame told; see `lipfx.lighting.measure`."""
        step = time - self._last
        self._last = time
        self._looks.append((time, np.log(colours[FACE] + OFFSET)))
        self._count += 1
        self._told = None
        if self._mean is None:
            self._mean = colours
            return
        share = max(1 / self._count, 1 - float(np.exp(-step / self._memory)))
        new = np.where(np.isnan(colours), self._mean, colours)
        old = np.where(np.isnan(self._mean), new, self._mean)
        self._mean = old + share * (new - old)

    def is_focus_due(self, time: float) -> bool:
        """Whether it is to be looked at how soft edges are, in a frame at this time."""
        return len(self._widths) < PACE.sharp or time - self._focused > PACE.focus

    def add_softness(self, time: float, width: float | None) -> None:
        """How soft the lips' edge was in a frame; None where it could not be told."""
        self._focused = time
        if width is not None:
            self._widths.append(width)

    def _softness_at(self, time: float) -> float:
        """The median of a shot's edges, as far as it may change since the last time."""
        if self._widths:
            told = float(np.median(self._widths))
            known = told if self._softness is None else self._softness
            most = self._drift * max(time - self._softened, 0) * max(told, known)
            self._softness = known + min(max(told - known, -most), most)
        self._softened = time
        return round(self._softness or 0.0, 2)

    def at(self, time: float) -> Scene | None:
        """The light at a time, which comes in order; None where nothing was seen yet."""
        if self._mean is None:
            return None
        while len(self._looks) > 1 and self._looks[1][0] < time - PACE.at_once:
            self._looks.popleft()
        if self._told is None:
            self._told = _told(self._mean)
        known = self._settled(self._told, time)
        lit = known[6:9] + self._change(time, known[6:12].reshape(2, 3))
        black, white = (np.exp(lit + part) - OFFSET for part in (known[:3], known[3:6]))
        return Scene(
            np.round(black, 5), np.round(white, 5), round(float(known[-1]), 4), self._softness_at(time)
        )

    def _settled(self, told: Float64, time: float) -> Float64:
        """What is told, as far as it may change since the last time."""
        if self._known is None:
            self._known = told
        most = self._drift * max(time - self._time, 0)
        self._known = self._known + np.clip(told - self._known, -most, most)
        self._time = time
        return self._known

    def _change(self, time: float, usual: Float64) -> Float64:
        """(3,) how much brighter it is now than usual, in logarithms; nothing while it differs little.

        usual: (2, 3) logarithms of skin and lips.
        """
        away = np.array([abs(when - time) for when, _ in self._looks])
        weights = np.maximum(1 - away / PACE.at_once, 0)
        if not weights.any():
            weights = np.asarray(away == away.min(), np.float64)
        skin, lips = (np.array([look for _, look in self._looks]) - usual).swapaxes(0, 1)
        alike = np.clip(skin, np.minimum(lips, 0), np.maximum(lips, 0))
        change = weights @ alike / weights.sum()
        size = np.abs(change)
        left_out = PACE.calm * np.exp(np.minimum((PACE.calm - size) / PACE.sudden, 0))
        return np.asarray(np.sign(change) * np.maximum(size - left_out, 0), np.float64)


def _told(mean: Float64) -> Float64:
    """(13,) of mean colours: black and white over skin, skin and lips, in logarithms, and the saturation."""
    usual, face = estimate(mean), np.log(mean[FACE] + OFFSET)
    over = [np.log(np.maximum(colour, LEAST) + OFFSET) - face[0] for colour in (usual.black, usual.white)]
    return np.concatenate([*over, *face, [usual.saturation]])
