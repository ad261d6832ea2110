"""Owns the promises of detection: faces are found where they are, turned ones too, and nothing else."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.core.luma import small_luma
from lipfx.core.values import Colour, Float64, Frame, PixelFormat
from lipfx.detection.base import Effort, overlap
from lipfx.detection.hog import HogDetector
from lipfx.tracking.carrier import Carrier
from lipfx.tracking.cuts import CutFinder
from lipfx.video.source import open_source

GREY = PixelFormat("gray", 8, grey=True)
GREY_10 = PixelFormat("gray10le", 10, grey=True)
FACE = np.array([160.0, 165.0, 360.0, 365.0])  # of the sample, by eye: brows to chin, cheek to cheek


@pytest.fixture(scope="module")
def luma(talking: Path) -> NDArray[np.uint8]:
    """(512, 512) the sample's first frame."""
    with open_source(talking) as reader:
        return np.array(next(iter(reader)).planes[0], np.uint8)


def framed(plane: NDArray[np.uint8]) -> Frame:
    return Frame((np.ascontiguousarray(plane),), GREY, Colour(), 0, 0, Fraction(1, 25), 1)


def only_box(frame: Frame, effort: Effort) -> Float64:
    found = HogDetector().detect(frame, effort)
    assert len(found) == 1
    return found[0].box


@pytest.mark.parametrize("pixels", [320 * 320, 640 * 480])
def test_a_face_is_found_in_frame_pixels(luma: NDArray[np.uint8], pixels: int) -> None:
    assert overlap(only_box(framed(luma), Effort(pixels)), FACE) > 0.6


def test_deep_samples_are_seen_as_shallow_ones(luma: NDArray[np.uint8]) -> None:
    shallow = framed(luma)
    deep = Frame((np.left_shift(luma, 2, dtype=np.uint16),), GREY_10, Colour(), 0, 0, Fraction(1, 25), 1)
    boxes = [only_box(frame, Effort(320 * 320)) for frame in (shallow, deep)]
    assert overlap(*boxes) > 0.95


@pytest.mark.parametrize("degrees", [-50, 50])
def test_a_tilted_face_is_found_on_a_turned_copy(luma: NDArray[np.uint8], degrees: float) -> None:
    turn = cv2.getRotationMatrix2D((255.5, 255.5), -degrees, 1.0)
    frame = framed(np.asarray(cv2.warpAffine(luma, turn, (512, 512)), np.uint8))
    assert not HogDetector().detect(frame, Effort(320 * 320))
    found = HogDetector().detect(frame, Effort(320 * 320, 0.0, (-np.pi / 6, np.pi / 6)))
    assert len(found) == 1
    assert found[0].angle == pytest.approx(np.sign(degrees) * np.pi / 6)
    middle = turn @ [*((FACE[:2] + FACE[2:]) / 2), 1]
    assert np.abs((found[0].box[:2] + found[0].box[2:]) / 2 - middle).max() < 35


def test_small_faces_are_found_with_more_effort(
    luma: NDArray[np.uint8],
) -> None:
    small = cv2.resize(luma, (110, 110), interpolation=cv2.INTER_AREA)
    wall = np.full((360, 640), 128, np.uint8)
    wall[100:210, 300:410] = small
    first, second, *_ = HogDetector().efforts(640, 360)
    assert not HogDetector().detect(framed(wall), first)
    assert overlap(only_box(framed(wall), second), FACE * 110 / 512 + np.array([300, 100] * 2)) > 0.5


def test_nothing_is_found_in_noise_or_on_a_wall() -> None:
    rng = np.random.default_rng(0)
    for plane in (rng.integers(0, 256, (120, 160)), np.full((120, 160), 90), np.zeros((8, 8))):
        for effort in (*HogDetector().efforts(160, 120), *HogDetector().thorough_efforts(160, 120)[:2]):
            assert not HogDetector().detect(framed(plane.astype(np.uint8)), effort)


def test_a_known_large_face_makes_the_copy_small() -> None:
    assert HogDetector().efforts(1280, 720, [300.0])[0].pixels < HogDetector().efforts(1280, 720)[0].pixels
    assert HogDetector().efforts(1280, 720, [60.0])[0].pixels == HogDetector().efforts(1280, 720)[0].pixels


def test_a_carried_face_is_followed_by_its_look(
    luma: NDArray[np.uint8],
) -> None:
    def shifted(x: float) -> Frame:
        return framed(
            np.asarray(cv2.warpAffine(luma, np.array([[1, 0, x], [0, 1, x / 2]]), (512, 512)), np.uint8)
        )

    carrier = Carrier(*small_luma(shifted(0), 320 * 180), FACE)
    for x in range(4, 44, 4):
        box, strength = carrier.follow(*small_luma(shifted(x), 320 * 180))
    assert strength > 8
    assert overlap(box, FACE + np.array([40, 20, 40, 20])) > 0.85


def test_a_cut_is_seen_and_a_moving_camera_is_none(
    luma: NDArray[np.uint8],
) -> None:
    finder = CutFinder()
    for x in range(0, 100, 10):
        copy = np.ascontiguousarray(luma[20:380, x : x + 400])
        assert not finder.is_cut(copy)
    assert finder.is_cut(np.ascontiguousarray(luma[::-1, ::-1]))
    assert not finder.is_cut(np.ascontiguousarray(luma[::-1, ::-1]))
