"""Owns how the locator is trained: dlib's own boxes on the training pictures, and pictures without a face.

python -m training locator --data DATA --out OUT
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from lipfx.core.geometry import Pose, crop_affine, mouth_pose, transform
from lipfx.core.values import Float64
from lipfx.tcnn.crops import LOCATOR_EXTENT, LOCATOR_SIDE, anchors_pose, face_pose
from lipfx.tcnn.locator import Locator
from training.augment import Jitter, recoloured, stretched
from training.camera import degraded
from training.data import Sample
from training.loop import Batch, Losses, Schedule, Trainer, batches
from training.patches import Image, warp_reduced
from training.unseen import Detector, detect, usual_box

SCHEDULE = Schedule(epochs=60, batch=64, rate=3e-3, decay=0.01, average=0.998)
JITTER = Jitter(shift=0.1, angle=0.2, scale=0.13)
PATCH_EXTENT = 3.0
PATCH_SIDE = 192
MIRROR = [1, 0, 3, 2, 4, 5]
EMPTY_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class FacePatch:
    """A face's surroundings: three boxes wide, image (192, 192, 3) uint8, anchors (6, 2) in its pixels."""

    image: Image
    anchors: Float64
    found: bool


def cut_face(sample: Sample, detector: Detector) -> FacePatch:
    """One sample's face; the box is dlib's where it holds the mouth, else the usual one."""
    image = sample.read()
    pose = mouth_pose(sample.lips)
    fitting = [
        b
        for b in detect(detector, image)
        if b[0] < pose.x < b[2]
        and (b[1] + b[3]) / 2 < pose.y < b[3] + 0.2 * (b[3] - b[1])
        and 1.5 * pose.size < b[2] - b[0] < 5 * pose.size
    ]
    box = fitting[0] if fitting else usual_box(pose)
    affine = crop_affine(face_pose(box), PATCH_EXTENT, PATCH_SIDE)
    return FacePatch(
        warp_reduced(image, affine, PATCH_SIDE, 1), transform(affine, sample.anchors), bool(fitting)
    )


@dataclass(frozen=True, slots=True)
class FaceCrops:
    """64 px crops around faces, off dlib's box by JITTER; a share of them without a face."""

    faces: Sequence[FacePatch]
    empty: Sequence[Image]
    training: bool = True

    def __len__(self) -> int:
        return len(self.faces)

    def draw(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        """image (3, 64, 64), anchors (6, 2) in crop sides from the middle (NaN unknown), mouth 0 or 1."""
        if self.empty and rng.random() < EMPTY_SHARE:
            return self._nothing(rng)
        face = self.faces[index]
        image, anchors = face.image, face.anchors
        if self.training and rng.random() < 0.5:
            image = np.ascontiguousarray(image[:, ::-1])
            anchors = (anchors * (-1, 1) + (PATCH_SIDE - 1, 0))[MIRROR]
        middle = (PATCH_SIDE - 1) / 2
        pose = JITTER.pose(Pose(middle, middle, PATCH_SIDE / PATCH_EXTENT, 0.0), rng)
        affine = crop_affine(pose, LOCATOR_EXTENT, LOCATOR_SIDE)
        if self.training:
            affine = stretched(affine, LOCATOR_SIDE, rng)
        crop = warp_reduced(image, affine, LOCATOR_SIDE, 1)
        if self.training:
            crop = degraded(recoloured(crop, rng), rng)
        return _tensors(crop, (transform(affine, anchors) - (LOCATOR_SIDE - 1) / 2) / LOCATOR_SIDE, 1.0)

    def _nothing(self, rng: np.random.Generator) -> dict[str, Any]:
        draw = rng.random()
        if draw < 0.6:
            picture = self.empty[int(rng.integers(len(self.empty)))]
            size, at = picture.shape[0] / LOCATOR_EXTENT, np.full(2, (picture.shape[0] - 1) / 2)
        else:
            picture = self.faces[int(rng.integers(len(self.faces)))].image
            size = PATCH_SIDE / PATCH_EXTENT * rng.choice([0.45, 0.55, 2.0])
            away = (
                rng.uniform(0.75, 1.0) * PATCH_SIDE / PATCH_EXTENT
                if size > PATCH_SIDE / PATCH_EXTENT
                else 0.0
            )
            turn = rng.uniform(0, 2 * np.pi)
            at = (PATCH_SIDE - 1) / 2 + (away + 20) * np.array([np.cos(turn), np.sin(turn)])
        pose = Pose(float(at[0]), float(at[1]), float(size), float(rng.normal() * 0.3))
        crop = warp_reduced(picture, crop_affine(pose, LOCATOR_EXTENT, LOCATOR_SIDE), LOCATOR_SIDE, 1)
        return _tensors(degraded(recoloured(crop, rng), rng), np.full((6, 2), np.nan), 0.0)


def _tensors(image: NDArray[np.uint8], anchors: Float64, mouth: float) -> dict[str, Any]:
    return {
        "image": torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255),
        "anchors": torch.from_numpy(anchors.astype(np.float32)),
        "mouth": np.float32(mouth),
    }


def loss(model: nn.Module, batch: Batch) -> Losses:
    """Mean distance of the known anchors in crop sides, and cross entropy of 'a face with a mouth'."""
    anchors, mouth = model(batch["image"])
    known = torch.isfinite(batch["anchors"]).all(-1)
    error = (anchors - batch["anchors"].nan_to_num()).pow(2).sum(-1).add(1e-8).sqrt()
    points = (error * known).sum() / known.sum().clamp(min=1)
    seen = functional.binary_cross_entropy_with_logits(mouth, batch["mouth"])
    return {"loss": 10 * points + seen, "points": points, "mouth": seen}


def validator(data: FaceCrops, seed: int) -> Callable[[nn.Module], dict[str, float]]:
    """Mouth anchors' error in percent of the mouth's width, and the share of right answers to 'a mouth?'."""
    fixed = list(batches(data, 64, seed, 0, workers=0, shuffle=False))

    def validate(model: nn.Module) -> dict[str, float]:
        device = next(model.parameters()).device
        errors, right = [], []
        for batch in fixed:
            anchors, mouth = model(batch["image"].to(device))
            right.append((mouth.cpu() > 0) == (batch["mouth"] > 0.5))
            here = batch["mouth"] > 0.5
            truth = batch["anchors"][here][:, 2:]
            width = (truth[:, 1] - truth[:, 0]).norm(dim=-1, keepdim=True)
            errors.append(((anchors.cpu()[here][:, 2:] - truth).norm(dim=-1) / width).mean(1))
        return {
            "error": 100 * float(torch.cat(errors).mean()),
            "right": float(torch.cat(right).float().mean()),
        }

    return validate


def train(
    data: FaceCrops, validation: FaceCrops, folder: Path, *, seed: int, schedule: Schedule, workers: int
) -> Locator:
    """Trains a locator; resumes from `folder` where it stopped."""
    torch.manual_seed(seed)
    trainer = Trainer("locator", Locator(), loss, schedule, folder, seed=seed, workers=workers)
    kept = trainer.run(data, validator(validation, seed))
    assert isinstance(kept, Locator)
    return kept


def placement(model: Locator, data: FaceCrops, seed: int) -> Float64:
    """(n, 4) how the located pose errs: shift x, y in mouth sizes, angle in radians, log scale.

    This is what the crops of the next stage have to bear; compare with training.base.JITTER.
    """
    rows = []
    for batch in batches(data, 64, seed, 0, workers=0, shuffle=False):
        with torch.inference_mode():
            anchors, _ = model(batch["image"])
        for guess, truth in zip(anchors.double().numpy(), batch["anchors"].double().numpy(), strict=True):
            if np.isfinite(truth).all():
                a, b = anchors_pose(guess), anchors_pose(truth)
                rows.append(
                    [(a.x - b.x) / b.size, (a.y - b.y) / b.size, a.angle - b.angle, np.log(a.size / b.size)]
                )
    return np.array(rows)
