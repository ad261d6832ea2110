"""Owns seeing a drawn batch again, moved and lit anew on the training device; must not know losses.

Where pictures are drawn more slowly than a network learns from them, each is used several times (data
echoing: Choi, Passos, Shallue, Dahl, 2019), as another camera would have seen it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.again import moved_maps, moved_points
from training.loop import Batch

SHIFT, TURN, GROWTH = 2.0, 0.08, 0.06  # standard deviations: crop pixels, radians, log scale
GAMMA, GAIN, CAST, NOISE = 0.15, 0.12, 0.05, 0.02


def varied(batch: Batch) -> Batch:
    """The same mouths through a similarity each, in other light and noise; draws from torch's own generator.

    What lies beyond the picture counts for nothing, as beyond a frame's edge.
    """
    side = batch["image"].shape[-1]
    move = similarities(len(batch["image"]), side)
    there = move.to(batch["image"].device)
    whole = _square(there)
    other = dict(batch)
    light = [torch.randn(len(move), n, 1, 1).to(there.device) for n in (1, 1, 3)]
    for name in ("image", "again"):
        other[name] = _lit(moved_maps(batch[name], there, "reflection"), *light)
    for name in ("classes", "covered"):
        other[name] = moved_maps(batch[name], there)
    other["prior"] = moved_maps(batch["prior"], at_scale(there, batch["prior"].shape[-1] / side))
    for name in ("lips", "guess"):
        other[name] = moved_points(batch[name], there)
    between = whole @ _square(batch["move"]) @ torch.linalg.inv(whole)
    other["move"] = between[:, :2]
    return other


def similarities(count: int, side: int) -> Tensor:
    """(count, 2, 3) small ones about a crop's middle, in its pixels."""
    turn, growth = TURN * torch.randn(count), torch.exp(GROWTH * torch.randn(count))
    shift, middle = SHIFT * torch.randn(count, 2), (side - 1) / 2
    c, s = growth * torch.cos(turn), growth * torch.sin(turn)
    linear = torch.stack([torch.stack([c, -s], 1), torch.stack([s, c], 1)], 1)
    offset = middle + shift - linear.sum(2) * middle
    return torch.cat([linear, offset[:, :, None]], 2)


def at_scale(move: Tensor, scale: float) -> Tensor:
    """(n, 2, 3) affines in pixels of a map that is `scale` times as large, whose pixels share outer edges."""
    linear, offset = move[:, :, :2], move[:, :, 2]
    edge = 0.5 / scale - 0.5  # of the small map's first pixel's middle in the large one's pixels
    onto = scale * (linear.sum(2) * edge + offset - edge)
    return torch.cat([linear, onto[:, :, None]], 2)


def _square(move: Tensor) -> Tensor:
    whole = torch.nn.functional.pad(move, (0, 0, 0, 1))
    whole[:, 2, 2] = 1
    return whole


def _lit(image: Tensor, gamma: Tensor, gain: Tensor, cast: Tensor) -> Tensor:
    """(n, 3, s, s) 0..1 with another gamma, exposure and cast, and noise of its own."""
    lit = image.clamp(min=1e-3) ** torch.exp(GAMMA * gamma) * torch.exp(GAIN * gain + CAST * cast)
    noise = NOISE * torch.rand(len(image), 1, 1, 1, device=image.device) * torch.randn_like(image)
    return (lit + noise).clamp(0, 1)
