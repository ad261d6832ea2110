"""Owns the tests of masks: area, place, softness and regions of mouths whose outline is known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from lipfx.core import helen56
from lipfx.core.values import Box, Face, Float32, Float64, MouthMap, PixelFormat, Scene
from lipfx.effects import Region
from lipfx.masks.mouth import label_map, lip_coverage, mouth_box, mouth_masks, region_alpha, visibility
from tests.helpers.mouths import face_at, outline

YUV420 = PixelFormat("yuv420p", 8, 1, 1)
YUV444 = PixelFormat("yuv444p", 8)
FRAME = Box(0, 0, 320, 240)


def area(polygon: Float64) -> float:
    """Of a closed polygon (n, 2), by the shoelace formula."""
    x, y = polygon.T
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def refined(face: Face, size: int = 96) -> Face:
    """The face with the map that a perfect refiner would see: `size` pixels over 1.5 mouth widths."""
    points = outline(1.0) * size / 1.5 + (size - 1) / 2
    shapes = mouth_masks(Face(1, face.box, 1.0, 0, points, None), Box(0, 0, size, size))
    layers = [cv2.GaussianBlur(m, (0, 0), 0.8) for m in (shapes.upper, shapes.lower, shapes.inner)]
    corners, target = points[[0, 13]], face.points[[0, 13]]
    a, b = corners[1] - corners[0], target[1] - target[0]
    ratio = complex(*b) / complex(*a)
    linear = np.array([[ratio.real, -ratio.imag], [ratio.imag, ratio.real]])
    to_frame = np.column_stack([linear, target[0] - linear @ corners[0]])
    classes = np.round(np.array(layers) * 255).astype(np.uint8)
    return replace(face, mouth=MouthMap(classes, to_frame))


def centroid(mask: Float32) -> Float64:
    ys, xs = np.mgrid[: mask.shape[0], : mask.shape[1]]
    return np.array([(mask * xs).sum() / mask.sum(), (mask * ys).sum() / mask.sum()], np.float64)


@pytest.mark.parametrize("from_map", [False, True])
@pytest.mark.parametrize("width", [16.0, 60.0, 180.0])
@pytest.mark.parametrize("turn", [0.0, 0.5, np.pi])
def test_masks_cover_the_outline_and_no_more(from_map: bool, width: float, turn: float) -> None:
    face = face_at((160.3, 120.7), width, turn=turn)
    masks = mouth_masks(refined(face) if from_map else face, FRAME)
    for mask, wanted in (
        (masks.upper + masks.lower + masks.inner, area(face.points[helen56.OUTER])),
        (masks.inner, area(face.points[helen56.INNER])),
    ):
        assert mask.sum() == pytest.approx(wanted, rel=0.04 if width > 20 else 0.1)


@pytest.mark.parametrize("from_map", [False, True])
def test_masks_follow_shifts_of_a_fraction_of_a_pixel(from_map: bool) -> None:
    still = face_at((100.0, 80.0))
    moved = face_at((100.3, 80.6))
    box = mouth_box(still, 320, 240, YUV420, 0.25)
    first, second = (mouth_masks(refined(f) if from_map else f, box) for f in (still, moved))
    shift = centroid(second.upper + second.lower) - centroid(first.upper + first.lower)
    np.testing.assert_allclose(shift, (0.3, 0.6), atol=0.04)


@pytest.mark.parametrize("from_map", [False, True])
def test_upper_and_lower_are_anatomical_and_do_not_overlap(from_map: bool) -> None:
    face = face_at((100, 80), turn=np.pi)
    masks = mouth_masks(refined(face) if from_map else face, FRAME)
    assert centroid(masks.upper)[1] > 85 > 75 > centroid(masks.lower)[1]
    total = masks.upper + masks.lower + masks.inner
    assert total.max() <= 1 + 1e-5
    assert min(masks.upper.min(), masks.lower.min(), masks.inner.min()) >= 0


@pytest.mark.parametrize("from_map", [False, True])
@pytest.mark.parametrize("width", [40.0, 120.0, 240.0])
def test_edges_are_soft_over_the_feather_only(from_map: bool, width: float) -> None:
    face = face_at((160, 100), width)
    masks = mouth_masks(refined(face) if from_map else face, FRAME)
    column = (masks.upper + masks.lower + masks.inner)[:100, 160]
    soft = (
        float(np.clip(column * 1.25 - 0.125, 0, 1)[::-1].sum()),
        np.count_nonzero((column > 0.1) & (column < 0.9)),
    )
    assert 1 <= soft[1] <= max(2.5, 0.04 * width)


@pytest.mark.parametrize("from_map", [False, True])
def test_the_outline_is_as_soft_as_the_picture_shows_it_and_nothing_else_is(from_map: bool) -> None:
    face = face_at((160.3, 120.7), 120.0)
    hard = mouth_masks(refined(face) if from_map else face, FRAME)
    lit = replace(face, scene=Scene(softness=6.0))
    soft = mouth_masks(refined(lit) if from_map else lit, FRAME)
    both = [masks.upper + masks.lower + masks.inner for masks in (hard, soft)]
    slopes = [np.abs(np.gradient(mask, axis=0))[:110, 150:170].max() for mask in both]
    assert 2.563 / np.sqrt(2 * np.pi) / slopes[1] == pytest.approx(6.0, rel=0.15)
    assert both[1].sum() == pytest.approx(both[0].sum(), rel=0.02)
    np.testing.assert_allclose(soft.inner, hard.inner, atol=0.02)
    far = cv2.dilate(both[0], np.ones((13, 13), np.uint8)) == 0
    assert both[1][far].max() == 0


def test_lips_have_no_seam_where_they_meet() -> None:
    masks = mouth_masks(refined(face_at((160, 120), 120, opening=0.0)), FRAME)
    lips = masks.upper + masks.lower + masks.inner
    assert lips[118:124, 120:200].min() > 0.95


def test_label_map_agrees_with_the_outline() -> None:
    face = face_at((160, 120), 120)
    for seen in (face, refined(face)):
        labels = label_map(mouth_masks(seen, FRAME))
        for label, point in (
            (1, (160, 101)),
            (2, (160, 143)),
            (3, (160, 120)),
            (0, (160, 180)),
            (0, (90, 120)),
        ):
            assert labels[point[1], point[0]] == label


def test_regions_are_what_their_names_say() -> None:
    face = face_at((160, 120), 120)
    masks = mouth_masks(face, FRAME)
    alpha = {region: region_alpha(masks, face, region, 0.25) for region in Region}
    teeth, lip, beside = (120, 160), (143, 160), (120, 160 + 60 + 8)
    assert [alpha[Region.LIPS][p] for p in (teeth, lip, beside)] == pytest.approx([0, 1, 0], abs=1e-3)
    assert [alpha[Region.INNER_MOUTH][p] for p in (teeth, lip, beside)] == pytest.approx([1, 0, 0], abs=1e-3)
    assert [alpha[Region.MOUTH][p] for p in (teeth, lip, beside)] == pytest.approx([1, 1, 0], abs=1e-3)
    assert [alpha[Region.AROUND][p] for p in (teeth, lip, beside)] == pytest.approx([1, 1, 1], abs=2e-2)
    fading = alpha[Region.AROUND][120, 160 + 60 : 160 + 60 + 40]
    assert (np.diff(fading) <= 1e-6).all()
    assert fading[32:].max() == 0
    assert np.abs(np.diff(fading)).max() < 0.15


def test_faces_fade_in_with_confidence() -> None:
    shown = [visibility(c) for c in np.linspace(0, 1, 21)]
    assert shown[0] == 0
    assert shown[-1] == 1
    assert (np.diff(shown) >= 0).all()
    face = face_at((160, 120), confidence=0.4)
    lips = region_alpha(mouth_masks(face, FRAME), face, Region.LIPS, 0.25)
    assert lips.max() == pytest.approx(visibility(0.4), abs=0.01)


@pytest.mark.parametrize("centre", [(160, 120), (5, 5), (318, 239), (-10, 100), (160, 250)])
@pytest.mark.parametrize("size", [(320, 240), (321, 241)])
@pytest.mark.parametrize("format", [YUV420, YUV444])
def test_boxes_hold_the_mouth_on_the_chroma_grid(
    centre: tuple[int, int], size: tuple[int, int], format: PixelFormat
) -> None:
    face = face_at(centre, 60)
    box = mouth_box(face, *size, format, margin=0.25)
    assert not box.empty
    assert box == box.clipped(*size)
    grid = 1 << format.chroma_shift_x
    assert box.x0 % grid == box.y0 % grid == 0
    assert box.x0 % 2 == box.y0 % 2 == 0
    assert box.x1 % grid == 0 or box.x1 == size[0]
    assert box.y1 % grid == 0 or box.y1 == size[1]
    alpha = region_alpha(mouth_masks(face, Box(0, 0, *size)), face, Region.AROUND, 0.25)
    alpha[box.y0 : box.y1, box.x0 : box.x1] = 0
    assert alpha.max() == 0


def test_a_mouth_outside_the_frame_has_an_empty_box() -> None:
    assert mouth_box(face_at((-200, 50)), 320, 240, YUV420, 0.25).empty
    assert mouth_box(face_at((900, 500)), 320, 240, YUV420, 0.25).empty


def test_a_map_that_reaches_beyond_the_landmarks_is_held_by_the_box() -> None:
    wide, narrow = refined(face_at((160, 120), 100)), face_at((160, 120), 40)
    face = Face(1, narrow.box, 1.0, 0, narrow.points, wide.mouth)
    box = mouth_box(face, 320, 240, YUV420, 0.25)
    assert box.x0 < 110
    assert box.x1 > 210


def test_a_map_on_another_grid_gives_the_same_pixels() -> None:
    face = refined(face_at((160, 120)))
    whole = mouth_masks(face, FRAME)
    part = mouth_masks(face, Box(130, 90, 200, 160))
    np.testing.assert_allclose(part.lower, whole.lower[90:160, 130:200], atol=0.02)


def test_paint_covers_the_seam_of_closed_lips_and_no_teeth() -> None:
    closed, smiling = (face_at((160, 120), 120, opening=opening) for opening in (0.006, 0.08))
    seam, teeth = (region_alpha(mouth_masks(face, FRAME), face, Region.LIPS, 0) for face in (closed, smiling))
    assert seam[118:123, 130:190].min() > 0.8
    assert teeth[120, 130:190].max() < 1e-6
    masks = mouth_masks(smiling, FRAME)
    halves = (masks.inner > 0.4) & (masks.inner < 0.6) & (masks.upper + masks.lower > 0.4)
    halves[:, :125] = halves[:, 195:] = False
    assert halves.sum() > 20
    assert teeth[halves].max() < 0.4


@pytest.mark.parametrize("width", [16, 24, 36, 60, 120, 240])
def test_the_seam_of_closed_lips_is_covered_at_every_size(width: float) -> None:
    face = face_at((160, 120), width, opening=0.007)
    masks, middle = mouth_masks(face, FRAME), (120, slice(round(160 - width / 6), round(160 + width / 6)))
    lips = masks.upper + masks.lower
    assert lips[middle].min() < 0.9
    assert lip_coverage(masks, face.mouth_width)[middle].min() > max(0.8, lips[middle].min() + 0.05)


@pytest.mark.parametrize("width", [24, 36, 60, 120])
def test_an_open_mouth_is_no_seam_at_any_size(width: float) -> None:
    face = face_at((160, 120), width, opening=0.3)
    coverage = lip_coverage(mouth_masks(face, FRAME), face.mouth_width)
    assert coverage[120, round(160 - width / 8) : round(160 + width / 8)].max() < 0.1


@pytest.mark.parametrize("turn", [0.0, np.pi / 2, np.pi])
def test_what_hides_a_mouth_reaches_where_mouths_lie_in_a_face_too(turn: float) -> None:
    face = face_at((160, 120), 40, turn=turn)
    down = np.array([-np.sin(turn), np.cos(turn)])
    middle = np.array([160, 120]) - 0.27 * 100 * down  # of a face whose mouth lies in its place
    there = replace(face, box=np.concatenate([middle - 50, middle + 50]))
    astray = replace(there, points=there.points + 30 * down)
    for shown, whole, covered in ((there, False, True), (astray, False, False), (astray, True, True)):
        alpha = region_alpha(mouth_masks(shown, FRAME), shown, Region.AROUND, 0.4, whole=whole)
        assert bool(alpha[120, 160] > 0.9) == covered
        box = mouth_box(shown, 320, 240, YUV420, 0.4, whole=whole)
        assert (box.x0 <= 160 < box.x1 and box.y0 <= 120 < box.y1) or not covered
