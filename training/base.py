"""Owns how the base TCNN is trained; must not know router, refiner or locator.

python -m training base --data DATA --out OUT
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lipfx.core.geometry import crop_affine, mouth_pose, transform
from lipfx.tcnn.crops import NETWORK_EXTENT, NETWORK_SIDE
from lipfx.tcnn.network import BaseNetwork
from training.augment import Jitter, mirrored, recoloured, stretched
from training.camera import cut, degraded
from training.drawings import occluder
from training.loop import Batch, Losses, Schedule, Trainer, batches
from training.patches import Image, MouthPatch, warp_reduced

SCHEDULE = Schedule(epochs=120, batch=64, rate=2e-3, decay=1e-4, average=0.999)
FAR = Jitter(shift=0.09, angle=0.12, scale=0.12)
NEAR = Jitter(shift=0.03, angle=0.04, scale=0.04)
POINT_WEIGHT = {True: 1.0, False: 0.3}
OCCLUDER_SIDE = 96


@dataclass(frozen=True, slots=True)
class MouthCrops:
    """40 px crops around mouths, off the truth by `jitter`; `training` augments them.

    FAR is what the locator errs, NEAR what a crop placed by an earlier answer does.
    """

    mouths: Sequence[MouthPatch]
    repeats: int = 1
    training: bool = True
    jitter: Jitter = FAR

    def __len__(self) -> int:
        return len(self.mouths) * self.repeats

    def draw(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        """image (3, 40, 40) float32 0..1, points (56, 2) in crop sides from the middle, weight, index."""
        own = index % len(self.mouths)
        patch = self.mouths[own]
        if self.training and rng.random() < 0.5:
            patch = mirrored(patch)
        affine = crop_affine(self.jitter.pose(mouth_pose(patch.lips), rng), NETWORK_EXTENT, NETWORK_SIDE)
        if self.training:
            affine = stretched(affine, NETWORK_SIDE, rng, 0.06)
            image = recoloured(cut(patch.image, affine, NETWORK_SIDE, rng), rng)
            if rng.random() < 0.15:
                image = self._covered(image, patch, rng)
            image = degraded(image, rng)
        else:
            image = warp_reduced(patch.image, affine, NETWORK_SIDE, 1)
        points = (transform(affine, patch.lips) - (NETWORK_SIDE - 1) / 2) / NETWORK_SIDE
        return {
            "image": torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255),
            "points": torch.from_numpy(points.astype(np.float32)),
            "weight": np.float32(POINT_WEIGHT[patch.precise]),
            "index": own,
        }

    def _covered(self, image: Image, patch: MouthPatch, rng: np.random.Generator) -> Image:
        texture, cover = occluder(NETWORK_SIDE, self.mouths, patch.image, rng)
        return np.asarray(image + cover[..., None] * (texture.astype(np.float32) - image), dtype=np.uint8)


def loss(model: nn.Module, batch: Batch) -> Losses:
    """Mean distance of the landmarks (crop sides), each picture weighted by how precise its points are."""
    error = (model(batch["image"]) - batch["points"]).pow(2).sum(-1).add(1e-8).sqrt().mean(-1)
    weighted = (error * batch["weight"]).sum() / batch["weight"].sum()
    return {"loss": weighted}


def point_errors(model: nn.Module, data: MouthCrops, seed: int) -> Tensor:
    """(n,) mean landmark error of each crop in percent of the mouth's size."""
    errors = []
    for batch in batches(data, 64, seed, 0, workers=0, shuffle=False):
        device = next(model.parameters()).device
        away = (model(batch["image"].to(device)).cpu() - batch["points"]).norm(dim=-1).mean(-1)
        size = torch.stack([size_of(p) for p in batch["points"]])
        errors.append(100 * away / size)
    return torch.cat(errors)


def size_of(points: Tensor) -> Tensor:
    """The mouth's size, a scalar, of (56, 2) points, in their unit."""
    return torch.tensor(mouth_pose(points.double().numpy()).size)


def validator(data: MouthCrops, seed: int) -> Callable[[nn.Module], dict[str, float]]:
    """Landmark error in percent of the mouth's size, on fixed held-out draws."""

    def validate(model: nn.Module) -> dict[str, float]:
        return {"error": float(point_errors(model, data, seed).mean())}

    return validate


def normalise(model: BaseNetwork, data: MouthCrops, seed: int) -> None:
    """Sets the mean and deviation images from unaugmented crops of the training set."""
    plain = MouthCrops(data.mouths, training=False)
    images = torch.cat([b["image"] for b in batches(plain, 64, seed, 0, workers=0, shuffle=False)])
    model.backbone.mean.copy_(images.mean(0))
    model.backbone.deviation.copy_(images.std(0).clamp(min=0.05))


def train(
    data: MouthCrops, validation: MouthCrops, folder: Path, *, seed: int, schedule: Schedule, workers: int
) -> BaseNetwork:
    """Trains a base network; resumes from `folder` where it stopped."""
    torch.manual_seed(seed)
    model = BaseNetwork()
    normalise(model, data, seed)
    trainer = Trainer("base", model, loss, schedule, folder, seed=seed, workers=workers)
    kept = trainer.run(data, validator(validation, seed))
    assert isinstance(kept, BaseNetwork)
    return kept
