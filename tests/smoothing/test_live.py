"""Owns the promises of live use: no later frame is needed or used, still lips are still, nothing lags."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lipfx.core.values import Float64, Frame
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.pipeline.analysis import Analysis
from lipfx.smoothing.base import Sighting
from lipfx.smoothing.live import LiveSmoother
from lipfx.tcnn.cascade import Cascade
from lipfx.video.source import open_source
from tests.smoothing.test_offline import bend, lips, moved, noise, square

RATE = 30


def steadied(seen: Float64, ways: Float64 | None = None) -> Float64:
    """(n, 56, 2) what live smoothing makes of (n, 56, 2) points; ways: (n, 2) how the skin has moved."""
    smoother, told = LiveSmoother(), []
    for index, points in enumerate(seen):
        carried = np.eye(2, 3)
        if ways is not None:
            carried[:, 2] = ways[index]
        smoother.add(index, Sighting(index / RATE, points, 1.0, None, carried))
        told.append(smoother.at(index).points)
    return np.array(told)


def test_still_lips_are_still() -> None:
    seen = np.array([lips(0.0)] * 60) + noise(60)
    assert bend(steadied(seen)) < 0.4 * bend(seen)


@pytest.mark.parametrize("hertz", [2.0, 4.0])
def test_speech_keeps_its_shape(hertz: float) -> None:
    truth = np.array([lips(k / RATE, hertz) for k in range(90)])
    result = steadied(truth + noise(90))
    true, shown = ((p - p.mean(0))[:, 14:28, 1].mean(1) for p in (truth, result))
    assert (shown * true).sum() / (true**2).sum() > 0.85


def test_a_moving_head_is_followed_without_lag() -> None:
    times = np.arange(90) / RATE
    truth = np.array([moved(lips(t), t) for t in times])
    ways = truth.mean(1) - truth[0].mean(0)
    result = steadied(truth + noise(90), ways)
    velocity = np.gradient(truth, times, axis=0)
    lag = -((result - truth) * velocity).sum() / (velocity**2).sum()
    assert abs(lag) < 0.002


def test_a_mouth_that_opens_at_once_is_not_smeared() -> None:
    smoother = LiveSmoother()
    levels = []
    for index in range(30):
        map_ = square(255 if index >= 15 else 0, 0)
        smoother.add(index, Sighting(index / RATE, lips(0.0), 1.0, map_))
        shown = smoother.at(index).map
        assert shown is not None
        levels.append(int(shown.classes[0, 48, 48]))
    assert levels[14] == 0
    assert levels[17] > 185


def test_confidence_falls_at_once_and_rises_slowly() -> None:
    smoother, told = LiveSmoother(), []
    for index in range(30):
        sure = 0.1 if 10 <= index < 15 else 1.0
        smoother.add(index, Sighting(index / RATE, lips(0.0), sure, None))
        told.append(smoother.at(index).confidence)
    assert told[10] == 0.1
    assert max(np.diff(told)) < 0.35
    assert told[-1] == 1.0


def test_no_frame_waits_for_another(talking: Path) -> None:
    cascade = Cascade.load(device="cpu")
    with open_source(talking, end=0.6) as reader:
        frames = list(reader)
    taken = 0

    def source() -> Iterator[Frame]:
        nonlocal taken
        for frame in frames:
            taken += 1
            yield frame

    told = []
    analysis = Analysis(Finder(open_detector(), cascade), LiveSmoother)
    for done, pair in enumerate(analysis.follow(source()), start=1):
        assert taken == done
        told.append(pair[1])
    assert [len(faces.faces) for faces in told] == [1] * len(frames)
    assert {face.track_id for faces in told for face in faces.faces} == {1}
    assert told[-1].faces[0].confidence > 0.8
