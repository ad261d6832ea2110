"""Owns how the crop of one mouth rides on its face from frame to frame; must not know networks or other
faces.

Two things tell where a mouth is next: the flow of the skin around it, which is precise but drifts, and the
landmarks, which are rough but stay. Crops ride on the flow and are pulled gently towards the landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipfx.core.geometry import (
    Pose,
    after,
    between,
    change,
    crop_affine,
    inverse,
    moved,
    transformed,
)
from lipfx.core.values import Float64, Frame
from lipfx.tracking.motion import SIDE, Patch, cut_patch, motion

PULL = 0.15  # seconds in which crops reach the landmarks
HURRY = 0.2  # surprise, in sizes, radians or log size, at which they no longer take their time
LONGEST_STEP = 0.25  # seconds between frames over which a speed means something
FASTEST = 8.0  # sizes, radians, e-folds per second
KEY_SECONDS = 0.3  # for which the flow is measured against one frame
PATCH_EXTENT = 3.2  # mouth sizes
PATCH_DOWN = 0.12  # patch sides that the mouth lies below the middle
FURTHEST, MOST_GROWTH, MOST_TURN = (
    0.6,
    0.3,
    0.4,
)  # sizes, log size, radians between flow and speed


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a mouth should be in a frame. flow: (2, 3) from the key frame's pixels to this one's, or None."""

    pose: Pose
    patch: Patch
    flow: Float64 | None


@dataclass(frozen=True, slots=True)
class _Key:
    """The frame that flow is measured against: its patch and seconds, and the crop and `carried` there."""

    patch: Patch
    time: float
    pose: Pose
    carried: Float64


class Ride:
    """The crop's motion. pose: the crop's own, of the last frame; time: that frame's, in seconds.
    carried: (2, 3) from the pixels of the track's first frame to the last one's.
    """

    def __init__(self, pose: Pose, frame: Frame, carried: Float64 | None = None) -> None:
        """A crop that is put at `pose`. carried: where the skin has come to by then."""
        self.pose = pose
        self.time = frame.time
        self.carried = np.eye(2, 3) if carried is None else carried
        self._speed = np.zeros(4)
        self._key = _Key(cut_patch(frame, patch_affine(pose)), frame.time, pose, self.carried)

    def pause(self, time: float) -> None:
        """Nothing has moved until `time`."""
        if time - self.time > LONGEST_STEP:
            self.time, self._speed = time, np.zeros(4)

    def expected(self, frame: Frame) -> Expected:
        """Where the mouth should be: by the flow, or where that is unclear by its speed."""
        ahead = min(max(frame.time - self.time, 0.0), LONGEST_STEP)
        guess = moved(self.pose, self._speed * ahead)
        patch = cut_patch(frame, patch_affine(guess))
        flow = motion(self._key.patch, patch)
        if flow is None:
            return Expected(guess, patch, None)
        pose = transformed(self._key.pose, flow)
        x, y, growth, turn = np.abs(change(guess, pose))
        if max(x, y) > FURTHEST or growth > MOST_GROWTH or turn > MOST_TURN:
            return Expected(guess, patch, None)
        return Expected(pose, patch, flow)

    def accept(self, expected: Expected, before: Pose, found: Pose, time: float) -> float:
        """The landmarks, whose pose was `before`, are at `found`; how far that moved the crop, in sizes,
        radians or log size.
        """
        step = max(time - self.time, 1e-3)
        surprise = change(expected.pose, found)
        pull = 1 - np.exp(-step / PULL)
        gain = pull + (1 - pull) * np.minimum(np.abs(surprise) / HURRY, 1) ** 2
        pose = moved(expected.pose, gain * surprise)
        speed = 0.5 * self._speed + 0.5 * change(self.pose, expected.pose) / step
        self._speed = np.clip(speed, -FASTEST, FASTEST)
        if expected.flow is None:
            self.carried = after(between(before, found), self.carried)
        else:
            self.carried = after(expected.flow, self._key.carried)
        if expected.flow is None or time - self._key.time > KEY_SECONDS:
            self._key = _Key(expected.patch, time, pose, self.carried)
        else:
            key = self._key
            self._key = _Key(key.patch, key.time, transformed(pose, inverse(expected.flow)), key.carried)
        self.pose, self.time = pose, time
        return float(np.abs(gain * surprise).max())


def patch_affine(pose: Pose) -> Float64:
    """(2, 3) from frame pixels to the patch around a mouth, which shows more of the face above than below."""
    lower = np.array([[0, 0, 0], [0, 0, PATCH_DOWN * SIDE]])
    return np.asarray(crop_affine(pose, PATCH_EXTENT, SIDE) + lower)
