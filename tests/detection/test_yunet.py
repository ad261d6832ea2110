"""Owns the tests of YuNet as it finds faces that lie, and of where it places mouths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lipfx.core.geometry import mouth_pose
from lipfx.core.values import Frame
from lipfx.detection.finder import Finder
from lipfx.detection.yunet import YunetDetector
from lipfx.tcnn.cascade import Cascade
from lipfx.video.source import open_source


@pytest.fixture(scope="module")
def frame(talking: Path) -> Frame:
    with open_source(talking) as reader:
        return next(iter(reader))


def turned(frame: Frame, quarters: int) -> Frame:
    """The frame, turned by quarters against the clock; its colour planes are as wide as high."""
    return replace(
        frame, planes=tuple(np.ascontiguousarray(np.rot90(p, quarters), np.uint8) for p in frame.planes)
    )


@pytest.mark.parametrize(("quarters", "angle"), [(0, 0.0), (1, -np.pi / 2), (2, np.pi), (3, np.pi / 2)])
def test_a_face_that_lies_is_found_at_once_and_as_it_lies(frame: Frame, quarters: int, angle: float) -> None:
    detector = YunetDetector()
    lying = turned(frame, quarters)
    (found, *_) = detector.detect(lying, detector.efforts(lying.width, lying.height)[0])
    away = (found.angle - angle + np.pi) % (2 * np.pi) - np.pi
    assert abs(away) < 0.35


def test_its_points_place_the_mouth_where_landmarks_do(frame: Frame) -> None:
    detector = YunetDetector()
    (found, *_) = detector.detect(frame, detector.efforts(frame.width, frame.height)[0])
    (seen,) = Finder(detector, Cascade.load(device="cpu")).everyone(frame)
    pose, placed = mouth_pose(seen.mouth.points), found.mouth
    assert placed is not None
    assert np.hypot(placed.x - pose.x, placed.y - pose.y) < 0.25 * pose.size
    assert 0.7 < placed.size / pose.size < 1.4
    assert abs(placed.angle - pose.angle) < 0.2
