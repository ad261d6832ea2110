"""Owns the promises of smoothing: still lips are still, speech keeps its shape, nothing lags."""

from __future__ import annotations

import numpy as np
import pytest

from lipfx.core.values import Float64, MouthMap
from lipfx.smoothing.base import Sighting
from lipfx.smoothing.offline import LOOK_AHEAD, OfflineSmoother, faded
from tests.helpers.mouths import outline

WIDTH = 100.0
SPEECH = 6.0  # pixels of the lower lip


def lips(time: float, hertz: float = 0.0) -> Float64:
    """(56, 2) a mouth around (250, 250) whose lower lip moves at `hertz`."""
    points = outline(WIDTH) + 250
    lower = np.exp(-0.5 * (((points[:, 0] - 250) / 34) ** 2)) * (points[:, 1] > 252)
    points[:, 1] += SPEECH * np.sin(2 * np.pi * hertz * time) * lower
    return np.asarray(points)


def moved(points: Float64, time: float) -> Float64:
    """The mouth on a head that sways and nods."""
    shift = [14 * np.sin(2 * np.pi * 0.7 * time), 8 * np.cos(2 * np.pi * 0.5 * time)]
    return np.asarray(points + shift)


def noise(count: int, seed: int = 0, deviation: float = 0.4) -> Float64:
    """(count, 56, 2) pixels, alike for neighbours as a network's errors are."""
    rng = np.random.default_rng(seed)
    rough = rng.normal(0, 1, (count, 56, 2))
    smooth = sum(np.roll(rough, k, axis=1) for k in range(-2, 3))
    return np.asarray(deviation * smooth / np.std(smooth))


def smoothed(times: Float64, seen: Float64) -> Float64:
    """(n, 56, 2) what a smoother makes of (n, 56, 2) points."""
    smoother = OfflineSmoother()
    for index, (time, points) in enumerate(zip(times, seen, strict=True)):
        smoother.add(index, Sighting(float(time), points, 1.0, None))
    return np.array([smoother.at(index).points for index in range(len(times))])


def bend(points: Float64) -> float:
    """RMS second difference from frame to frame, in pixels."""
    return float(np.sqrt(((points[:-2] - 2 * points[1:-1] + points[2:]) ** 2).sum(-1).mean()))


@pytest.mark.parametrize("rate", [24, 30, 60])
def test_still_lips_are_still(rate: int) -> None:
    times = np.arange(2 * rate) / rate
    truth = np.array([lips(t) for t in times])
    seen = truth + noise(len(times))
    assert bend(smoothed(times, seen) - truth) < 0.15 * bend(seen - truth)


@pytest.mark.parametrize(("hertz", "least"), [(2.0, 0.9), (4.0, 0.9), (6.0, 0.75)])
@pytest.mark.parametrize("rate", [25, 30, 60])
def test_speech_keeps_its_shape(rate: int, hertz: float, least: float) -> None:
    times = np.arange(3 * rate) / rate
    truth = np.array([lips(t, hertz) for t in times])
    result = smoothed(times, truth + noise(len(times)))
    true, shown = ((p - p.mean(0))[:, 14:28, 1].mean(1) for p in (truth, result))
    assert least <= (shown * true).sum() / (true**2).sum() <= 1.1


def test_a_moving_head_is_followed_without_lag() -> None:
    times = np.arange(90) / 30
    truth = np.array([moved(lips(t), t) for t in times])
    result = smoothed(times, truth + noise(90))
    velocity = np.gradient(truth, times, axis=0)
    lag = -((result - truth) * velocity).sum() / (velocity**2).sum()
    assert abs(lag) < 0.002
    assert np.abs((result - truth).mean(1)).max() < 0.5


def test_uneven_times_bend_no_path() -> None:
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.uniform(0.01, 0.08, 60))
    truth = np.array([lips(t) + np.array([40 * t, 0]) for t in times])
    assert np.abs(smoothed(times, truth) - truth).max() < 0.05


def test_one_frame_alone_stays_as_it_was() -> None:
    points = lips(0.0)
    assert np.abs(smoothed(np.array([1.0]), points[None])[0] - points).max() < 1e-3


def test_an_uncertain_frame_gives_way_to_its_neighbours() -> None:
    smoother = OfflineSmoother()
    for index in range(21):
        wrong = 8.0 if index == 10 else 0.0
        smoother.add(index, Sighting(index / 30, lips(0) + wrong, 0.1 if index == 10 else 1.0, None))
    assert np.abs(smoother.at(10).points - lips(0)).max() < 1.0


def square(level: int, at: float) -> MouthMap:
    """A map whose upper lip is a block of `level`, seen from a crop that is `at` pixels off."""
    classes = np.zeros((3, 96, 96), np.uint8)
    shift = round(-at * 96 / 150)
    classes[0, 40:60, 30 + shift : 66 + shift] = level
    step = 150 / 96
    corner = 250 + at - step * 47.5
    return MouthMap(classes, np.array([[step, 0, corner], [0, step, 250 - step * 47.5]]))


def test_maps_are_steadied_where_the_lips_are_not_where_the_crop_was() -> None:
    rng = np.random.default_rng(1)
    smoother = OfflineSmoother()
    levels = rng.integers(180, 240, 30)
    for index, level in enumerate(levels.tolist()):
        crop = 150 / 96 * int(rng.integers(-4, 5))
        smoother.add(index, Sighting(index / 30, lips(0), 1.0, square(level, crop)))
    maps = [smoother.at(index).map for index in range(8, 22)]
    assert all(m is not None for m in maps)
    middles = np.array([m.classes[0, 48, 48] for m in maps if m is not None], float)
    assert np.diff(middles, 2).std() < 0.4 * np.diff(levels[8:22], 2).std()
    areas = [float((m.classes[0] > 100).sum()) for m in maps if m is not None]
    assert max(areas) < 1.1 * min(areas)


def test_a_mouth_that_opens_at_once_is_not_smeared() -> None:
    smoother = OfflineSmoother()
    for index in range(30):
        smoother.add(index, Sighting(index / 30, lips(0), 1.0, square(255 if index >= 15 else 0, 0)))
    shown = [smoother.at(index).map for index in (13, 16)]
    levels = [int(m.classes[0, 48, 48]) for m in shown if m is not None]
    assert levels[0] < 70
    assert levels[1] > 185


def test_what_is_forgotten_was_not_needed() -> None:
    times = np.arange(60) / 30
    seen = np.array([lips(t, 2.0) for t in times]) + noise(60)
    smoother, early = OfflineSmoother(), []
    ahead = int(LOOK_AHEAD * 30) + 2
    for index, time in enumerate(times):
        smoother.add(index, Sighting(float(time), seen[index], 1.0, None))
        if index >= ahead:
            early.append(smoother.at(index - ahead).points)
            smoother.forget(float(times[index - ahead]) - LOOK_AHEAD)
    assert np.array_equal(early, smoothed(times, seen)[: len(early)])


def test_confidence_falls_before_lips_are_hidden_and_bridges_an_accident() -> None:
    times = np.arange(60) / 30
    hidden = np.where((times > 0.8) & (times < 1.2), 0.1, 0.95)
    shown = np.array([faded(times, hidden, float(t)) for t in times])
    assert shown[(times > 0.8) & (times < 1.2)].max() < 0.35
    assert shown[(times < 0.55) | (times > 1.45)].min() > 0.94
    assert np.abs(np.diff(shown)).max() < 0.35
    glitch = np.full(60, 0.95)
    glitch[30] = 0.0
    assert min(faded(times, glitch, float(t)) for t in times) > 0.94


def test_frames_at_nearly_the_same_time_are_smoothed_as_one() -> None:
    """A damaged clock, or a microsecond between frames: there is no motion to be told from it."""
    for step in (0.0, 1e-6, 1e-5):
        times = np.concatenate([[0.04, 0.08, 0.12, 0.16], 0.16 + step * np.arange(1, 7)])
        seen = np.array([lips(0.0)] * len(times)) + noise(len(times))
        assert np.abs(smoothed(times, seen) - lips(0.0)).max() < 2.0
