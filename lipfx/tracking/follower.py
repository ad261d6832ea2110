"""Owns following mouths from frame to frame: which face is which, and where each is looked for next.

Must not know smoothing, masks or files. The last frame places the next crop; the cascade's confidence
decides; dlib's correlation tracker carries a face over what the landmarks cannot; detection comes again
every so often, sooner while faces are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import Pose, after, between, change, mouth_pose
from lipfx.core.luma import small_luma
from lipfx.core.values import Float64, Frame
from lipfx.detection.base import Detection, Effort, overlap
from lipfx.detection.finder import Finder, Seen, inside, plausible, same_mouth
from lipfx.detection.settings import DETECTION
from lipfx.persons.glance import look_from_afar
from lipfx.persons.look import ALIKE, likeness
from lipfx.tcnn.base import Mouth
from lipfx.tracking.carrier import Carrier
from lipfx.tracking.cuts import CutFinder
from lipfx.tracking.ride import Expected
from lipfx.tracking.schedule import Schedule
from lipfx.tracking.settings import TRACKING
from lipfx.tracking.track import Copy, Track, carried_box, carried_pose

COPY_PIXELS = 320 * 180
LIKELY = 0.3  # likeness that is enough where somebody was lost, or half behind another
THERE = 0.5  # sides within which a face is where it was lost
RETURNS = 1.5, 4.0  # sides, and sides a second, from where it was lost that a face may come back


@dataclass(frozen=True, slots=True)
class Glance:
    """What one frame showed. shot: from 0, grows at a cut. seen: by the follower's own number of the face."""

    shot: int
    seen: dict[int, Seen]
    new: tuple[int, ...]


_Sighting: TypeAlias = tuple[NDArray[np.uint8], float, Float64, float]
"""A small grey copy and its scale, a face's box and its angle."""


class Follower:
    """Follows all faces through a clip; frames come in order."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._cascade = finder.cascade
        self._cuts = CutFinder()
        self._faces: dict[int, Track] = {}
        self._gone: dict[int, Track] = {}
        self._numbers = count(1)
        self._shot = 0
        self._schedule = Schedule(finder.interval)

    def step(self, frame: Frame) -> Glance:
        """Looks at the next frame."""
        copy = small_luma(frame, COPY_PIXELS)
        if self._cuts.is_cut(copy[0]):
            self._faces.clear()
            self._gone.clear()
            self._shot += 1
            self._schedule.restart()
        due = self._schedule.is_due(frame.time, copy[0])
        detections = self._detect(frame) if due else []
        seen = self._follow(frame, copy, detections)
        seen |= self._carry(frame, copy, [n for n in self._faces if n not in seen], detections)
        new: tuple[int, ...] = ()
        if due:
            new = self._search(frame, copy, seen, detections)
        if not self._calm(seen):
            self._schedule.sooner()
        self._drop_doubles(seen)
        return Glance(self._shot, seen, tuple(n for n in new if n in seen))

    def look_back(self, frame: Frame, later: Seen) -> Seen | None:
        """The mouth that was seen in a later frame, in this one; None where it does not show."""
        pose = mouth_pose(later.mouth.points)
        mouth = self._cascade.analyse(frame, [pose])[0]
        here = mouth_pose(mouth.points)
        if mouth.confidence < DETECTION.new or not plausible(pose, here):
            return None
        carried = after(between(pose, here), later.carried)
        return Seen(mouth, carried_box(later.box, pose, here), carried, later.faced)

    def _follow(self, frame: Frame, copy: Copy, detections: Sequence[Detection]) -> dict[int, Seen]:
        """The faces whose mouth shows where it was expected."""
        ready = {n: f for n, f in self._faces.items() if f.carrier is None}
        again = {n: f.again(frame, copy) for n, f in ready.items()}
        ready = {n: f for n, f in ready.items() if again[n] is None}
        expected = [face.expected(frame) for face in ready.values()]
        mouths = [
            self._looked_again(frame, mouth, place, _detected(detections, face.box))
            for mouth, place, face in zip(
                self._cascade.analyse(frame, [e.pose for e in expected]),
                expected,
                ready.values(),
                strict=True,
            )
        ]
        return {n: seen for n, seen in again.items() if seen is not None} | {
            number: self._faces[number].accept(mouth, place, frame, copy)
            for number, place, mouth in zip(ready, expected, mouths, strict=True)
            if mouth.confidence >= TRACKING.kept
            and plausible(place.pose, mouth_pose(mouth.points))
            and inside(mouth, frame)
        }

    def _looked_again(
        self, frame: Frame, mouth: Mouth, expected: Expected, detection: Detection | None
    ) -> Mouth:
        """The mouth; by a second look where it lies beside what was expected or is in doubt: at where it was
        seen and at where the detector places it.
        """
        found = mouth_pose(mouth.points)
        doubted = mouth.confidence < TRACKING.certain
        beside = np.hypot(*change(expected.pose, found)[:2]) > TRACKING.beside
        places = [found] if beside else []
        if doubted and detection is not None and detection.mouth is not None:
            places.append(detection.mouth)
        return max([mouth, *self._cascade.analyse(frame, places)], key=lambda m: m.confidence)

    def _carry(
        self, frame: Frame, copy: Copy, numbers: Sequence[int], detections: Sequence[Detection]
    ) -> dict[int, Seen]:
        """Faces whose mouth does not show: looked for again where the detector or the correlation tracker
        sees the face.
        """
        seen = {}
        for number in numbers:
            face = self._faces[number]
            face.carrier = face.carrier or Carrier(*face.copy, face.box)
            box, strength = face.carrier.follow(*copy)
            detection = _detected(detections, box)
            if detection is not None:
                face.found, box, strength = frame.time, detection.box, np.inf
            if (
                strength < TRACKING.strength
                or frame.time - face.last_known > TRACKING.held
                or not _shows(box, frame)
            ):
                self._gone[number] = self._faces.pop(number)
                self._schedule.hurry(frame.time)
                continue
            poses = [carried_pose(face.pose, face.box, box)]
            poses += [detection.mouth] if detection is not None and detection.mouth is not None else []
            mouth = self._look_in(frame, box, poses)
            if mouth is not None and mouth.confidence >= DETECTION.new:
                seen[number] = face.return_to(Seen(mouth, box), frame, copy)
            else:
                seen[number] = face.hidden(box, mouth, frame.time)
        return seen

    def _look_in(self, frame: Frame, box: Float64, poses: list[Pose]) -> Mouth | None:
        """The surest mouth in a face's box, near one of `poses` or where the locator says."""
        located = self._finder.locate(frame, box, poses[0].angle)
        if located.confidence >= DETECTION.located:
            poses = [*poses, located.pose]
        return self._finder.mouth_at(frame, poses)

    def _detect(self, frame: Frame) -> list[Detection]:
        detections = self._finder.detect(frame, self._effort(frame))
        self._schedule.searched()
        return detections

    def _search(
        self, frame: Frame, copy: Copy, seen: dict[int, Seen], detections: Sequence[Detection]
    ) -> tuple[int, ...]:
        """Of the faces that were detected known ones are recognised, new ones added to `seen`; their
        numbers.
        """
        new = []
        for found in self._finder.confirm(
            frame, [d for d in detections if not self._recognise(d, seen, frame.time)]
        ):
            number = self._carried(found.box)
            if number is not None:
                seen[number] = self._faces[number].return_to(found, frame, copy)
            elif not self._taken(found.mouth):
                number = self._begin(found, seen, frame, copy)
                new.append(number)
        self._schedule.plan(frame.time)
        return tuple(new)

    def _calm(self, seen: dict[int, Seen]) -> bool:
        """Whether there are faces, and of each the mouth is seen for certain."""
        sure = (n in seen and seen[n].mouth.confidence >= TRACKING.certain for n in self._faces)
        return bool(self._faces) and all(sure)

    def _effort(self, frame: Frame) -> Effort:
        """The next search's."""
        sides = [float(f.box[2] - f.box[0]) for f in self._faces.values()]
        efforts = self._finder.efforts(frame.width, frame.height, sides)
        return self._schedule.effort(efforts, known=bool(sides))

    def _recognise(self, detection: Detection, seen: dict[int, Seen], time: float) -> bool:
        """Whether the detection is a face that is followed; its box is then believed."""
        for number, face in self._faces.items():
            if (
                number in seen
                and face.carrier is None
                and overlap(face.box, detection.box) > TRACKING.same_face
            ):
                face.box, face.found = detection.box, time
                seen[number] = replace(seen[number], box=detection.box, faced=True)
                return True
        return False

    def _carried(self, box: Float64) -> int | None:
        """The number of the face that is carried, its mouth out of sight, where `box` was found."""
        fitting = (
            n
            for n, f in self._faces.items()
            if f.carrier and overlap(f.carrier.box, box) > TRACKING.same_face
        )
        return next(fitting, None)

    def _begin(self, found: Seen, seen: dict[int, Seen], frame: Frame, copy: Copy) -> int:
        """Follows a face from here on, under its old number if it is back after a moment."""
        number = self._known_again(found, frame, copy)
        if number is not None:
            self._faces[number] = self._gone.pop(number)
            seen[number] = self._faces[number].return_to(found, frame, copy)
            return number
        number = next(self._numbers)
        self._faces[number] = face = Track.begin(found, frame, copy)
        seen[number] = replace(found, mouth=face.doubt.judged(found.mouth, frame, faced=True))
        return number

    def _known_again(self, found: Seen, frame: Frame, copy: Copy) -> int | None:
        """The number of a face that was lost a moment ago, about there, and looked like this one."""
        side = float(found.box[2] - found.box[0])
        pose = mouth_pose(found.mouth.points)
        for number, face in list(self._gone.items()):
            if frame.time - face.time > TRACKING.held:
                del self._gone[number]
                continue
            reach = RETURNS[0] + RETURNS[1] * (frame.time - face.time)
            away = float(np.abs(found.box - face.box).max()) / side
            now = (*copy, found.box, pose.angle)
            enough = LIKELY if away < THERE or self._beside(found.box) else ALIKE
            views = ((*v, face.pose.angle) for v in (face.view, face.earlier))
            if away < reach and any(self._likeness(view, now) > enough for view in views):
                return number
        return None

    def _beside(self, box: Float64) -> bool:
        """Whether a face that is followed touches `box`: whoever shows there comes out from behind it."""
        grown = np.array([-0.5, -0.5, 0.5, 0.5]) * (box[2] - box[0])
        return any(overlap(f.box, box + grown) > 0 for f in self._faces.values())

    def _likeness(self, before: _Sighting, now: _Sighting) -> float:
        """How alike two faces look; -1 where one of them shows no eyes."""
        then, later = (look_from_afar(*sighting, self._cascade) for sighting in (before, now))
        return -1.0 if then is None or later is None else likeness(then, later)

    def _taken(self, mouth: Mouth) -> bool:
        """Whether a face that is followed and in sight has this mouth already."""
        return any(f.carrier is None and same_mouth(f.mouth, mouth) for f in self._faces.values())

    def _drop_doubles(self, seen: dict[int, Seen]) -> None:
        """Of two numbers on one mouth the later one goes, or the one that is only carried: its face is hidden
        behind the other's, and may come back.
        """
        order = sorted(seen, key=lambda n: (self._faces[n].carrier is not None, n))
        for i, number in enumerate(order):
            if any(same_mouth(seen[n].mouth, seen[number].mouth) for n in order[:i] if n in seen):
                del seen[number]
                self._gone[number] = self._faces.pop(number)


def _detected(detections: Sequence[Detection], box: Float64) -> Detection | None:
    """The detection of the face at `box`, if it is among them."""
    fitting = [d for d in detections if overlap(d.box, box) > TRACKING.same_face]
    return max(fitting, key=lambda d: overlap(d.box, box), default=None)


def _shows(box: Float64, frame: Frame) -> bool:
    """Whether the middle of a face's box lies in the frame."""
    x, y = (box[:2] + box[2:]) / 2
    return bool(0 <= x < frame.width and 0 <= y < frame.height)
