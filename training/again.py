"""Owns a second look at the same mouth, as the next frame of a video gives it; must not know networks.

Between two frames a crop's place moves a little, with the prior that places it, and noise and codec change.
What is drawn must stay on the mouth: how far it does not is a loss of its own.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lipfx.core.geometry import Pose, crop_affine
from lipfx.core.values import Float64
from training.augment import Jitter
from training.camera import encoded
from training.patches import Image

NEXT = Jitter(shift=0.015, angle=0.02, scale=0.015)  # in crop sides: how a crop's place moves in a frame
NOISE = (0.5, 5.0)
ENCODED = 0.3
ROOM = 8  # of a sum of coverage, so that small mouths do not divide by nothing


def next_frame(image: Image, rng: np.random.Generator) -> tuple[Image, Float64]:
    """A (side, side, 3) crop as the next frame shows it, and the (2, 3) affine from the first to it."""
    side = image.shape[0]
    middle = (side - 1) / 2
    move = crop_affine(NEXT.pose(Pose(middle, middle, float(side), 0.0), rng), 1.0, side)
    moved = cv2.warpAffine(
        image, move, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    noise = rng.standard_normal(image.shape, dtype=np.float32) * float(rng.uniform(*NOISE))
    shown = np.asarray(np.clip(moved + noise, 0, 255), dtype=np.uint8)
    if rng.random() < ENCODED:
        shown = encoded(shown, int(rng.integers(20, 34)), rng)
    return shown, move


def moved_points(points: Tensor, move: Tensor) -> Tensor:
    """(n, p, 2) points through (n, 2, 3) affines."""
    return points @ move[:, :, :2].transpose(1, 2) + move[:, None, :, 2]


def moved_maps(maps: Tensor, move: Tensor, beyond: str = "zeros") -> Tensor:
    """(n, c, s, s) maps through (n, 2, 3) affines in pixels; `beyond`, torch's padding, where they end."""
    side = maps.shape[-1]
    whole = functional.pad(move, (0, 0, 0, 1))
    whole[:, 2, 2] = 1
    back = torch.linalg.inv(whole)[:, :2]
    # affine_grid counts from -1 to 1 between the outer edges of the outer pixels
    linear, offset = back[:, :, :2], back[:, :, 2]
    middle = (side - 1) / 2
    offset = (offset + linear.sum(2) * middle - middle) * (2 / side)
    grid = functional.affine_grid(torch.cat([linear, offset[:, :, None]], 2), list(maps.shape), False)
    return functional.grid_sample(maps, grid, padding_mode=beyond, align_corners=False)


def flicker(first: Tensor, second: Tensor, move: Tensor) -> Tensor:
    """(n,) how much of the coverage of the classes but the background changes between two looks.

    first, second: (n, 4, s, s) probabilities of each look.
    """
    own, expected = second[:, 1:], moved_maps(first[:, 1:], move)
    inside = moved_maps(torch.ones_like(first[:, :1]), move)
    change = ((own - expected).abs() * inside).sum((1, 2, 3))
    return change / (first[:, 1:].sum((1, 2, 3)) + ROOM)
