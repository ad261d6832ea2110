"""Owns steadying one track as its frames come, without a look ahead; must not know faces, networks or video.

The one-euro filter (Casiez, Roussel and Vogel, CHI 2012): a low-pass filter whose cutoff rises with speed.
It runs on the skin: what the head does is taken out first, so that nothing lags behind a moving head and
only the lips are filtered.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.geometry import inverse, transform
from lipfx.core.values import Float64, MouthMap
from lipfx.smoothing.base import Sighting, Steady
from lipfx.smoothing.maps import MAP_POOL, aligned, canonical_to_frame
from lipfx.smoothing.offline import mouth_turn, neighbourhood
from lipfx.smoothing.settings import FADING

SPEED_CUTOFF = 4.0  # Hz, of the low-pass filter that speeds go through
POINTS_SLOWEST, POINTS_GAIN = 1.0, 50.0  # Hz at rest, and Hz more for every mouth width per second
MAP_SLOWEST, MAP_GAIN = 1.5, 0.02  # the same, per class level (of 255) and second
PAUSE = 0.5  # seconds without a sighting, after which the filters start anew
SOON = 1e-3  # seconds, the shortest step


class OneEuro:
    """The filter for arrays. pace: the speed of each value, told from the noisy changes of all per second."""

    def __init__(self, slowest: float, gain: float, pace: Callable[[Float64], Float64]) -> None:
        """slowest: Hz. gain: Hz per unit and second."""
        self._slowest, self._gain, self._pace = slowest, gain, pace
        self._state: tuple[Float64, Float64] | None = None

    def __call__(self, value: Float64, step: float) -> Float64:
        """The value, filtered, `step` seconds after the one before."""
        if self._state is None or step > PAUSE:
            self._state = value, np.zeros_like(value)
            return value
        before, speed = self._state
        speed = speed + _share(SPEED_CUTOFF, step) * ((value - before) / step - speed)
        share = _share(self._slowest + self._gain * self._pace(speed), step)
        now = before + share * (value - before)
        self._state = now, speed
        return now


class LiveSmoother:
    """Steadies each sighting as it comes, from those before it; see `Smoother`."""

    look_ahead = 0.0

    def __init__(self) -> None:
        self._time = -np.inf
        self._unit = 0.0
        self._confidence = 0.0
        self._points = OneEuro(POINTS_SLOWEST, POINTS_GAIN, _points_pace)
        self._map = OneEuro(MAP_SLOWEST, MAP_GAIN, _map_pace)
        self._steady: dict[int, Steady] = {}

    def add(self, index: int, sighting: Sighting) -> None:
        """The confidence to render with falls at once and rises slowly."""
        step = max(sighting.time - self._time, SOON)
        before = self._confidence if step < PAUSE else 0.0
        self._time = sighting.time
        self._confidence = min(sighting.shown, before + step / FADING.seconds)
        seen = _to_skin(sighting)
        left, right = seen[list(helen56.OUTER_CORNERS)]
        self._unit = self._unit or float(np.linalg.norm(right - left))
        points = _from_skin(self._unit * self._points(seen / self._unit, step), sighting)
        centres, turns = mouth_turn((points[:, 0] + 1j * points[:, 1])[None])
        mouth = self._steady_map(sighting, complex(centres[0]), complex(turns[0]), step)
        rounded = np.asarray(np.round(points, 3), np.float64)
        self._steady = {index: Steady(rounded, mouth, round(self._confidence, 3))}

    def miss(self, index: int, time: float) -> None:
        """What is gone for a while starts anew; see `PAUSE`."""

    def at(self, index: int) -> Steady:
        return self._steady[index]

    def forget(self, before: float) -> None:
        """Nothing but the last sighting is kept."""

    def _steady_map(self, sighting: Sighting, middle: complex, turn: complex, step: float) -> MouthMap | None:
        if sighting.map is None:
            return None
        classes = self._map(aligned(sighting.map, middle, turn).astype(np.float64), step)
        rounded = np.clip(np.round(np.moveaxis(classes, -1, 0)), 0, 255).astype(np.uint8)
        to_frame = canonical_to_frame(middle, turn, rounded.shape[1])
        return MouthMap(np.ascontiguousarray(rounded), to_frame)


def _to_skin(sighting: Sighting) -> Float64:
    """(56, 2) a sighting's points on the skin of the track's first frame, where a head's motion is none."""
    return transform(inverse(sighting.carried), sighting.points)


def _from_skin(points: Float64, sighting: Sighting) -> Float64:
    """What `_to_skin` did, undone: in pixels of the sighting's frame."""
    return transform(sighting.carried, points)


def _points_pace(speed: Float64) -> Float64:
    """Neighbours on a contour move together: (56, 2) to (56, 1)."""
    return np.asarray(np.linalg.norm(neighbourhood() @ speed, axis=1, keepdims=True))


def _map_pace(speed: Float64) -> Float64:
    """So do neighbouring pixels of a map: (s, s, 3) to the same."""
    return np.abs(np.asarray(cv2.blur(speed, (MAP_POOL, MAP_POOL)), np.float64))


def _share(cutoff: Float64 | float, step: float) -> Float64:
    """The share of what is new in a low-pass filter of `cutoff` Hz, `step` seconds after the last value."""
    return np.asarray(1 / (1 + 1 / (2 * np.pi * cutoff * step)))
