"""Owns the tests of following faces: how many, and what becomes of those that pass behind others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.core.values import Frame
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.tcnn.cascade import Cascade
from lipfx.tracking.follower import Follower
from lipfx.video.source import open_source

ACROSS, DOWN = 5, 4


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[Frame]:
    with open_source(talking, end=0.5) as reader:
        return list(reader)


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.load(device="cpu")


def crowd(frame: Frame) -> Frame:
    """The frame at half its size, five times across and four times down."""
    small = (
        np.asarray(cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)) for p in frame.planes
    )
    return replace(frame, planes=tuple(np.tile(p, (DOWN, ACROSS)).astype(np.uint8) for p in small))


def test_everybody_in_a_crowd_is_followed(cascade: Cascade, frames: list[Frame]) -> None:
    follower = Follower(Finder(open_detector(), cascade))
    for frame in frames[:8]:
        seen = follower.step(crowd(frame)).seen
    assert len(seen) == ACROSS * DOWN


def passing(frames: list[Frame]) -> list[Frame]:
    """A mirrored face that a larger one passes before, from the right to the left."""
    made = []
    for index in range(48):
        frame = frames[index % len(frames)]
        planes = []
        for number, plane in enumerate(frame.planes):
            k = 2 if number else 1
            size = plane.shape[1]
            scene = np.full((size, 3 * size), 60 if k == 1 else 128, np.uint8)
            far = cv2.resize(cv2.flip(plane, 1), (size * 3 // 4, size * 3 // 4), interpolation=cv2.INTER_AREA)
            x = size * 9 // 8
            scene[size // 8 : size // 8 + far.shape[0], x : x + far.shape[1]] = far
            x = int((1 - index / 47) * 512) * 2 // k
            scene[:, x : x + size] = plane
            planes.append(scene)
        made.append(replace(frame, planes=tuple(planes), index=index, pts=index * frame.duration))
    return made


def test_who_passes_behind_somebody_comes_back_under_the_same_number(
    cascade: Cascade, frames: list[Frame]
) -> None:
    follower = Follower(Finder(open_detector(), cascade))
    numbers = [set(follower.step(frame).seen) for frame in passing(frames)]
    assert numbers[2] == numbers[-1] == {1, 2}
    assert set().union(*numbers) == {1, 2}
    assert any(len(seen) == 1 for seen in numbers)
