"""Owns the promises of finding faces in one picture: all of them, each once, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from lipfx.core.values import Frame
from lipfx.detection.base import Effort
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.detection.hog import FRONTAL, HogDetector
from lipfx.tcnn.cascade import Cascade
from lipfx.video.source import open_source


@pytest.fixture(scope="module")
def frame(talking: Path) -> Frame:
    with open_source(talking, end=0.04) as reader:
        return next(iter(reader))


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(open_detector(), Cascade.load(device="cpu"))


def test_the_detector_in_the_file_is_dlibs_own(frame: Frame) -> None:
    own = dlib.get_frontal_face_detector()
    (box,) = own(np.ascontiguousarray(frame.planes[0]), 0)
    (found,) = HogDetector().detect(frame, Effort(frame.width * frame.height))
    assert FRONTAL.is_file()
    assert np.array_equal(found.box, [box.left(), box.top(), box.right(), box.bottom()])


@pytest.mark.parametrize("angle", [-90, -60, -40, -20, 20, 40, 60, 90, 180])
def test_a_tilted_face_is_found_the_right_way_up(finder: Finder, frame: Frame, angle: float) -> None:
    (upright,) = finder.everyone(frame)
    middle = np.array([frame.width, frame.height]) / 2
    turned = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), angle, 0.8)
    corner = turned[:, :2] @ upright.mouth.points[0] + turned[:, 2]
    planes = []
    for plane in frame.planes:
        height, width = plane.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.8)
        planes.append(np.asarray(cv2.warpAffine(plane, turn, (width, height)), np.uint8))
    (found,) = finder.everyone(replace(frame, planes=tuple(planes)))
    assert np.linalg.norm(found.mouth.points[0] - corner) < 20


def test_a_small_face_beside_a_large_one_is_found(finder: Finder, frame: Frame) -> None:
    planes = []
    for plane in frame.planes:
        height, width = plane.shape
        canvas = np.full((height, width * 3 // 2), plane[0, 0], np.uint8)
        canvas[:, :width] = plane
        small = cv2.resize(plane, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
        canvas[: small.shape[0], -small.shape[1] :] = small
        planes.append(canvas)
    large, little = finder.everyone(replace(frame, planes=tuple(planes)))
    assert little.mouth.points[:, 0].mean() > frame.width > large.mouth.points[:, 0].mean()
