"""Owns the promise that what covers lips is not painted, and that bare lips are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.core.values import Float32, Frame, FrameFaces
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.masks.mouth import mouth_box, mouth_masks, visibility
from lipfx.tcnn.base import Mouth
from lipfx.tcnn.cascade import Cascade
from lipfx.tracking.covering import LipColours
from lipfx.tracking.follower import Follower
from lipfx.video.source import open_source
from tests.pipeline.test_analysis import followed

FINGER = (slice(282, 400), slice(222, 246))  # of the sample's picture: over a fifth of the lips, from below
CHEEK = (slice(236, 252), slice(160, 184))
COVERED = range(12, 20)


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.load(device="cpu")


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[Frame]:
    with open_source(talking, end=1.2) as reader:
        return list(reader)


def fingered(frame: Frame) -> Frame:
    """The frame with a finger, made of the face's own cheek, on the lips."""
    planes = []
    for number, plane in enumerate(frame.planes):
        k = 2 if number else 1
        rows, columns = (slice(s.start // k, s.stop // k) for s in FINGER)
        cheek = plane[CHEEK[0].start // k : CHEEK[0].stop // k, CHEEK[1].start // k : CHEEK[1].stop // k]
        changed = plane.copy()
        size = (columns.stop - columns.start, rows.stop - rows.start)
        changed[rows, columns] = cv2.resize(cheek, size, interpolation=cv2.INTER_CUBIC)
        planes.append(changed)
    return replace(frame, planes=tuple(planes))


def painted(frame: Frame, told: FrameFaces) -> Float32:
    """(h, w) how much of an effect on the lips each pixel gets."""
    whole = np.zeros((frame.height, frame.width), np.float32)
    for face in told.faces:
        box = mouth_box(face, frame.width, frame.height, frame.format, 0.1)
        masks = mouth_masks(face, box)
        whole[box.y0 : box.y1, box.x0 : box.x1] += (masks.upper + masks.lower) * visibility(face.confidence)
    return whole


def on_frame(frame: Frame, mouth: Mouth) -> Float32:
    """(h, w) how much each pixel shows lips, by a mouth's map."""
    lips = mouth.map.classes[:2].sum(0, dtype=np.float32) / 255
    return np.asarray(cv2.warpAffine(lips, mouth.map.to_frame, (frame.width, frame.height)), np.float32)


def test_a_finger_on_the_lips_is_not_painted(cascade: Cascade, frames: list[Frame]) -> None:
    clip = [fingered(f) if i in COVERED else f for i, f in enumerate(frames)]
    bare = [painted(f, t) for f, t in zip(frames, followed(cascade, frames), strict=True)]
    shown = [painted(f, t) for f, t in zip(clip, followed(cascade, clip), strict=True)]
    for index in COVERED:
        assert bare[index][FINGER].sum() > 0.1 * bare[index].sum()
        assert shown[index][FINGER].sum() < 0.1 * bare[index][FINGER].sum()
    for index in (5, 8, 26, 28):
        assert shown[index].sum() > 0.95 * bare[index].sum()


def test_lips_that_nothing_covers_are_left_alone(cascade: Cascade, frames: Sequence[Frame]) -> None:
    follower, colours = Follower(Finder(open_detector(), cascade)), LipColours()
    for frame in frames:
        (seen,) = follower.step(frame).seen.values()
        left = colours.uncovered(seen.mouth, frame)
        assert left.confidence == seen.mouth.confidence
        lips, kept = (m.map.classes[:2].astype(float).sum() for m in (seen.mouth, left))
        assert kept > 0.97 * lips


def test_lips_that_a_finger_covers_are_told_by_colour_alone(
    cascade: Cascade, frames: Sequence[Frame]
) -> None:
    follower, colours = Follower(Finder(open_detector(), cascade)), LipColours()
    for frame in frames[:12]:
        (seen,) = follower.step(frame).seen.values()
        colours.uncovered(seen.mouth, frame)
    fooled = colours.uncovered(seen.mouth, fingered(frame))
    before, left = (on_frame(frame, mouth) for mouth in (seen.mouth, fooled))
    rows, columns = FINGER
    under = (rows, slice(columns.start + 4, columns.stop - 4))
    assert left[under].sum() < 0.3 * before[under].sum()
    aside = np.ones_like(left)
    aside[rows.start - 10 : rows.stop + 10, columns.start - 10 : columns.stop + 10] = 0
    assert (left * aside).sum() > 0.95 * (before * aside).sum()


def test_lips_of_another_colour_are_believed_after_a_while(cascade: Cascade, frames: Sequence[Frame]) -> None:
    follower, colours = Follower(Finder(open_detector(), cascade)), LipColours()
    for frame in frames[:12]:
        (seen,) = follower.step(frame).seen.values()
        colours.uncovered(seen.mouth, frame)
    lips = cv2.resize(on_frame(frame, seen.mouth), frame.planes[1].shape[::-1])
    blue = np.asarray(np.clip(frame.planes[1] + 60 * lips, 0, 255), np.uint8)
    made_up = replace(frame, planes=(frame.planes[0], blue, frame.planes[2]))
    left = []
    for k in range(100):
        later = replace(made_up, pts=frame.pts + k * frame.duration)
        left.append(float(on_frame(frame, colours.uncovered(seen.mouth, later)).sum()))
    whole = float(on_frame(frame, seen.mouth).sum())
    assert left[0] < 0.5 * whole
    assert left[-1] > 0.95 * whole


def crushed(frame: Frame) -> Frame:
    """The frame in so little light that there are few steps of it left."""
    dark = np.asarray(np.clip(16 + (frame.planes[0].astype(np.float64) - 16) * 0.06, 16, 255), np.uint8)
    return replace(frame, planes=(dark, *(128 + (p // 16 - 8) for p in frame.planes[1:])))


def grainy(frame: Frame, noise: np.random.Generator) -> Frame:
    """The frame with a sensor's noise in all planes."""
    planes = (p + noise.normal(0, 26, p.shape) for p in frame.planes)
    return replace(frame, planes=tuple(np.asarray(np.clip(p, 0, 255), np.uint8) for p in planes))


@pytest.mark.parametrize("way", ["dark", "noisy"])
def test_colours_tell_nothing_in_the_dark_or_in_noise(
    cascade: Cascade, frames: Sequence[Frame], way: str
) -> None:
    follower, colours = Follower(Finder(open_detector(), cascade)), LipColours()
    noise = np.random.default_rng(3)
    for frame in frames:
        (seen,) = follower.step(frame).seen.values()
        hard = crushed(frame) if way == "dark" else grainy(frame, noise)
        left = colours.uncovered(replace(seen.mouth, confidence=1.0), hard)
        assert left.confidence == 1.0
        assert (left.map.classes == seen.mouth.map.classes).all()


def test_a_face_in_sight_keeps_its_lips_while_they_are_half_covered(
    cascade: Cascade, frames: list[Frame]
) -> None:
    clip = [fingered(f) if i in COVERED else f for i, f in enumerate(frames)]
    for frame, told in zip(clip, followed(cascade, clip), strict=True):
        (face,) = told.faces
        assert visibility(face.confidence) == 1
        assert painted(frame, told).sum() > 0
