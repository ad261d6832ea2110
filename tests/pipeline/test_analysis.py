"""Owns the promises of analysis on real frames: who is found stays who they are, nothing else is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.core.values import Face, Float64, Frame, FrameFaces
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.masks.mouth import visibility
from lipfx.pipeline.analysis import Analysis, still_pictures
from lipfx.tcnn.cascade import Cascade
from lipfx.video.source import open_source

MOUTH = np.array([254.0, 307.0])  # of the sample's first frame, by eye
COUNT = 30


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.load(device="cpu")


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[Frame]:
    """The sample's first frames."""
    with open_source(talking, end=COUNT / 25) as reader:
        return list(reader)


def followed(cascade: Cascade, frames: Sequence[Frame]) -> list[FrameFaces]:
    """What analysis says of each frame; it hands out the same frames in their order."""
    pairs = list(Analysis(Finder(open_detector(), cascade)).follow(iter(frames)))
    assert [frame.index for frame, _ in pairs] == [frame.index for frame in frames]
    assert all(a is b for (a, _), b in zip(pairs, frames, strict=True))
    return [faces for _, faces in pairs]


def warped(frame: Frame, affine: Float64) -> Frame:
    """The frame through a (2, 3) affine of its pixels, grey where nothing lands."""
    half = np.array([[1, 1, 0.5], [1, 1, 0.5]])
    planes = [
        cv2.warpAffine(
            p, affine if i == 0 else affine * half, p.shape[::-1], borderValue=(90 if i == 0 else 128,)
        )
        for i, p in enumerate(frame.planes)
    ]
    return replace(frame, planes=tuple(np.asarray(p, np.uint8) for p in planes))


def blank(frame: Frame) -> Frame:
    return replace(frame, planes=tuple(np.full_like(p, 128 if i else 90) for i, p in enumerate(frame.planes)))


def numbered(frames: Sequence[Frame]) -> list[Frame]:
    return [replace(frame, index=i, pts=i * frames[0].duration) for i, frame in enumerate(frames)]


def middle(face: Face) -> Float64:
    return np.asarray(face.points.mean(0))


def seen(faces: FrameFaces) -> list[Face]:
    """The faces that an effect is painted on."""
    return [face for face in faces.faces if visibility(face.confidence) > 0.5]


def test_a_talking_face_is_followed_under_one_number(cascade: Cascade, frames: list[Frame]) -> None:
    told = followed(cascade, frames)
    assert [[face.track_id for face in faces.faces] for faces in told] == [[1]] * COUNT
    assert min(faces.faces[0].confidence for faces in told) > 0.8
    first = told[0].faces[0]
    assert np.abs(middle(first) - MOUTH).max() < 12
    assert first.box[0] < first.points[:, 0].min() < first.points[:, 0].max() < first.box[2]
    assert first.mouth is not None
    assert np.array_equal(np.round(first.points, 3), first.points)


def test_a_moving_face_is_followed_where_it_goes(cascade: Cascade, frames: list[Frame]) -> None:
    still = numbered([frames[0]] * 25)
    ways = [np.array([[1, 0, 60 * np.sin(i / 6)], [0, 1, 2.0 * i]]) for i in range(25)]
    told = followed(cascade, [warped(f, w) for f, w in zip(still, ways, strict=True)])
    assert {face.track_id for faces in told for face in faces.faces} == {1}
    at = np.array([middle(faces.faces[0]) - way[:, 2] for faces, way in zip(told, ways, strict=True)])
    assert np.abs(at - at.mean(0)).max() < 1.5


def test_a_face_upside_down_is_followed(cascade: Cascade, frames: list[Frame]) -> None:
    clip = [
        replace(f, planes=tuple(np.ascontiguousarray(p[::-1, ::-1], np.uint8) for p in f.planes))
        for f in frames
    ]
    last = followed(cascade, clip)[-1].faces
    assert [face.track_id for face in last] == [1]
    upper, lower = (last[0].points[part, 1].mean() for part in (slice(1, 13), slice(14, 28)))
    assert upper > lower


def test_a_cut_ends_a_track_at_once(cascade: Cascade, frames: list[Frame]) -> None:
    mirrored = [
        replace(f, planes=tuple(np.asarray(255 - p[:, ::-1], np.uint8) for p in f.planes)) for f in frames
    ]
    shifted = [warped(f, np.array([[0.8, 0, 150], [0, 0.8, 20]])) for f in frames]
    clip = numbered([*frames[:12], *mirrored[:6], *shifted[:12]])
    told = followed(cascade, clip)
    assert {f.track_id for faces in told[:12] for f in seen(faces)} == {1}
    assert all(len(seen(faces)) == 1 for faces in told[:12])
    after = [seen(faces) for faces in told[18:]]
    assert all(len(faces) == 1 for faces in after)
    assert all(faces[0].track_id > 1 for faces in after)
    assert np.abs(middle(after[0][0]) - (MOUTH * 0.8 + (150, 20))).max() < 12


def test_a_face_that_comes_fades_in_and_one_that_goes_fades_out(
    cascade: Cascade, frames: list[Frame]
) -> None:
    away = [
        warped(f, np.array([[1, 0, x], [0, 1, 0.0]])) for f, x in zip(frames, range(0, 600, 20), strict=False)
    ]
    told = followed(cascade, away)
    shown = [faces.faces[0].confidence if faces.faces else 0.0 for faces in told]
    assert shown[0] > 0.8
    assert shown[-1] == 0.0
    gone = next(i for i, c in enumerate(shown) if visibility(c) == 0)
    assert visibility(shown[gone - 1]) < 0.6


@pytest.mark.parametrize(("seconds", "numbers"), [(1.0, {1}), (4.0, {1, 2})])
def test_a_face_that_is_soon_back_keeps_its_number(
    cascade: Cascade, frames: list[Frame], seconds: float, numbers: set[int]
) -> None:
    ways = [30 * max(0, 10 - abs(i - 14)) for i in range(COUNT)]
    away = [warped(f, np.array([[1, 0, -x], [0, 1, 0.0]])) for f, x in zip(frames, ways, strict=True)]
    late = round((seconds - 0.4) / float(frames[0].duration * frames[0].time_base)) * frames[0].duration
    clip = [replace(f, pts=f.pts + (late if f.index > 14 else 0)) for f in away]
    told = followed(cascade, clip)
    assert not told[14].faces
    assert {face.track_id for faces in told for face in faces.faces} == numbers
    assert {face.track_id for face in told[-1].faces} == {max(numbers)}


def test_a_mouth_half_out_of_the_frame_keeps_its_shape(cascade: Cascade, frames: list[Frame]) -> None:
    ways = [min(10.0 * i, 225) for i in range(COUNT)]
    told = followed(
        cascade, [warped(f, np.array([[1, 0, -x], [0, 1, 0.0]])) for f, x in zip(frames, ways, strict=True)]
    )
    bare = followed(cascade, frames)
    for at, alone in zip(told[5:], bare[5:], strict=True):
        (face,), (whole,) = at.faces, alone.faces
        assert 0.85 < face.mouth_width / whole.mouth_width < 1.15


def test_covered_lips_are_not_painted_and_the_face_stays_itself(
    cascade: Cascade, frames: list[Frame]
) -> None:
    covered = []
    for i, frame in enumerate(frames):
        planes = tuple(p.copy() for p in frame.planes)
        if 8 <= i < 20:
            for p, (plane, level) in enumerate(zip(planes, (150, 115, 145), strict=True)):
                k = 2 if p else 1
                plane[280 // k : 390 // k, 150 // k : 340 // k] = level
        covered.append(replace(frame, planes=planes))
    told = followed(cascade, covered)
    assert all(not seen(faces) for faces in told[8:20])
    assert all(len(seen(faces)) == 1 for faces in (*told[:4], *told[25:]))
    assert {face.track_id for faces in told for face in faces.faces} == {1}


def test_two_people_keep_their_numbers(cascade: Cascade, frames: list[Frame]) -> None:
    def pair(frame: Frame, x: float) -> Frame:
        left = warped(frame, np.array([[0.5, 0, x], [0, 0.5, 120]]))
        right = warped(frame, np.array([[0.5, 0, 256 - x], [0, 0.5, 120]]))
        planes = [
            np.hstack([a[:, : a.shape[1] // 2], b[:, a.shape[1] // 2 :]])
            for a, b in zip(left.planes, right.planes, strict=True)
        ]
        return replace(frame, planes=tuple(np.asarray(p, np.uint8) for p in planes))

    told = followed(cascade, [pair(f, 0.4 * i) for i, f in enumerate(frames[:20])])
    for faces in told:
        assert [face.track_id for face in faces.faces] == [1, 2]
    sides = np.array([[middle(face)[0] < 256 for face in faces.faces] for faces in told])
    assert (sides == sides[0]).all()
    assert sides[0].sum() == 1


@pytest.mark.parametrize("across", [3, 4])
def test_many_people_are_followed_at_once(cascade: Cascade, frames: list[Frame], across: int) -> None:
    small = [tuple(cv2.resize(p, None, fx=0.5, fy=0.5) for p in f.planes) for f in frames]

    def crowd(index: int) -> Frame:
        one = [small[(index + 3 * k) % len(small)] for k in range(across**2)]
        planes = [
            np.vstack([np.hstack([one[across * y + x][p] for x in range(across)]) for y in range(across)])
            for p in range(3)
        ]
        return replace(frames[index], planes=tuple(np.asarray(p, np.uint8) for p in planes))

    told = followed(cascade, [crowd(i) for i in range(12)])
    for faces in told:
        assert [face.track_id for face in faces.faces] == list(range(1, across**2 + 1))
        assert len(seen(faces)) == across**2
    places = np.array([[middle(face) // 256 for face in faces.faces] for faces in told])
    assert (places == places[0]).all()
    assert len({tuple(place) for place in places[0]}) == across**2


def test_nothing_is_found_where_nobody_is(cascade: Cascade, frames: list[Frame]) -> None:
    assert all(not faces.faces for faces in followed(cascade, [blank(f) for f in frames[:10]]))


def test_no_frames_give_no_faces(cascade: Cascade) -> None:
    assert followed(cascade, []) == []
    assert len(followed(cascade, [])) == 0


def test_frames_are_held_back_for_half_a_second_at_most(cascade: Cascade, frames: list[Frame]) -> None:
    taken = 0

    def source() -> Iterator[Frame]:
        nonlocal taken
        for frame in frames:
            taken += 1
            yield frame

    for done, _ in enumerate(Analysis(Finder(open_detector(), cascade)).follow(source())):
        assert taken - done <= 0.5 * 25 + 2


def test_pictures_stand_alone(cascade: Cascade, frames: list[Frame]) -> None:
    pictures = [frames[0], blank(frames[1]), warped(frames[2], np.array([[0.7, 0, 100], [0, 0.7, 50]]))]
    told = [faces for _, faces in still_pictures(iter(pictures), Finder(open_detector(), cascade))]
    assert [[face.track_id for face in faces.faces] for faces in told] == [[1], [], [1]]
    assert np.abs(middle(told[2].faces[0]) - (MOUTH * 0.7 + (100, 50))).max() < 12
