"""Owns finding mouths in one frame that nothing is known of; must not know tracks or other frames.

A detected face counts when the locator and the refiner agree on its mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lipfx.core.geometry import Pose, change, mouth_pose
from lipfx.core.values import Float64, Frame
from lipfx.detection.base import SAME_FACE, Detection, Detector, Effort, overlap
from lipfx.detection.predictor import Predictor
from lipfx.detection.settings import DETECTION
from lipfx.tcnn.base import Located, Mouth
from lipfx.tcnn.cascade import EVERY_LOOK, Cascade
from lipfx.tcnn.crops import face_pose

SETTLING, SETTLED = 3, 0.02  # times at most, and the change of pose that is small enough


@dataclass(frozen=True, slots=True)
class Seen:
    """One mouth in one frame. box: (4,) float64 of the face in frame pixels.
    carried: (2, 3) from the pixels of the frame in which this face was first seen, as its skin has moved.
    faced: a detector sees the face here, or did a moment ago, whatever becomes of its mouth.
    """

    mouth: Mouth
    box: Float64
    carried: Float64 = field(default_factory=lambda: np.eye(2, 3))
    faced: bool = False


class Finder:
    """Finds mouths with a detector and the cascade; a `predictor` may stand in for the cascade's locator."""

    def __init__(self, detector: Detector, cascade: Cascade, predictor: Predictor | None = None) -> None:
        self.cascade = cascade
        self._detector = detector
        self._predictor = predictor

    @property
    def interval(self) -> float:
        """The detector's; see `Detector`."""
        return self._detector.interval

    def efforts(self, width: int, height: int, known: Sequence[float] = ()) -> tuple[Effort, ...]:
        """The detector's; see `Detector.efforts`."""
        return self._detector.efforts(width, height, known)

    def detect(self, frame: Frame, effort: Effort) -> list[Detection]:
        """Faces that may have a mouth."""
        self.cascade.work.count("detections")
        with self.cascade.work.on("detection"):
            return self._detector.detect(frame, effort)

    def locate(self, frame: Frame, box: Float64, angle: float) -> Located:
        """Where the mouth of one face lies."""
        if self._predictor is None:
            return self.cascade.locate(frame, [face_pose(box, angle)])[0]
        return Located(mouth_pose(self._predictor.outer(frame, box)), 1.0)

    def confirm(self, frame: Frame, detections: Sequence[Detection]) -> list[Seen]:
        """The detections that have a mouth, each mouth once.

        The refiner looks twice: its first answer places the second crop.
        """
        kept: list[Seen] = []
        for detection in detections:
            mouth = self.mouth_at(frame, self._places(frame, detection))
            sure = mouth is not None and mouth.confidence >= DETECTION.new
            if mouth is not None and sure and not any(same_mouth(mouth, s.mouth) for s in kept):
                kept.append(Seen(mouth, detection.box, faced=True))
        return kept

    def mouth_at(self, frame: Frame, poses: Sequence[Pose]) -> Mouth | None:
        """The surest mouth near one of `poses`, looked at twice; None where there is none."""
        first = self.cascade.analyse(frame, poses)
        again = self.cascade.analyse(frame, [mouth_pose(m.points) for m in first])
        fitting = [
            mouth
            for pose, mouth in zip(poses, again, strict=True)
            if plausible(pose, mouth_pose(mouth.points)) and inside(mouth, frame)
        ]
        return max(fitting, key=lambda m: m.confidence, default=None)

    def _places(self, frame: Frame, detection: Detection) -> list[Pose]:
        """Where the mouth of a detected face may lie: as the locator and as the detector say."""
        located = self.locate(frame, detection.box, detection.angle)
        places = [located.pose] if located.confidence >= _enough(detection) else []
        if detection.mouth is not None and detection.score >= DETECTION.weak:
            places.append(detection.mouth)
        return places

    def everyone(self, frame: Frame) -> list[Seen]:
        """All mouths of a picture that stands alone, from left to right; no effort is spared."""
        found: list[Seen] = []
        for effort in self._detector.thorough_efforts(frame.width, frame.height):
            if found and effort.last_resort:
                break
            for seen in self.confirm(frame, self.detect(frame, effort)):
                if not any(_same_face(seen, other) for other in found):
                    found.append(seen)
        scrutinised = [self._scrutinise(frame, seen) for seen in found]
        return sorted(scrutinised, key=lambda s: float(s.mouth.points[:, 0].mean()))

    def _scrutinise(self, frame: Frame, seen: Seen) -> Seen:
        """The mouth from every look at it, averaged; as sure as the surer of the two answers.

        A mouth wide open is more than twice as high as most: a wider start is tried as well, and the answer
        that has more of the lips in sight is taken.
        """
        pose = mouth_pose(seen.mouth.points)
        larger = replace(pose, size=DETECTION.wider * pose.size)
        wider = self._settled(frame, self.cascade.analyse(frame, [larger])[0])
        near = self._settled(frame, seen.mouth)
        best = wider if wider.confidence > near.confidence + DETECTION.wider_gain else near
        mouth = self.cascade.refine(frame, [best.points], [best.head], EVERY_LOOK)[0]
        return replace(seen, mouth=replace(mouth, confidence=max(mouth.confidence, best.confidence)))

    def _settled(self, frame: Frame, mouth: Mouth) -> Mouth:
        """The refiner's answer to its own answer, until the crop no longer moves."""
        for _ in range(SETTLING):
            again = self.cascade.refine(frame, [mouth.points], [mouth.head])[0]
            moved = np.abs(change(mouth_pose(mouth.points), mouth_pose(again.points))).max()
            mouth = again
            if moved < SETTLED:
                break
        return mouth


def _enough(detection: Detection) -> float:
    """How sure the locator has to be of a detection."""
    return DETECTION.certain if detection.score < DETECTION.weak else DETECTION.located


def plausible(expected: Pose, found: Pose) -> bool:
    """Whether a mouth may be the one that was expected: near it, of similar size and angle."""
    x, y, growth, turn = change(expected, found)
    return bool(
        np.hypot(x, y) < DETECTION.furthest
        and abs(growth) < DETECTION.most_growth
        and abs(turn) < DETECTION.most_turn
    )


def same_mouth(a: Mouth, b: Mouth) -> bool:
    """Whether two sightings in one frame are of one mouth."""
    first, second = mouth_pose(a.points), mouth_pose(b.points)
    distance = float(np.hypot(first.x - second.x, first.y - second.y))
    return distance < DETECTION.same_mouth * max(first.size, second.size)


def _same_face(a: Seen, b: Seen) -> bool:
    """Whether two sightings in one frame are of one face, be it that one of them has no mouth there."""
    return same_mouth(a.mouth, b.mouth) or overlap(a.box, b.box) > SAME_FACE


def inside(mouth: Mouth, frame: Frame) -> bool:
    """Whether the middle of a mouth lies in the frame."""
    x, y = mouth.points.mean(0)
    return bool(0 <= x < frame.width and 0 <= y < frame.height)
