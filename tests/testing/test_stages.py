"""Every detector, landmarker and smoother keeps its promise; what does not is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from lipfx.core.geometry import Pose, mouth_pose
from lipfx.core.values import Float64, Frame
from lipfx.detection.base import Detection, Detector, Effort
from lipfx.detection.detectors import DETECTORS, open_detector
from lipfx.detection.finder import Finder
from lipfx.errors import UsageError
from lipfx.smoothing.base import Sighting, Smoother, Steady
from lipfx.smoothing.live import LiveSmoother
from lipfx.smoothing.offline import OfflineSmoother
from lipfx.tcnn.base import Mouth
from lipfx.tcnn.cascade import Cascade
from lipfx.testing import (
    DETECTOR,
    LANDMARKER,
    SMOOTHER,
    BrokenPromiseError,
    DetectorCase,
    LandmarkerCase,
    SmootherCase,
    StageRule,
)
from lipfx.video.source import open_source

FACE = np.array([160.0, 165.0, 360.0, 365.0])  # of the sample, by eye: brows to chin, cheek to cheek


@pytest.fixture(scope="module")
def frame(talking: Path) -> Frame:
    with open_source(talking, end=0.04) as reader:
        return next(iter(reader))


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.load(device="cpu")


@pytest.fixture(scope="module")
def mouth(cascade: Cascade, frame: Frame) -> Mouth:
    (seen,) = Finder(open_detector(), cascade).everyone(frame)
    return seen.mouth


class FixedDetector:
    """A detector as a stranger would write it, of one face that it knows of."""

    interval = 1.0

    def efforts(self, width: int, height: int, known: Sequence[float] = ()) -> tuple[Effort, ...]:
        return (Effort(width * height), Effort(2 * width * height))

    def thorough_efforts(self, width: int, height: int) -> tuple[Effort, ...]:
        return self.efforts(width, height)

    def detect(self, frame: Frame, effort: Effort) -> list[Detection]:
        lively = min(frame.planes[0].shape) > 200 and float(frame.planes[0].std()) > 10
        return [Detection(FACE * frame.width / 512, 1.0)] if lively else []


class ForgetfulDetector(FixedDetector):
    """Answers in the pixels of another picture."""

    def detect(self, frame: Frame, effort: Effort) -> list[Detection]:
        return [Detection(FACE, 1.0)]


WITH_ANOTHER = {**DETECTORS, "fixed": FixedDetector}


@pytest.mark.parametrize("rule", DETECTOR, ids=str)
@pytest.mark.parametrize("name", WITH_ANOTHER)
def test_detectors(name: str, rule: StageRule[DetectorCase], frame: Frame) -> None:
    rule.check(DetectorCase(open_detector(name, WITH_ANOTHER), frame, FACE))


def test_a_detector_is_found_by_its_name_alone(frame: Frame, cascade: Cascade) -> None:
    finder = Finder(open_detector("fixed", WITH_ANOTHER), cascade)
    (found,) = finder.everyone(frame)
    assert found.mouth.confidence > 0.8
    with pytest.raises(UsageError, match="wanted one of"):
        open_detector("fixed")


@pytest.mark.parametrize("rule", LANDMARKER, ids=str)
def test_the_cascade(rule: StageRule[LandmarkerCase], cascade: Cascade, frame: Frame, mouth: Mouth) -> None:
    rule.check(LandmarkerCase(cascade, frame, mouth_pose(mouth.points)))


@pytest.mark.parametrize("rule", SMOOTHER, ids=str)
@pytest.mark.parametrize("make", [OfflineSmoother, LiveSmoother])
def test_smoothers(make: Callable[[], Smoother], rule: StageRule[SmootherCase], mouth: Mouth) -> None:
    rule.check(SmootherCase(make, mouth.points, mouth.map))


class FlippedLandmarker:
    """Sees every mouth upside down."""

    def __init__(self, cascade: Cascade) -> None:
        self._cascade = cascade

    def analyse(self, frame: Frame, poses: Sequence[Pose]) -> list[Mouth]:
        seen = self._cascade.analyse(frame, poses)
        middle = [m.points.mean(0) for m in seen]
        return [
            Mouth(2 * at - m.points, m.confidence, m.head, m.map) for at, m in zip(middle, seen, strict=True)
        ]


class PassingSmoother:
    """Does nothing at all."""

    look_ahead = 0.0

    def __init__(self) -> None:
        self._seen: dict[int, Sighting] = {}

    def add(self, index: int, sighting: Sighting) -> None:
        self._seen[index] = sighting

    def miss(self, index: int, time: float) -> None:
        pass

    def at(self, index: int) -> Steady:
        seen = self._seen[index]
        return Steady(seen.points, seen.map, seen.confidence)

    def forget(self, before: float) -> None:
        pass


def broken(cases: Iterator[tuple[StageRule[DetectorCase], DetectorCase]]) -> set[str]:
    names = set()
    for rule, case in cases:
        try:
            rule.check(case)
        except BrokenPromiseError:
            names.add(rule.name)
    return names


def test_what_breaks_a_promise_is_caught(frame: Frame, cascade: Cascade, mouth: Mouth) -> None:
    forgetful: Detector = ForgetfulDetector()
    case = DetectorCase(forgetful, frame, FACE)
    assert broken((rule, case) for rule in DETECTOR) == {"frame pixels", "nothing"}
    points: Float64 = mouth.points
    flipped = LandmarkerCase(FlippedLandmarker(cascade), frame, mouth_pose(points))
    with pytest.raises(BrokenPromiseError, match="upper lip"):
        next(rule for rule in LANDMARKER if rule.name == "on the mouth").check(flipped)
    passing = SmootherCase(PassingSmoother, points, mouth.map)
    with pytest.raises(BrokenPromiseError, match="jitter"):
        next(rule for rule in SMOOTHER if rule.name == "steadies").check(passing)
