"""The cascade on the public-domain portrait: one mouth, however the picture is turned, scaled or coded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.geometry import crop_affine, inverse, mouth_pose, transform
from lipfx.core.values import Colour, Float64, Frame, PixelFormat
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.tcnn.base import Mouth
from lipfx.tcnn.cascade import EVERY_LOOK, Cascade
from lipfx.video.stills.images import to_frame
from samples import talking

NEAR = 0.05  # mouth widths
YUV420 = PixelFormat("yuv420p", 8, 1, 1)


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.load(None, "cpu")


@pytest.fixture(scope="module")
def portrait() -> NDArray[np.uint8]:
    """(512, 512, 3) uint8 RGB: a frame of the sample."""
    return np.asarray(talking.frame(skimage.data.astronaut(), 0.0), dtype=np.uint8)


@pytest.fixture(scope="module")
def mouth(cascade: Cascade, portrait: NDArray[np.uint8]) -> Mouth:
    found = Finder(open_detector(), cascade).everyone(to_frame(portrait, 0))
    assert len(found) == 1
    return found[0].mouth


def _again(cascade: Cascade, picture: NDArray[np.uint8], points: Float64) -> Float64:
    return cascade.analyse(to_frame(picture, 0), [mouth_pose(points)])[0].points


def _distance(a: Float64, b: Float64) -> float:
    return float(np.linalg.norm(a - b, axis=1).mean() / mouth_pose(b).size)


def test_the_mouth_is_seen_surely(mouth: Mouth) -> None:
    assert mouth.confidence > 0.8


@pytest.mark.parametrize(("degrees", "scale"), [(25, 1.0), (-40, 1.0), (180, 1.0), (0, 0.4), (0, 1.7)])
def test_turned_and_scaled_pictures_show_the_same_mouth(
    cascade: Cascade, portrait: NDArray[np.uint8], mouth: Mouth, degrees: float, scale: float
) -> None:
    affine = np.asarray(cv2.getRotationMatrix2D((256, 256), degrees, scale), dtype=np.float64)
    moved = np.asarray(cv2.warpAffine(portrait, affine, (512, 512)), dtype=np.uint8)
    expected = transform(affine, mouth.points)
    assert _distance(_again(cascade, moved, expected), expected) < NEAR


def test_a_mirrored_face_has_its_points_in_mirrored_order(
    cascade: Cascade, portrait: NDArray[np.uint8], mouth: Mouth
) -> None:
    flipped = np.ascontiguousarray(portrait[:, ::-1])
    expected = (mouth.points * (-1, 1) + (511, 0))[helen56.MIRROR]
    assert _distance(_again(cascade, flipped, expected), expected) < NEAR


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
def test_a_video_frame_shows_what_the_picture_shows(
    cascade: Cascade, portrait: NDArray[np.uint8], mouth: Mouth, matrix: str, full_range: bool
) -> None:
    frame = as_yuv420(portrait, Colour(matrix=matrix, full_range=full_range))
    seen = cascade.analyse(frame, [mouth_pose(mouth.points)])[0].points
    assert _distance(seen, _again(cascade, portrait, mouth.points)) < 0.02


def as_yuv420(picture: NDArray[np.uint8], colour: Colour) -> Frame:
    """The picture coded by the definition of its matrix and range, chroma averaged over 2 x 2 pixels."""
    red, blue = (0.2126, 0.0722) if colour.matrix == "bt709" else (0.299, 0.114)
    rgb = picture.astype(np.float64) / 255
    y = rgb @ np.array([red, 1 - red - blue, blue])
    pb, pr = (rgb[..., 2] - y) / (2 - 2 * blue), (rgb[..., 0] - y) / (2 - 2 * red)
    low, luma, chroma = (0, 255, 255) if colour.full_range else (16, 219, 224)
    height, width = y.shape
    small = [c.reshape(height // 2, 2, width // 2, 2).mean((1, 3)) for c in (pb, pr)]
    planes = [low + luma * y, *(128 + chroma * c for c in small)]
    coded = tuple(np.clip(np.round(p), 0, 255).astype(np.uint8) for p in planes)
    return Frame(coded, YUV420, colour, 0, 0, Fraction(1, 25), 1)


def test_many_looks_agree_with_one(cascade: Cascade, portrait: NDArray[np.uint8], mouth: Mouth) -> None:
    frame = to_frame(portrait, 0)
    one = cascade.refine(frame, [mouth.points], [mouth.head])[0]
    many = cascade.refine(frame, [mouth.points], [mouth.head], EVERY_LOOK)[0]
    assert _distance(many.points, one.points) < 0.02
    np.testing.assert_allclose(many.map.to_frame, one.map.to_frame)
    assert np.abs(many.map.classes.astype(float) - one.map.classes).mean() < 8


def test_several_mouths_at_once_are_as_one_by_one(
    cascade: Cascade, portrait: NDArray[np.uint8], mouth: Mouth
) -> None:
    frame = to_frame(portrait, 0)
    pose = mouth_pose(mouth.points)
    poses = [pose, replace(pose, x=pose.x + 2), replace(pose, size=pose.size * 1.1)]
    together = cascade.analyse(frame, poses)
    for single, joint in zip((cascade.analyse(frame, [p])[0] for p in poses), together, strict=True):
        np.testing.assert_allclose(joint.points, single.points, atol=0.05)


def test_what_is_no_mouth_gets_little_confidence(
    cascade: Cascade, portrait: NDArray[np.uint8], mouth: Mouth
) -> None:
    pose = mouth_pose(mouth.points)
    forehead = replace(pose, y=pose.y - 2.2 * pose.size)
    assert cascade.analyse(to_frame(portrait, 0), [forehead])[0].confidence < 0.3


def test_crops_and_their_inverse_meet() -> None:
    rng = np.random.default_rng(1)
    pose = mouth_pose(rng.normal(size=(56, 2)) * 30 + 100)
    affine = crop_affine(pose, 1.5, 96)
    points = rng.normal(size=(9, 2)) * 50
    np.testing.assert_allclose(transform(inverse(affine), transform(affine, points)), points, atol=1e-9)
    np.testing.assert_allclose(transform(affine, np.array([[pose.x, pose.y]])), [[47.5, 47.5]])
