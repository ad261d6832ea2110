"""Echoes of a batch: every part of a sample moves with its picture."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from training.again import moved_maps, moved_points
from training.echoes import at_scale, similarities, varied

SIDE = 96


def _batch(count: int) -> dict[str, torch.Tensor]:
    """A bright square on black with its centre as the only landmark, seen again a little further right."""
    classes = torch.zeros(count, 4, SIDE, SIDE)
    classes[:, 0] = 1
    classes[:, 0, 40:60, 30:50], classes[:, 1, 40:60, 30:50] = 0, 1
    move = torch.tensor([[1.0, 0, 3], [0, 1, 0]]).repeat(count, 1, 1)
    image = 0.1 + 0.7 * classes[:, 1:2].repeat(1, 3, 1, 1)
    prior = torch.nn.functional.avg_pool2d(classes[:, 1:], 2)
    points = torch.tensor([[39.5, 49.5]]).repeat(count, 1, 1)
    return {
        **{"image": image, "again": moved_maps(image, move, "border"), "move": move, "prior": prior},
        **{"classes": classes, "covered": classes[:, 1:2], "lips": points, "guess": points + 1},
    }


def _middle(mask: torch.Tensor) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rows, columns = np.indices(mask.shape[-2:])
    share = mask.double().numpy() / float(mask.sum())
    return np.array([(share * columns).sum(), (share * rows).sum()])


def test_truth_prior_and_points_move_with_the_picture() -> None:
    torch.manual_seed(1)
    before = _batch(16)
    after = varied(before)
    seen = (after["image"].mean(1) > 0.4).double()
    again = (after["again"].mean(1) > 0.4).double()
    moved = 0.0
    for k in range(16):
        place = _middle(after["classes"][k, 1])
        moved = max(moved, float(np.abs(place - _middle(before["classes"][k, 1])).max()))
        assert np.abs(_middle(seen[k]) - place).max() < 0.5
        assert np.abs(_middle(after["covered"][k, 0]) - place).max() < 0.05
        assert np.abs(2 * _middle(after["prior"][k, 0]) + 0.5 - place).max() < 0.05
        assert np.abs(after["lips"][k, 0].numpy() - place).max() < 0.05
        onward = moved_points(after["lips"][k : k + 1], after["move"][k : k + 1])[0, 0].numpy()
        assert np.abs(onward - _middle(again[k])).max() < 0.5
    assert moved > 3
    assert (after["image"] - before["image"]).abs().mean() > 0.01


def test_a_map_of_half_the_size_moves_as_the_whole_one_does() -> None:
    torch.manual_seed(2)
    (move,) = similarities(1, SIDE)
    spot = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(spot, (60, 30), 8, (1.0,), -1)
    moved = cv2.warpAffine(spot, move.double().numpy(), (SIDE, SIDE))
    half = torch.from_numpy(cv2.resize(spot, (48, 48), interpolation=cv2.INTER_AREA))[None, None]
    told = moved_maps(half, at_scale(move[None], 0.5))[0, 0]
    assert np.abs(2 * _middle(told) + 0.5 - _middle(torch.from_numpy(moved))).max() < 0.1
