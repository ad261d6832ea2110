"""Owns one face that is followed: what is kept of it between frames; must not know other faces or
detection.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import Pose, after, between, mouth_pose, transform
from lipfx.core.values import Box, Float64, Frame
from lipfx.detection.finder import Seen
from lipfx.tcnn.base import Mouth
from lipfx.tracking.carrier import Carrier
from lipfx.tracking.doubt import Doubt
from lipfx.tracking.ride import PATCH_EXTENT, Expected, Ride
from lipfx.tracking.settings import TRACKING
from lipfx.tracking.stillness import Watch

Copy = tuple[NDArray[np.uint8], float]
"""A small grey copy of a frame, and copy pixels per frame pixel."""
View = tuple[NDArray[np.uint8], float, Float64]

SETTLED = 0.005  # sizes, radians or log size that crops still move by when an answer is as good as the next
VIEWS_APART = 0.5  # seconds
EDGE = 0.1  # mouth sizes from the frame's edge within which a landmark is seen in part


class Repeat:
    """What was seen last, good for as long as the picture around the mouth stays the same."""

    def __init__(self) -> None:
        self._last: Seen | None = None
        self._watch = Watch()

    def again(self, frame: Frame, copy: Copy) -> Seen | None:
        """It, if nothing has changed since."""
        return self._last if self._watch.is_unchanged(frame, *copy) else None

    def note(self, seen: Seen | None, frame: Frame, around: Box) -> None:
        """seen: None where another look at the same picture would say something else. around: what it depends
        on.
        """
        self._watch.look(frame, around)
        self._last = seen

    def forget(self) -> None:
        """The next frame is looked at."""
        self._last = None


@dataclass(slots=True)
class Track:
    """mouth: as last seen. box: of the face. copy: the small grey copy of that frame. view: the small grey
    copy, its scale and the box of when the whole face was last in sight, taken `viewed`, in seconds. earlier:
    the view before: while another face passes before this one, the last view is of both. ride: the crop's
    motion. carrier: follows the face while no mouth shows. found: when a detector last saw it, in seconds.
    """

    mouth: Mouth
    box: Float64
    copy: Copy
    view: View
    earlier: View
    ride: Ride
    carrier: Carrier | None = None
    viewed: float = -np.inf
    found: float = -np.inf
    doubt: Doubt = field(default_factory=Doubt)
    repeat: Repeat = field(default_factory=Repeat)

    @classmethod
    def begin(cls, seen: Seen, frame: Frame, copy: Copy) -> Track:
        """A face that is seen for the first time."""
        ride = Ride(mouth_pose(seen.mouth.points), frame)
        view = (*copy, seen.box)
        return cls(seen.mouth, seen.box, copy, view, view, ride, viewed=frame.time, found=frame.time)

    @property
    def pose(self) -> Pose:
        """The mouth's, as last seen."""
        return mouth_pose(self.mouth.points)

    @property
    def time(self) -> float:
        """When the mouth was last seen, in seconds."""
        return self.ride.time

    @property
    def last_known(self) -> float:
        """When the mouth or the face was last seen, in seconds."""
        return max(self.time, self.found)

    def faced(self, time: float) -> bool:
        """Whether a detector sees the face at `time`, or did a moment before."""
        return time - self.found <= TRACKING.moment

    def again(self, frame: Frame, copy: Copy) -> Seen | None:
        """What was seen last, where nothing has changed around the mouth since."""
        last = self.repeat.again(frame, copy)
        if last is None:
            return None
        self.ride.pause(frame.time)
        return replace(last, box=self.box)

    def expected(self, frame: Frame) -> Expected:
        """Where the mouth should be."""
        return self.ride.expected(frame)

    def accept(self, mouth: Mouth, expected: Expected, frame: Frame, copy: Copy) -> Seen:
        """The mouth was seen about where it was expected."""
        before, crop = self.pose, self.ride.pose
        known = transform(between(crop, expected.pose), self.mouth.points)
        mouth = replace(mouth, points=with_known_outside(mouth.points, known, frame, EDGE * before.size))
        pose = mouth_pose(mouth.points)
        moved_by = self.ride.accept(expected, before, pose, frame.time)
        if expected.flow is None:  # a smile widens the mouth, not the face: its box only moves
            self.box = carried_box(self.box, before, replace(pose, size=before.size))
        else:
            self.box = carried_box(self.box, crop, expected.pose)
        self.mouth, self.copy = mouth, copy
        if _whole(self.box, frame):
            self._look_on(copy, frame.time)
        faced = self.faced(frame.time)
        seen = Seen(self.doubt.judged(mouth, frame, faced), self.box, self.ride.carried, faced)
        self.repeat.note(seen if moved_by < SETTLED else None, frame, _surroundings(pose))
        return seen

    def _look_on(self, copy: Copy, time: float) -> None:
        """Keeps what the face looks like, and what it looked like a moment before."""
        if time - self.viewed >= VIEWS_APART:
            self.earlier, self.view, self.viewed = self.view, (*copy, self.box), time

    def return_to(self, seen: Seen, frame: Frame, copy: Copy) -> Seen:
        """The mouth shows again, wherever it was before."""
        pose = mouth_pose(seen.mouth.points)
        self.ride = Ride(pose, frame, after(between(self.pose, pose), self.ride.carried))
        self.mouth, self.box, self.copy, self.carrier = seen.mouth, seen.box, copy, None
        self.doubt.begin_again()
        self.repeat.forget()
        faced = self.faced(frame.time)
        mouth = self.doubt.judged(seen.mouth, frame, faced)
        return replace(seen, mouth=mouth, carried=self.ride.carried, faced=faced)

    def hidden(self, box: Float64, mouth: Mouth | None, time: float) -> Seen:
        """What there is of a mouth that does not show clearly: `mouth` where the face is seen, else the last
        one, moved with the face's box, with the little confidence that is left.
        """
        if mouth is not None and mouth.confidence >= TRACKING.guessed and self.faced(time):
            way = between(self.pose, mouth_pose(mouth.points))
            return Seen(mouth, box, after(way, self.ride.carried), faced=True)
        way = between(self.pose, carried_pose(self.pose, self.box, box))
        last = self.mouth
        map_ = replace(last.map, to_frame=after(way, last.map.to_frame))
        points = transform(way, last.points)
        sure = 0.0 if mouth is None else TRACKING.left_over * mouth.confidence
        return Seen(Mouth(points, sure, last.head, map_), box, after(way, self.ride.carried))


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
