"""Owns following mouths from frame to frame: which face is which, and where each is looked for next.

Must not know smoothing, masks or files. The landmarks of the last frame place the next crop; the cascade's
confidence decides; dlib's correlation tracker carries a face over what the landmarks cannot; detection comes
again every so often, sooner while faces are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from lipfx.faces.cuts import CutFinder
from lipfx.faces.detector import Detection, efforts_for, overlap
from lipfx.faces.luma import small_luma
from lipfx.faces.tracker import Carrier
from lipfx.finding import LOCATED, NEW, Finder, Seen, change, inside, plausible, same_mouth
from lipfx.tcnn.cascade import Mouth
from lipfx.tcnn.crop import Pose, mouth_pose
from lipfx.types import Float64, Frame

MAX_FACES = 16
KEPT = 0.3  # and for one that is followed
AGAIN = 0.8  # seconds between detections while all is well
MISSING_AGAIN = 0.25  # and while a face, or every face, is missing
HELD = 2.0  # seconds that a face without visible lips is carried
STRENGTH = 6.0  # peak to side-lobe ratio below which a carried face is lost
COPY_PIXELS = 320 * 180


@dataclass(frozen=True, slots=True)
class Glance:
    """What one frame showed. shot: from 0, grows at a cut. seen: by the follower's own number of the face."""

    shot: int
    seen: dict[int, Seen]
    new: tuple[int, ...]


@dataclass
class _Followed:
    """One face that is followed. pose, time: when its mouth was last seen. speed: (4,) per second of x, y in
    sizes, log size and angle. box: of the face around `pose`. copy: the grey copy and scale of that frame.
    """

    mouth: Mouth
    pose: Pose
    time: float
    box: Float64
    copy: tuple[NDArray[np.uint8], float]
    speed: Float64 = field(default_factory=lambda: np.zeros(4))
    carrier: Carrier | None = None

    def expected(self, time: float) -> Pose:
        """Where the mouth should be by now at constant speed; half of it, as motion rarely lasts."""
        x, y, growth, turn = 0.7 * self.speed * min(max(time - self.time, 0.0), 0.1)
        size = self.pose.size
        return Pose(
            self.pose.x + x * size,
            self.pose.y + y * size,
            size * float(np.exp(growth)),
            self.pose.angle + turn,
        )

    def accept(
        self, mouth: Mouth, time: float, copy: tuple[NDArray[np.uint8], float], box: Float64 | None = None
    ) -> None:
        """The mouth was seen at `time`; the face's `box` moves with it, where none was detected."""
        pose = mouth_pose(mouth.points)
        step = time - self.time
        if 0 < step < 0.25:
            self.speed = np.clip(change(self.pose, pose) / step, -8.0, 8.0)
        else:
            self.speed = np.zeros(4)
        self.box = carried_box(self.box, self.pose, pose) if box is None else box
        self.mouth, self.pose, self.time, self.copy, self.carrier = mouth, pose, time, copy, None


class Follower:
    """Follows all faces through a clip; frames come in order."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._cascade = finder.cascade
        self._cuts = CutFinder()
        self._faces: dict[int, _Followed] = {}
        self._numbers = count(1)
        self._shot = 0
        self._searches = 0
        self._next_search = -np.inf

    def step(self, frame: Frame) -> Glance:
        """Looks at the next frame."""
        copy = small_luma(frame, COPY_PIXELS)
        if self._cuts.is_cut(copy[0]):
            self._faces.clear()
            self._shot, self._searches, self._next_search = self._shot + 1, 0, -np.inf
        seen = self._follow(frame, copy)
        seen |= self._carry(frame, copy, [n for n in self._faces if n not in seen])
        new: tuple[int, ...] = ()
        if frame.time >= self._next_search:
            new = self._search(frame, copy, seen)
        self._drop_doubles(seen)
        return Glance(self._shot, seen, tuple(n for n in new if n in seen))

    def look_back(self, frame: Frame, later: Seen) -> Seen | None:
        """The mouth that was seen in a later frame, in this one; None where it does not show."""
        pose = mouth_pose(later.mouth.points)
        mouth = self._cascade.analyse(frame, [pose])[0]
        if mouth.confidence < NEW or not plausible(pose, mouth_pose(mouth.points)):
            return None
        return Seen(mouth, carried_box(later.box, pose, mouth_pose(mouth.points)))

    def _follow(self, frame: Frame, copy: tuple[NDArray[np.uint8], float]) -> dict[int, Seen]:
        """The faces whose mouth shows where it was expected."""
        ready = {n: f for n, f in self._faces.items() if f.carrier is None}
        expected = [f.expected(frame.time) for f in ready.values()]
        seen = {}
        for (number, face), pose, mouth in zip(
            ready.items(), expected, self._cascade.analyse(frame, expected), strict=True
        ):
            if (
                mouth.confidence >= KEPT
                and plausible(pose, mouth_pose(mouth.points))
                and inside(mouth, frame)
            ):
                face.accept(mouth, frame.time, copy)
                seen[number] = Seen(mouth, face.box)
        return seen

    def _carry(
        self, frame: Frame, copy: tuple[NDArray[np.uint8], float], numbers: Sequence[int]
    ) -> dict[int, Seen]:
        """Faces whose mouth does not show: looked for again where the correlation tracker sees the face."""
        seen = {}
        for number in numbers:
            face = self._faces[number]
            face.carrier = face.carrier or Carrier(*face.copy, face.box)
            box, strength = face.carrier.follow(*copy)
            if strength < STRENGTH or frame.time - face.time > HELD or not _shows(box, frame):
                del self._faces[number]
                self._next_search = min(self._next_search, frame.time)
                continue
            mouth = self._look_in(frame, box, carried_pose(face.pose, face.box, box))
            if mouth is not None and mouth.confidence >= NEW:
                face.accept(mouth, frame.time, copy)
                face.speed = np.zeros(4)
                seen[number] = Seen(mouth, face.box)
            else:
                seen[number] = Seen(_hidden(face, box, mouth), box)
        return seen

    def _look_in(self, frame: Frame, box: Float64, pose: Pose) -> Mouth | None:
        """The surest mouth in a face's box, near `pose` or where the locator says."""
        located = self._finder.locate(frame, box, pose.angle)
        poses = [pose] + [located.pose] * (located.confidence >= LOCATED)
        mouths = self._cascade.analyse(frame, poses)
        fitting = [m for p, m in zip(poses, mouths, strict=True) if plausible(p, mouth_pose(m.points))]
        fitting = [m for m in fitting if inside(m, frame)]
        return max(fitting, key=lambda m: m.confidence, default=None)

    def _search(
        self, frame: Frame, copy: tuple[NDArray[np.uint8], float], seen: dict[int, Seen]
    ) -> tuple[int, ...]:
        """Detects faces: known ones are recognised, new ones added to `seen`; their numbers."""
        sides = [float(f.box[2] - f.box[0]) for f in self._faces.values()]
        efforts = efforts_for(frame.width, frame.height, sides)
        turn = self._searches % (4 if self._faces else len(efforts))
        effort = efforts[turn if not self._faces else (1 if turn == 3 else 0)]
        self._searches += 1
        unknown = [d for d in self._finder.detect(frame, effort) if not self._recognise(d, seen)]
        new = []
        for found in self._finder.confirm(frame, unknown):
            mouth, box = found.mouth, found.box
            number = self._carried(box)
            if number is not None:
                self._faces[number].accept(mouth, frame.time, copy, box)
            elif len(self._faces) < MAX_FACES and not self._taken(mouth):
                number = next(self._numbers)
                self._faces[number] = _Followed(mouth, mouth_pose(mouth.points), frame.time, box, copy)
                new.append(number)
            if number is not None:
                seen[number] = found
        missing = not self._faces or any(f.carrier for f in self._faces.values())
        self._next_search = frame.time + (MISSING_AGAIN if missing else AGAIN)
        return tuple(new)

    def _recognise(self, detection: Detection, seen: dict[int, Seen]) -> bool:
        """Whether the detection is a face that is followed; its box is then believed."""
        for number, face in self._faces.items():
            if number in seen and face.carrier is None and overlap(face.box, detection.box) > 0.3:
                face.box = detection.box
                seen[number] = replace(seen[number], box=detection.box)
                return True
        return False

    def _carried(self, box: Float64) -> int | None:
        """The number of the face that is carried, its mouth out of sight, where `box` was found."""
        fitting = (n for n, f in self._faces.items() if f.carrier and overlap(f.carrier.box, box) > 0.3)
        return next(fitting, None)

    def _taken(self, mouth: Mouth) -> bool:
        """Whether a face that is followed and in sight has this mouth already."""
        return any(f.carrier is None and same_mouth(f.mouth, mouth) for f in self._faces.values())

    def _drop_doubles(self, seen: dict[int, Seen]) -> None:
        """Of two numbers on one mouth the later one goes, or the one that is only carried."""
        order = sorted(seen, key=lambda n: (self._faces[n].carrier is not None, n))
        for i, number in enumerate(order):
            if any(same_mouth(seen[n].mouth, seen[number].mouth) for n in order[:i] if n in seen):
                del seen[number], self._faces[number]


def carried_box(box: Float64, before: Pose, after: Pose) -> Float64:
    """A face's box (4,), moved and scaled as its mouth went from one pose to another."""
    turn = after.size / before.size * np.exp(1j * (after.angle - before.angle))
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * after.size / before.size
    away = turn * complex(middle[0] - before.x, middle[1] - before.y)
    middle = np.array([after.x + away.real, after.y + away.imag])
    return np.concatenate([middle - half, middle + half])


def carried_pose(pose: Pose, before: Float64, after: Float64) -> Pose:
    """A mouth's pose, moved and scaled as its face's box went from `before` to `after`."""
    growth = float((after[2] - after[0]) / max(before[2] - before[0], 1e-6))
    x, y = (after[:2] + after[2:]) / 2 + growth * ((pose.x, pose.y) - (before[:2] + before[2:]) / 2)
    return Pose(float(x), float(y), pose.size * growth, pose.angle)


def _hidden(face: _Followed, box: Float64, mouth: Mouth | None) -> Mouth:
    """A face's last mouth, moved with its box, with the little confidence that is left."""
    pose = carried_pose(face.pose, face.box, box)
    growth = pose.size / face.pose.size
    points = (face.mouth.points - (face.pose.x, face.pose.y)) * growth + (pose.x, pose.y)
    shift = np.array([pose.x, pose.y]) - growth * np.array([face.pose.x, face.pose.y])
    to_frame = growth * face.mouth.map.to_frame
    to_frame[:, 2] += shift
    sure = 0.0 if mouth is None else min(mouth.confidence, KEPT)
    return Mouth(points, sure, face.mouth.head, replace(face.mouth.map, to_frame=to_frame))


def _shows(box: Float64, frame: Frame) -> bool:
    """Whether the middle of a face's box lies in the frame."""
    x, y = (box[:2] + box[2:]) / 2
    return bool(0 <= x < frame.width and 0 <= y < frame.height)
