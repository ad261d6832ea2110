"""Augmentation: repeatable by its seed, and what it does to picture and truth fits together."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from lipfx.core.geometry import crop_affine, mouth_pose, transform
from lipfx.tcnn.network import BaseNetwork
from tests.helpers.mouths import outline
from training.again import flicker, moved_maps, moved_points, next_frame
from training.camera import encoded, filmed
from training.cutouts import Cutouts
from training.framing import framed
from training.patches import EXTENT, MOUTH_PIXELS, MouthPatch
from training.refiner_data import RefinerData
from training.truth import closed, polygon_classes

SIDE = round(MOUTH_PIXELS * EXTENT)
BLUE = (255, 0, 0)


def _patch(opening: float = 0.2) -> MouthPatch:
    lips = outline(MOUTH_PIXELS, opening) + np.full(2, SIDE / 2)
    image = np.full((SIDE, SIDE, 3), (200, 160, 140), np.uint8)
    cv2.fillPoly(image, [np.round(lips[:28]).astype(np.int32)], (190, 80, 90))
    return MouthPatch("drawn", image, lips, None, True, 0)


@pytest.fixture
def cutouts(tmp_path: Path) -> Cutouts:
    """Blue squares with a clear rim, the first of which is for measuring."""
    (tmp_path / "objects").mkdir()
    for name, colour in (("0", (0, 255, 0)), ("1", BLUE), ("2", BLUE)):
        image = np.zeros((80, 80, 4), np.uint8)
        image[20:60, 20:60] = (*colour, 255)
        cv2.imwrite(str(tmp_path / f"objects/{name}.png"), image)
    return Cutouts(tmp_path)


def test_a_cutout_covers_what_it_says_and_none_is_one_for_measuring(cutouts: Cutouts) -> None:
    patch = _patch()
    for seed in range(20):
        image, cover = cutouts.over(patch, [patch], np.random.default_rng(seed))
        hidden, free = image[cover > 0.99].astype(int), image[cover == 0].astype(int)
        assert (hidden[:, 2] > hidden[:, 0]).all()
        assert (hidden[:, 2] > hidden[:, 1]).all()
        assert (free[:, 0] > free[:, 2]).all()


def test_a_seed_repeats_a_draw_to_the_last_digit(cutouts: Cutouts) -> None:
    patch = _patch()
    data = RefinerData(
        BaseNetwork(), [patch], [patch.image], ["drawn"], [1.0], 8, cutouts, hard=1.0, covered=1.0
    )
    for seed in range(8):
        one, other = (data.draw(0, np.random.default_rng(seed)) for _ in range(2))
        for name, value in one.items():
            np.testing.assert_array_equal(value, other[name])
        np.testing.assert_allclose(one["classes"].sum(0), 1, atol=1e-5)


def test_a_camera_leaves_the_mouth_where_it_is() -> None:
    patch = _patch()
    affine = crop_affine(mouth_pose(patch.lips), 1.5, 96)
    truth = polygon_classes(transform(affine, patch.lips), 96)[1:].sum(0) > 0.5
    for seed in range(20):
        crop = filmed(patch.image, affine, 96, np.random.default_rng(seed)).astype(int)
        lips = crop[..., 0] - crop[..., 1] > 75
        assert (lips & truth).sum() / (lips | truth).sum() > 0.75, seed


def test_x264_takes_any_size_and_repeats_itself() -> None:
    image = cv2.resize(_patch().image, (37, 19))
    once, again = (encoded(np.asarray(image, np.uint8), 38, np.random.default_rng(3)) for _ in range(2))
    assert once.shape == (19, 37, 3)
    np.testing.assert_array_equal(once, again)
    assert 1 < np.abs(once.astype(int) - image).mean() < 20


def test_lips_that_touch_have_no_inner_mouth_and_open_ones_keep_theirs() -> None:
    touching, open_ = outline(60, 0.006), outline(60, 0.2)
    inner = [polygon_classes(closed(lips) + 48, 96)[3].sum() for lips in (touching, open_)]
    assert inner[0] < 0.3 * 48  # less than a third of a pixel wide
    assert inner[1] == polygon_classes(open_ + 48, 96)[3].sum()


def test_the_next_frame_shows_the_same_mouth_where_its_move_says() -> None:
    picture = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8), (0, 0), 4)
    for seed in range(6):
        shown, move = next_frame(np.asarray(picture, np.uint8), np.random.default_rng(seed))
        moves = torch.from_numpy(move[None].astype(np.float32))
        first, again = (
            torch.from_numpy(p.transpose(2, 0, 1)[None].astype(np.float32)) for p in (picture, shown)
        )
        difference = (moved_maps(first, moves) - again)[..., 8:-8, 8:-8].abs().mean()
        assert difference < 6
        assert difference < 0.6 * (first - again)[..., 8:-8, 8:-8].abs().mean() + 3
        points = np.random.default_rng(seed).random((5, 2)) * 96
        here = moved_points(torch.from_numpy(points[None]), torch.from_numpy(move[None]))[0].numpy()
        np.testing.assert_allclose(here, transform(move, points))


def test_what_goes_along_does_not_flicker_and_what_stays_does() -> None:
    classes = torch.from_numpy(polygon_classes(outline(60, 0.2) + 48, 96)[None])
    still, aside = (torch.tensor([[[1.0, 0, dx], [0, 1, 0]]]) for dx in (0, 3))
    assert flicker(classes, classes, still) < 1e-3
    assert flicker(classes, moved_maps(classes, aside), aside) < 1e-3
    assert flicker(classes, classes, aside) > 0.1


def test_a_frames_edge_mirrors_what_is_inside_and_leaves_it_alone() -> None:
    patch = _patch()
    for seed in range(12):
        image, outside = framed(patch, np.random.default_rng(seed))
        inside = outside == 0
        np.testing.assert_array_equal(image[inside], patch.image[inside])
        assert 0 < outside.mean() < 0.75
        rows, columns = outside.any(1), outside.any(0)
        assert rows.all() or columns.all()


def test_beyond_the_frames_edge_no_class_is_known() -> None:
    data = RefinerData(BaseNetwork(), [_patch()], [], ["drawn"], [1.0], 8, covered=0.0)
    sums = [data.draw(0, np.random.default_rng(seed))["classes"].sum(0) for seed in range(60)]
    unknown = [float((s == 0).float().mean()) for s in sums]
    assert 1 <= sum(u > 0.02 for u in unknown) < 20
