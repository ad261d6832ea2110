"""Owns the promises of looks: one person stays alike under other light and at other sizes, others do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.core.values import Face, Frame, FrameFaces
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.persons.choice import SURE
from lipfx.persons.look import ALIKE, Look, likeness
from lipfx.pipeline.analysis import still_faces
from lipfx.pipeline.describe import described, look_of
from lipfx.tcnn.cascade import Cascade
from lipfx.video.stills.images import from_frame, read_pixels, to_frame
from tests.helpers import media

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.load(device="cpu")


@pytest.fixture(scope="module")
def portrait(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Frame:
    path = tmp_path_factory.mktemp("portrait") / "portrait.png"
    return to_frame(read_pixels(media.make(path, "-i", talking, "-frames:v", 1)), 0)


@pytest.fixture(scope="module")
def face(portrait: Frame, cascade: Cascade) -> Face:
    (found,) = still_faces(portrait, Finder(open_detector(), cascade)).faces
    return found


def pixels(frame: Frame) -> Picture:
    return np.asarray(from_frame(frame), np.uint8)


def seen(picture: Picture, face: Face, cascade: Cascade) -> Look:
    look = look_of(to_frame(picture, 0), face, cascade)
    assert look is not None
    return look


def lit(picture: Picture, gain: float, gamma: float) -> Picture:
    return np.asarray(np.clip((picture / 255 * gain), 0, 1) ** gamma * 255, np.uint8)


def test_light_and_size_do_not_change_who_it_is(portrait: Frame, face: Face, cascade: Cascade) -> None:
    before = pixels(portrait)
    look = seen(before, face, cascade)
    assert likeness(look, seen(lit(before, 0.6, 1.2), face, cascade)) > SURE
    assert likeness(look, seen(lit(before, 1.3, 0.8), face, cascade)) > SURE
    small = np.asarray(cv2.resize(before, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), np.uint8)
    shrunk = replace(face, box=face.box * 0.4, points=face.points * 0.4)
    assert likeness(look, seen(small, shrunk, cascade)) > SURE


def test_a_turned_head_and_a_face_half_out_of_the_frame_are_known(
    portrait: Frame, face: Face, cascade: Cascade
) -> None:
    before = pixels(portrait)
    look = seen(before, face, cascade)
    turn = cv2.getRotationMatrix2D((256, 256), 20, 1.0)
    turned = np.asarray(cv2.warpAffine(before, turn, (512, 512)), np.uint8)
    (found,) = still_faces(to_frame(turned, 0), Finder(open_detector(), cascade)).faces
    assert likeness(look, seen(turned, found, cascade)) > SURE
    column = int(face.box[0] + 0.3 * (face.box[2] - face.box[0]))
    moved = replace(face, box=face.box - (column, 0, column, 0), points=face.points - (column, 0))
    assert likeness(look, seen(np.ascontiguousarray(before[:, column:]), moved, cascade)) > ALIKE


def test_somebody_else_is_not_alike(portrait: Frame, face: Face, cascade: Cascade) -> None:
    """The same face in a mirror and with other colours stands in for somebody else."""
    before = pixels(portrait)
    other = np.ascontiguousarray(before[:, ::-1, ::-1])
    (found,) = still_faces(to_frame(other, 0), Finder(open_detector(), cascade)).faces
    assert likeness(seen(before, face, cascade), seen(other, found, cascade)) < ALIKE - 0.1


def test_a_face_is_looked_at_now_and_then_and_only_where_it_shows(
    portrait: Frame, face: Face, cascade: Cascade
) -> None:
    unsure = replace(face, confidence=0.3)
    told = [FrameFaces(k, 0.15 * k, (unsure if k < 2 else face,)) for k in range(10)]
    frames = [replace(portrait, index=k, pts=k, time_base=portrait.time_base * 3 / 20) for k in range(10)]
    items = described(zip(frames, told, strict=True), cascade)
    assert [faces.faces[0].look is not None for _, faces in items] == [k in (2, 5, 8) for k in range(10)]


@pytest.mark.slow
def test_strangers_are_told_apart(shared: Path, portrait: Frame, face: Face, cascade: Cascade) -> None:
    """Among 60 photographs of different people one pair in a hundred may be taken for one person."""
    looks = [seen(pixels(portrait), face, cascade)]
    for path in sorted((shared / "data/celebamask/images").iterdir())[:60]:
        frame = to_frame(read_pixels(path), 0)
        faces = still_faces(frame, Finder(open_detector(), cascade)).faces
        looks += [look for f in faces[:1] if (look := look_of(frame, f, cascade)) is not None]
    assert len(looks) > 55
    pairs = [likeness(a, b) for i, a in enumerate(looks) for b in looks[:i]]
    assert np.mean(np.array(pairs) >= ALIKE) < 0.01
    assert abs(float(np.mean(pairs))) < 0.05
