"""Owns the promises of the stages that can be replaced, as rules that can be tried on any implementation.

    @pytest.mark.parametrize("rule", DETECTOR, ids=str)
    def test_mine_keeps_the_promise(rule: StageRule[DetectorCase]) -> None:
        rule.check(DetectorCase(MyDetector(), frame, face_box))

A case holds the implementation and a picture with one face, which the caller brings. Must not know any
implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.geometry import Pose
from lipfx.core.values import Float64, Frame, MouthMap, Plane
from lipfx.detection.base import Detection, Detector, overlap
from lipfx.smoothing.base import Sighting, Smoother
from lipfx.tcnn.base import Landmarker

Case = TypeVar("Case")
RATE = 25
FRAMES = 50


class BrokenPromiseError(AssertionError):
    """A rule is broken; says by what."""


@dataclass(frozen=True, slots=True)
class StageRule(Generic[Case]):
    """One rule. check raises BrokenPromiseError."""

    name: str
    promise: str
    check: Callable[[Case], None]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class DetectorCase:
    """frame: shows one face, upright. box: (4,) float64 of that face, brows to chin, cheek to cheek."""

    detector: Detector
    frame: Frame
    box: Float64

    def found(self, frame: Frame) -> list[Detection]:
        """What the detector's efforts for a clip find, tried in turn until there is something."""
        for effort in self.detector.efforts(frame.width, frame.height):
            if found := self.detector.detect(frame, effort):
                return found
        return []


@dataclass(frozen=True, slots=True)
class LandmarkerCase:
    """frame: shows one mouth, at `pose`, closed or nearly so."""

    landmarker: Landmarker
    frame: Frame
    pose: Pose


@dataclass(frozen=True, slots=True)
class SmootherCase:
    """make: a smoother for a new track. points: (56, 2) float64 landmarks of a mouth. map: its classes."""

    make: Callable[[], Smoother]
    points: Float64
    map: MouthMap | None = None

    def run(self, sightings: Sequence[Sighting]) -> list[Float64]:
        """Points of every sighting, each asked for as soon as its future allows, the past forgotten."""
        smoother, told, waiting = self.make(), [], 0
        for index, sighting in enumerate(sightings):
            smoother.add(index, sighting)
            while sighting.time - sightings[waiting].time >= smoother.look_ahead and waiting <= index:
                told.append(smoother.at(waiting).points)
                waiting += 1
                if waiting > index:
                    break
                smoother.forget(sightings[waiting].time - smoother.look_ahead)
        return told + [smoother.at(i).points for i in range(waiting, len(sightings))]

    def still(self, count: int = FRAMES, noise: float = 0.0) -> list[Sighting]:
        """The mouth at rest; noise: mouth widths by which each landmark errs."""
        rng, width = np.random.default_rng(3), float(np.ptp(self.points[:, 0]))
        errors = (
            rng.normal(0, noise * width, (count, *self.points.shape)) if noise else np.zeros((count, 1, 1))
        )
        return [Sighting(i / RATE, self.points + e, 1.0, self.map) for i, e in enumerate(errors)]


def _require(kept: object, reason: str) -> None:
    if not kept:
        raise BrokenPromiseError(reason)


def _efforts(case: DetectorCase) -> None:
    for size in ((320, 180), (1920, 1080)):
        efforts = case.detector.efforts(*size)
        _require(len(efforts) >= 2, f"{len(efforts)} efforts for {size}, wanted two or more")
        _require(case.detector.thorough_efforts(*size), f"no thorough effort for {size}")
        _require(case.detector.efforts(*size, [float(size[1])]), f"no effort where a face is known, {size}")


def _finds(case: DetectorCase) -> None:
    found = case.found(case.frame)
    _require(len(found) == 1, f"{len(found)} faces found in a picture of one")
    shared = overlap(found[0].box, case.box)
    _require(shared > 0.5, f"the box {found[0].box.round()} shares {shared:.2f} with {case.box.round()}")


def _in_frame_pixels(case: DetectorCase) -> None:
    half = resampled(case.frame, 0.5)
    found = case.found(half)
    _require(found, "the face is lost where the picture is half as large")
    _require(overlap(found[0].box, case.box / 2) > 0.4, "boxes are not in the frame's own pixels")


def _same_answer(case: DetectorCase) -> None:
    saved = [plane.copy() for plane in case.frame.planes]
    first, second = case.found(case.frame), case.found(case.frame)
    same = all(
        np.array_equal(a.box, b.box) and a.score == b.score for a, b in zip(first, second, strict=True)
    )
    _require(same, "two looks at one frame differ")
    untouched = all(np.array_equal(a, b) for a, b in zip(saved, case.frame.planes, strict=True))
    _require(untouched, "the frame was written into")


def _nothing(case: DetectorCase) -> None:
    rng = np.random.default_rng(0)
    for name, plane in (
        ("a wall", np.full((120, 160), 90)),
        ("noise", rng.integers(0, 256, (120, 160))),
        ("8 x 8 pixels", np.zeros((8, 8))),
        ("one pixel", np.zeros((1, 1))),
    ):
        found = case.found(_grey(case.frame, plane))
        _require(not found, f"{len(found)} faces found in {name}")


def _each_once(case: DetectorCase) -> None:
    for effort in case.detector.thorough_efforts(case.frame.width, case.frame.height):
        found = case.detector.detect(case.frame, effort)
        scores = [d.score for d in found]
        _require(scores == sorted(scores, reverse=True), "scores do not fall")
        _require(all(s >= effort.threshold for s in scores), "a score is below the effort's threshold")
        pairs = [(a, b) for i, a in enumerate(found) for b in found[:i]]
        _require(all(overlap(a.box, b.box) < 0.5 for a, b in pairs), "one face was found twice")


DETECTOR: tuple[StageRule[DetectorCase], ...] = (
    StageRule("efforts", "there is something to try in any picture, cheap first", _efforts),
    StageRule("finds", "the one face of a picture is found where it is", _finds),
    StageRule("frame pixels", "boxes are in the pixels of the frame that was given", _in_frame_pixels),
    StageRule("same answer", "a frame gives one answer and stays as it is", _same_answer),
    StageRule("nothing", "walls, noise and specks hold no face", _nothing),
    StageRule("each once", "faces come by falling score, above the threshold, each once", _each_once),
)


def _well_formed(case: LandmarkerCase) -> None:
    _require(case.landmarker.analyse(case.frame, []) == [], "no poses gave mouths")
    (mouth,) = case.landmarker.analyse(case.frame, [case.pose])
    _require(mouth.points.shape == (helen56.COUNT, 2), f"points are {mouth.points.shape}")
    _require(np.isfinite(mouth.points).all(), "points are not finite")
    _require(0 <= mouth.confidence <= 1, f"confidence is {mouth.confidence}")
    classes = mouth.map.classes
    _require(
        classes.dtype == np.uint8 and classes.ndim == 3 and len(classes) == 3, "classes: (3, s, s) uint8"
    )
    _require(int(classes.sum(0, dtype=np.int64).max()) <= 258, "the classes of a pixel sum to more than 1")


def _on_the_mouth(case: LandmarkerCase) -> None:
    (mouth,) = case.landmarker.analyse(case.frame, [case.pose])
    away = np.hypot(*(mouth.points.mean(0) - (case.pose.x, case.pose.y))) / case.pose.size
    _require(away < 0.2, f"the mouth is seen {away:.2f} mouth sizes beside itself")
    upper, lower = (mouth.points[part, 1].mean() for part in (helen56.UPPER_OUTER, helen56.LOWER_OUTER))
    _require(upper < lower, "the upper lip lies below the lower one")
    left, right = mouth.points[list(helen56.OUTER_CORNERS), 0]
    _require(left < right, "the corners are the wrong way round")
    _require(mouth.confidence > 0.5, f"a mouth in plain view has a confidence of {mouth.confidence:.2f}")


def _in_order(case: LandmarkerCase) -> None:
    other = replace(case.pose, x=case.pose.x + 0.1 * case.pose.size)
    both = case.landmarker.analyse(case.frame, [case.pose, other])
    for pose, together in zip((case.pose, other), both, strict=True):
        (alone,) = case.landmarker.analyse(case.frame, [pose])
        near = np.abs(alone.points - together.points).max() < 0.02 * case.pose.size
        _require(near, "a mouth depends on the others that are looked at with it, or their order is lost")


def _untouched(case: LandmarkerCase) -> None:
    saved = [plane.copy() for plane in case.frame.planes]
    case.landmarker.analyse(case.frame, [case.pose])
    _require(
        all(np.array_equal(a, b) for a, b in zip(saved, case.frame.planes, strict=True)),
        "the frame was written into",
    )


LANDMARKER: tuple[StageRule[LandmarkerCase], ...] = (
    StageRule("well formed", "shapes, types and ranges are as promised", _well_formed),
    StageRule("on the mouth", "a mouth in plain view is seen, the right way up", _on_the_mouth),
    StageRule("in order", "mouths come in the order of their poses, each for itself", _in_order),
    StageRule("untouched", "the frame stays as it is", _untouched),
)


def _rest(case: SmootherCase) -> None:
    width = float(np.ptp(case.points[:, 0]))
    away = max(np.abs(points - case.points).max() for points in case.run(case.still()))
    _require(away < 0.005 * width, f"a mouth at rest is moved by {away / width:.3f} of its width")


def _steadies(case: SmootherCase) -> None:
    noisy = case.still(noise=0.01)
    before, after = np.array([s.points for s in noisy]), np.array(case.run(noisy))
    left = np.abs(np.diff(after[5:], axis=0)).mean() / np.abs(np.diff(before[5:], axis=0)).mean()
    _require(left < 0.6, f"{100 * left:.0f} % of the jitter is left")


def _every_frame(case: SmootherCase) -> None:
    told = case.run(case.still(noise=0.01))
    _require(len(told) == FRAMES, f"{len(told)} of {FRAMES} frames came back")
    _require(
        all(p.shape == case.points.shape and np.isfinite(p).all() for p in told), "points are not finite"
    )


def _no_later(case: SmootherCase) -> None:
    """What is beyond the look-ahead does not count."""
    sightings = case.still(noise=0.01)
    whole, smoother = case.run(sightings), case.make()
    seen = [s for s in sightings if s.time <= sightings[10].time + smoother.look_ahead + 1e-9]
    for index, sighting in enumerate(seen[: 11 if not smoother.look_ahead else None]):
        smoother.add(index, sighting)
    same = np.abs(smoother.at(10).points - whole[10]).max() < 0.002
    _require(same, "frames beyond the look-ahead change the answer")


def _confidence(case: SmootherCase) -> None:
    smoother = case.make()
    for index, sighting in enumerate(case.still()):
        smoother.add(index, replace(sighting, confidence=0.1 if 20 <= index < 30 else 1.0))
        if not smoother.look_ahead:
            _in_range(smoother.at(index).confidence, hidden=index in range(21, 29))
    if smoother.look_ahead:
        for index in range(FRAMES):
            _in_range(smoother.at(index).confidence, hidden=index in range(21, 29))


def _in_range(confidence: float, hidden: bool) -> None:
    _require(0 <= confidence <= 1, f"confidence is {confidence}")
    _require(not hidden or confidence < 0.15, f"hidden lips have a confidence of {confidence}")


SMOOTHER: tuple[StageRule[SmootherCase], ...] = (
    StageRule("rest", "a mouth at rest stays where it is", _rest),
    StageRule("steadies", "jitter becomes less", _steadies),
    StageRule("every frame", "every frame that was added can be asked for once", _every_frame),
    StageRule("no later", "nothing beyond the look-ahead is needed or used", _no_later),
    StageRule("confidence", "hidden lips are known as hidden", _confidence),
)


def resampled(frame: Frame, factor: float) -> Frame:
    """The frame at another size, planes alike."""
    planes = tuple(_resized(plane, factor) for plane in frame.planes)
    return replace(frame, planes=planes)


def _resized(plane: Plane, factor: float) -> Plane:
    size = (max(2, round(plane.shape[1] * factor)), max(2, round(plane.shape[0] * factor)))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8) if plane.dtype == np.uint8 else np.asarray(small, np.uint16)


def _grey(like: Frame, luma: object) -> Frame:
    """A frame of the same format whose first plane is `luma` and whose others are without colour."""
    first = np.asarray(luma, like.format.dtype)
    height, width = first.shape
    shapes = like.format.plane_shapes(width, height)
    others = [np.full(shape, 1 << (like.format.bits - 1), like.format.dtype) for shape in shapes[1:]]
    return replace(like, planes=(first, *others))
