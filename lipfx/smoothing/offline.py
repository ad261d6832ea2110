"""Owns steadying the landmarks and maps of one track over time; must not know faces, networks or video.

Offline there is a future to look at: every value is fitted from the frames on both sides of it, so nothing
lags; still lips are still, fast speech keeps its shape. All windows are in seconds; frames may come at any
rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.values import Float32, Float64, MouthMap
from lipfx.smoothing.base import Sighting, Steady
from lipfx.smoothing.maps import MAP, Window, aligned, busy, canonical_to_frame, steady_classes
from lipfx.smoothing.settings import FADING
from lipfx.smoothing.shrinkage import Fit, shrunk_fit

PATH = Fit(reach=0.2, orders=(4, 6, 8), caution=2.0)  # of the skin
POSE = Fit(reach=0.3, orders=(1, 1, 1), caution=2.0)  # of the mouth on the skin
SHAPE = Fit(reach=0.3, orders=(1, 4, 12), caution=1.5)  # of the lips
LOOK_AHEAD = max(POSE.reach, SHAPE.reach) + MAP.reach

NEIGHBOURS = 2.0  # landmarks, the deviation of the Gaussian that pools what neighbours on a contour show
BELIEVED = 0.3  # confidence of a sighting that is believed where the path is not
APART = (0.08, 0.16)  # mouth widths from where on, and above which, it is
LEAST_NOISE = 2e-4  # mouth widths (radians, log scale): less is taken for rounding


Skin: TypeAlias = tuple[NDArray[np.complex128], NDArray[np.complex128]]
"""(n,) factors and (n,) shifts by which a face's skin has moved."""


class OfflineSmoother:
    """Steadies a track from what comes before and after; see `Smoother`."""

    look_ahead = LOOK_AHEAD

    def __init__(self) -> None:
        self._seen: dict[int, Sighting] = {}
        self._missed: dict[int, float] = {}
        self._placed: dict[int, tuple[complex, complex, Float64]] = {}
        self._aligned: dict[int, tuple[Float32, Window]] = {}

    def add(self, index: int, sighting: Sighting) -> None:
        self._missed.pop(index, None)
        self._seen[index] = sighting

    def miss(self, index: int, time: float) -> None:
        self._missed[index] = time

    def at(self, index: int) -> Steady:
        middle, turn, points = self._place(index)
        map_ = self._steady_map(index) if self._seen[index].map is not None else None
        to_frame = canonical_to_frame(middle, turn, 0 if map_ is None else map_.shape[0])
        mouth = None if map_ is None else MouthMap(np.ascontiguousarray(np.moveaxis(map_, -1, 0)), to_frame)
        return Steady(points, mouth, self._confidence(self._seen[index].time))

    def forget(self, before: float) -> None:
        for index in [i for i, s in self._seen.items() if s.time < before]:
            del self._seen[index]
            self._placed.pop(index, None)
            self._aligned.pop(index, None)
        self._missed = {i: time for i, time in self._missed.items() if time >= before}

    def _confidence(self, time: float) -> float:
        """What to render with at `time`, faded by what the frames around it show."""
        told = [(s.time, s.shown) for s in self._seen.values()]
        told += [(missed, 0.0) for missed in self._missed.values()]
        near = sorted((t, sure) for t, sure in told if abs(t - time) < 2 * FADING.seconds)
        times, confidences = np.array(near).T
        return faded(times, confidences, time)

    def _near(self, index: int, reach: float) -> list[int]:
        """The frames within `reach` seconds of frame `index`."""
        time = self._seen[index].time
        return [i for i, s in self._seen.items() if abs(s.time - time) < reach]

    def _place(self, index: int) -> tuple[complex, complex, Float64]:
        """The steadied centre, turn and (56, 2) points of a frame; computed once."""
        if index not in self._placed:
            near = [self._seen[i] for i in self._near(index, max(POSE.reach, SHAPE.reach))]
            self._placed[index] = steady_points(near, self._seen[index].time)
        return self._placed[index]

    def _steady_map(self, index: int) -> NDArray[np.uint8]:
        near = [i for i in self._near(index, MAP.reach) if self._seen[i].map is not None]
        for i in near:
            if i not in self._aligned:
                middle, turn, _ = self._place(i)
                map_ = self._seen[i].map
                assert map_ is not None
                on_lips = aligned(map_, middle, turn)
                self._aligned[i] = on_lips, busy(on_lips)
        maps, windows = zip(*(self._aligned[i] for i in near), strict=True)
        times = np.array([self._seen[i].time - self._seen[index].time for i in near])
        return steady_classes(maps, windows, times, _trust([self._seen[i] for i in near]))


def steady_points(near: Sequence[Sighting], time: float) -> tuple[complex, complex, Float64]:
    """The mouth at `time` among sightings near it: centre, turn and (56, 2) points in frame pixels.

    Turn is the similarity's complex factor from mouth widths to pixels. Everything is brought to where the
    skin is at `time`; there the pose hardly changes and the shape only as lips move. Then the path that the
    skin itself took is steadied.
    """
    times = np.array([s.time - time for s in near])
    now = int(np.abs(times).argmin())
    skin = _skin(near)
    z = _brought(near, skin, now)
    centres, turns = mouth_turn(z)
    trust = _trust(near)
    shift, ratio = (centres - centres[now]) / turns[now], turns / turns[now]
    pose = np.column_stack([shift.real, shift.imag, np.log(np.abs(ratio)), np.angle(ratio)])
    dx, dy, growth, angle = shrunk_fit(POSE, times, pose, trust, LEAST_NOISE, _same_pose)
    middle = complex(centres[now] + complex(dx, dy) * turns[now])
    turn = complex(turns[now] * np.exp(complex(growth, angle)))
    shapes = (z - middle) / turn
    flat = np.stack([shapes.real, shapes.imag], -1).reshape(len(near), -1)
    shape = shrunk_fit(SHAPE, times, flat, trust, LEAST_NOISE, _same_contour).reshape(-1, 2)
    offset, factor = _steady_path(skin, times, now, middle, turn)
    middle, turn = middle + offset * turn, turn * factor
    middle = _believed(middle, turn, complex(centres[now]), near[now].confidence)
    points = middle + turn * (shape[:, 0] + 1j * shape[:, 1])
    return middle, turn, np.asarray(np.round(np.column_stack([points.real, points.imag]), 3), np.float64)


def _believed(middle: complex, turn: complex, own: complex, sure: float) -> complex:
    """The steadied centre, or the frame's `own` where they lie apart.

    Noise is a few hundredths of a mouth's width; more is a path that cannot be told from its neighbours, as
    in jerks, dropped frames and skin whose flow is unclear.
    """
    if sure < BELIEVED:
        return middle
    low, high = APART
    share = min(max((abs(own - middle) / abs(turn) - low) / (high - low), 0.0), 1.0)
    return middle + share * share * (3 - 2 * share) * (own - middle)


def _trust(near: Sequence[Sighting]) -> Float64:
    """(n,) how much each sighting counts, in whole steps: most frames then have the same fit."""
    steps, sure = FADING.trust_steps, np.array([s.confidence for s in near])
    whole = np.rint(steps * np.minimum(sure / FADING.trusted, 1) ** 2)
    return np.asarray(np.maximum(whole / steps, FADING.least_trust), np.float64)


def mouth_turn(z: NDArray[np.complex128]) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """(n,) centres and (n,) complex factors from mouth widths to pixels of mouths (n, 56)."""
    centres = z.mean(1)
    turns = (z - centres[:, None]) @ _template().conj() / np.vdot(_template(), _template()).real
    return centres, turns


def _steady_path(
    skin: Skin, times: Float64, now: int, middle: complex, turn: complex
) -> tuple[complex, complex]:
    """What the flow of the skin errs by at `now`: a shift in mouth widths and a complex factor."""
    turns, shifts = skin
    first = (middle - shifts[now]) / turns[now]
    away = (turns * first + shifts - middle) / turn
    ratio = turns / turns[now]
    path = np.column_stack([away.real, away.imag, np.log(np.abs(ratio)), np.angle(ratio)])
    inside = np.abs(times) < PATH.reach
    dx, dy, growth, angle = shrunk_fit(
        PATH, times[inside], path[inside], np.ones(int(inside.sum())), LEAST_NOISE, _same_pose
    )
    return complex(dx, dy), complex(np.exp(complex(growth, angle)))


def _brought(near: Sequence[Sighting], skin: Skin, now: int) -> NDArray[np.complex128]:
    """(n, 56) the sightings' points as complex numbers, moved as the skin moved from then to `now`."""
    turns, shifts = skin
    points = np.array([s.points for s in near])
    first = (points[..., 0] + 1j * points[..., 1] - shifts[:, None]) / turns[:, None]
    return np.asarray(first * turns[now] + shifts[now])


def _skin(near: Sequence[Sighting]) -> Skin:
    """(n,) complex factors and shifts of the sightings' `carried`, which are similarities."""
    carried = np.array([s.carried for s in near])
    return carried[:, 0, 0] + 1j * carried[:, 1, 0], carried[:, 0, 2] + 1j * carried[:, 1, 2]


def faded(times: Float64, confidences: Float64, at: float) -> float:
    """The confidence to render with at `at`: it has fallen before lips are hidden and rises after.

    times, confidences: (n,) of the frames of this shot around `at`, 0 where the track is missing. A dip of
    one frame is an accident and is bridged; what lasts is widened and softened.
    """
    order = np.concatenate([confidences[:1], confidences, confidences[-1:]])
    before, here, after = order[:-2], order[1:-1], order[2:]
    low, high = np.minimum(before, after), np.maximum(before, after)
    bridged = np.minimum(np.maximum(here, low), high)  # the median of three
    near = np.abs(times[:, None] - times[None]) <= FADING.margin
    lowest = np.where(near, bridged[None], 1.0).min(1)
    weights = np.maximum(1 - np.abs(times - at) / FADING.seconds, 0)
    return float(np.round((weights * lowest).sum() / weights.sum(), 3))


def _same_pose(evidence: NDArray[Any]) -> NDArray[Any]:
    """x and y of a pose move together."""
    return np.concatenate([np.full(2, evidence[:2].mean()), evidence[2:]])


def _same_contour(evidence: NDArray[Any]) -> NDArray[Any]:
    """Neighbours on a contour move together, and so do x and y of a landmark."""
    return np.repeat(neighbourhood() @ evidence.reshape(-1, 2).mean(1), 2)


@lru_cache(maxsize=1)
def neighbourhood() -> Float64:
    """(56, 56) whose rows sum to 1: Gaussian weights along each contour."""
    steps = (np.arange(28)[:, None] - np.arange(28) + 14) % 28 - 14
    near = np.exp(-0.5 * (steps / NEIGHBOURS) ** 2)
    whole = np.zeros((helen56.COUNT, helen56.COUNT))
    whole[helen56.OUTER, helen56.OUTER] = whole[helen56.INNER, helen56.INNER] = near / near.sum(
        1, keepdims=True
    )
    return whole


@lru_cache(maxsize=1)
def _template() -> NDArray[np.complex128]:
    """(56,) a plain mouth about its middle, one unit between the corners, to measure poses against."""
    above, below = np.linspace(np.pi, 0, 14), np.linspace(0, np.pi, 16)[1:-1]
    inside, under = np.linspace(np.pi, 0, 15), np.linspace(0, np.pi, 15)[1:-1]
    outer = [np.cos(above) / 2 - 0.2j * np.sin(above), np.cos(below) / 2 + 0.25j * np.sin(below)]
    inner = [np.cos(inside) * 0.4 - 0.03j * np.sin(inside), np.cos(under) * 0.4 + 0.03j * np.sin(under)]
    z = np.concatenate(outer + inner)
    return np.asarray(z - z.mean())
