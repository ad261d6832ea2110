"""Owns one face that is followed: what is kept of it between frames; must not know other faces or detection.

Two things tell where its mouth is next: the flow of the skin around it, which is precise but drifts, and the
landmarks, which are rough but stay. Crops ride on the flow and are pulled gently towards the landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import (
    Pose,
    after,
    between,
    change,
    crop_affine,
    inverse,
    mouth_pose,
    moved,
    transform,
    transformed,
)
from lipfx.core.values import Box, Float64, Frame
from lipfx.detection.finder import Seen
from lipfx.tcnn.cascade import Mouth
from lipfx.tracking.carrier import Carrier
from lipfx.tracking.covering import LipColours
from lipfx.tracking.motion import SIDE, Patch, cut_patch, motion
from lipfx.tracking.stillness import Watch

Copy = tuple[NDArray[np.uint8], float]
View = tuple[NDArray[np.uint8], float, Float64]

PULL = 0.15  # seconds in which crops reach the landmarks
HURRY = 0.2  # surprise, in sizes, radians or log size, at which they no longer take their time
SETTLED = 0.005  # sizes, radians or log size that crops still move by when an answer is as good as the next
LONGEST_STEP = 0.25  # seconds between frames over which a speed means something
FASTEST = 8.0  # sizes, radians, e-folds per second
KEY_SECONDS = 0.3  # for which the flow is measured against one frame
PATCH_EXTENT = 3.2  # mouth sizes
PATCH_DOWN = 0.12  # patch sides that the mouth lies below the middle
EDGE = 0.1  # mouth sizes from the frame's edge within which a landmark is seen in part
DOUBTED, TRUSTED = 0.6, 0.85  # confidence below which lips count as covered, and from which they no longer do
LEFT_OVER = 0.3  # of the confidence while lips are doubted: too little to be painted
IDENTITY = np.eye(2, 3)


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a mouth should be in a frame. flow: (2, 3) from the key frame's pixels to this one's, or None."""

    pose: Pose
    patch: Patch
    flow: Float64 | None


@dataclass(slots=True)
class Followed:
    """mouth, pose, time: when the mouth was last seen. steady: the crop's pose then. box: of the face.

    copy: the small grey copy of that frame. speed: (4,) change of `steady` per second. carried: (2, 3) from
    the pixels of the track's first frame to that frame's. key: the patch that flow is measured against;
    key_pose, key_carried: `steady` and `carried` brought back to it. carrier: follows the face while no
    mouth shows. colours: of the lips, to tell them from what covers them. view: the small grey
    copy, its scale and the box of when the whole face was last in sight. last: what was seen where the mouth
    was expected, good while `watch` finds it unchanged, None before the crop has settled.
    """

    mouth: Mouth
    pose: Pose
    steady: Pose
    time: float
    box: Float64
    copy: Copy
    key: Patch
    key_time: float
    key_pose: Pose
    view: View
    speed: Float64 = field(default_factory=lambda: np.zeros(4))
    carried: Float64 = field(default_factory=lambda: IDENTITY)
    key_carried: Float64 = field(default_factory=lambda: IDENTITY)
    carrier: Carrier | None = None
    doubted: bool = False
    colours: LipColours = field(default_factory=LipColours)
    last: Seen | None = None
    watch: Watch = field(default_factory=Watch)

    @classmethod
    def begin(cls, seen: Seen, frame: Frame, copy: Copy) -> Followed:
        """A face that is seen for the first time."""
        pose = mouth_pose(seen.mouth.points)
        patch = cut_patch(frame, patch_affine(pose))
        view = (*copy, seen.box)
        return cls(seen.mouth, pose, pose, frame.time, seen.box, copy, patch, frame.time, pose, view)

    def again(self, frame: Frame, copy: Copy) -> Seen | None:
        """What was seen last, where nothing has changed around the mouth since."""
        if not self.watch.is_unchanged(frame, *copy) or self.last is None:
            return None
        if frame.time - self.time > LONGEST_STEP:
            self.time, self.speed = frame.time, np.zeros(4)
        return replace(self.last, box=self.box)

    def expected(self, frame: Frame) -> Expected:
        """Where the mouth should be: by the flow, or where that is unclear by its speed."""
        ahead = min(max(frame.time - self.time, 0.0), LONGEST_STEP)
        guess = moved(self.steady, self.speed * ahead)
        patch = cut_patch(frame, patch_affine(guess))
        flow = motion(self.key, patch)
        if flow is None:
            return Expected(guess, patch, None)
        pose = transformed(self.key_pose, flow)
        x, y, growth, turn = np.abs(change(guess, pose))
        if max(x, y) > 0.6 or growth > 0.3 or turn > 0.4:
            return Expected(guess, patch, None)
        return Expected(pose, patch, flow)

    def accept(self, mouth: Mouth, expected: Expected, frame: Frame, copy: Copy) -> Seen:
        """The mouth was seen about where it was expected."""
        known = transform(between(self.steady, expected.pose), self.mouth.points)
        mouth = replace(mouth, points=with_known_outside(mouth.points, known, frame, EDGE * self.pose.size))
        pose, step = mouth_pose(mouth.points), max(frame.time - self.time, 1e-3)
        surprise = change(expected.pose, pose)
        pull = 1 - np.exp(-step / PULL)
        gain = pull + (1 - pull) * np.minimum(np.abs(surprise) / HURRY, 1) ** 2
        steady = moved(expected.pose, gain * surprise)
        speed = 0.5 * self.speed + 0.5 * change(self.steady, expected.pose) / step
        self.speed = np.clip(speed, -FASTEST, FASTEST)
        if expected.flow is None:  # a smile widens the mouth, not the face: its box only moves
            self.box = carried_box(self.box, self.pose, replace(pose, size=self.pose.size))
            self.carried = after(between(self.pose, pose), self.carried)
        else:
            self.box = carried_box(self.box, self.steady, expected.pose)
            self.carried = after(expected.flow, self.key_carried)
        if expected.flow is None or frame.time - self.key_time > KEY_SECONDS:
            self.key, self.key_time = expected.patch, frame.time
            self.key_pose, self.key_carried = steady, self.carried
        else:
            self.key_pose = transformed(steady, inverse(expected.flow))
        self.mouth, self.pose, self.steady, self.time, self.copy = mouth, pose, steady, frame.time, copy
        if _whole(self.box, frame):
            self.view = (*copy, self.box)
        seen = Seen(self.judged(mouth, frame), self.box, self.carried)
        self.watch.look(frame, _surroundings(pose))
        self.last = seen if np.abs(gain * surprise).max() < SETTLED else None
        return seen

    def judged(self, mouth: Mouth, frame: Frame) -> Mouth:
        """The mouth without what covers it, and with little confidence from when much of its lips was covered
        until they clearly show again.
        """
        mouth = self.colours.uncovered(mouth, frame)
        self.doubted = mouth.confidence < (TRUSTED if self.doubted else DOUBTED)
        return replace(mouth, confidence=LEFT_OVER * mouth.confidence) if self.doubted else mouth

    def return_to(self, seen: Seen, frame: Frame, copy: Copy) -> Seen:
        """The mouth shows again, wherever it was before."""
        pose = mouth_pose(seen.mouth.points)
        self.carried = after(between(self.pose, pose), self.carried)
        self.key = cut_patch(frame, patch_affine(pose))
        self.key_time, self.key_pose, self.key_carried = frame.time, pose, self.carried
        self.mouth, self.pose, self.steady, self.time = seen.mouth, pose, pose, frame.time
        self.box, self.copy, self.speed, self.carrier = seen.box, copy, np.zeros(4), None
        self.doubted, self.last = True, None
        return replace(seen, mouth=self.judged(seen.mouth, frame), carried=self.carried)

    def hidden(self, box: Float64, mouth: Mouth | None) -> Seen:
        """The last mouth, moved with the face's box, with the little confidence that is left."""
        way = between(self.pose, carried_pose(self.pose, self.box, box))
        last = self.mouth
        map_ = replace(last.map, to_frame=after(way, last.map.to_frame))
        points = transform(way, last.points)
        sure = 0.0 if mouth is None else LEFT_OVER * mouth.confidence
        return Seen(Mouth(points, sure, last.head, map_), box, after(way, self.carried))


def with_known_outside(points: Float64, known: Float64, frame: Frame, margin: float) -> Float64:
    """(56, 2) landmarks, held to what was expected, `known` (56, 2), the more of them are out of the frame.

    Beyond the frame's edge there is nothing to see; a network that has to answer stretches what it sees.
    margin: pixels from the edge within which a landmark is seen in part.
    """
    inside = np.minimum(known, (frame.width - 1, frame.height - 1) - known).min(axis=1, keepdims=True)
    if inside.min() >= margin:
        return points
    seen = np.clip(inside / margin, 0, 1)
    seen = seen * max(2 * float(seen.mean()) - 1, 0)
    shift = (seen * (points - known)).mean(0)
    return np.asarray(seen * points + (1 - seen) * (known + shift))


def _whole(box: Float64, frame: Frame) -> bool:
    """Whether a face's box lies in the frame, but for a tenth of its side."""
    beyond = np.maximum(-box[:2], box[2:] - (frame.width, frame.height))
    return bool(beyond.max() < 0.1 * (box[2] - box[0]))


def patch_affine(pose: Pose) -> Float64:
    """(2, 3) from frame pixels to the patch around a mouth, which shows more of the face above than below."""
    lower = np.array([[0, 0, 0], [0, 0, PATCH_DOWN * SIDE]])
    return np.asarray(crop_affine(pose, PATCH_EXTENT, SIDE) + lower)


def _surroundings(pose: Pose) -> Box:
    """What networks and flow look at around a mouth, and a little more."""
    reach = 0.75 * PATCH_EXTENT * pose.size
    x0, y0, x1, y1 = pose.x - reach, pose.y - reach, pose.x + reach, pose.y + reach
    return Box(int(x0), int(y0), int(x1) + 1, int(y1) + 1)


def carried_box(box: Float64, before: Pose, later: Pose) -> Float64:
    """A face's box (4,), moved and scaled as its mouth went from one pose to another; it stays upright."""
    way = between(before, later)
    middle = transform(way, (box[:2] + box[2:]) / 2)
    half = (box[2:] - box[:2]) / 2 * later.size / before.size
    return np.concatenate([middle - half, middle + half])


def carried_pose(pose: Pose, before: Float64, later: Float64) -> Pose:
    """A mouth's pose, moved and scaled as its face's box went from `before` to `later`."""
    growth = float((later[2] - later[0]) / max(before[2] - before[0], 1e-6))
    x, y = (later[:2] + later[2:]) / 2 + growth * ((pose.x, pose.y) - (before[:2] + before[2:]) / 2)
    return Pose(float(x), float(y), pose.size * growth, pose.angle)
