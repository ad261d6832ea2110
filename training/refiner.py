"""Owns how the refiner is trained; must not know the other networks.

python -m training refiner --data DATA --out OUT
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lipfx.core.geometry import Pose, crop_affine, inverse, mouth_pose, transform
from lipfx.core.values import Float32, Float64
from lipfx.tcnn.crops import (
    NETWORK_EXTENT,
    NETWORK_SIDE,
    REFINER_EXTENT,
    REFINER_SIDE,
    prior_classes,
)
from lipfx.tcnn.network import BaseNetwork
from lipfx.tcnn.refiner import Refiner
from training.augment import (
    Image,
    cut,
    degraded,
    mirrored,
    occluder,
    recoloured,
    stretched,
)
from training.base import FAR, NEAR
from training.loop import Batch, Losses, Schedule, Trainer, batches
from training.patches import MouthPatch, warp_reduced
from training.truth import truth_classes

SCHEDULE = Schedule(epochs=90, batch=32, rate=3e-3, decay=0.02, average=0.999)
SETTLING = Schedule(epochs=14, batch=32, rate=6e-4, decay=0.02, average=0.999)
HARD = 0.6
SETTLING_HARD = 0.25
MILD = 0.35
ASTRAY = 0.08
UNKNOWN_STYLE = 0.5
POINT_WEIGHT = {True: 1.0, False: 0.3}


@dataclass(frozen=True, slots=True)
class RefinerData:
    """Mouths (and pictures without one) as the refiner meets them: placed by what the base network guesses.

    The guess must come from the picture alone: truth with noise added would tell the refiner how this very
    mouth was annotated, which nothing tells it later. The base is asked from where the locator puts it (FAR)
    or from where the frame before does (NEAR). shares: how much of an epoch each set takes, by source.
    hard: share of the draws that are augmented in full; the others are nearly as the pictures are.
    training: False draws without augmentation.
    """

    base: BaseNetwork
    mouths: Sequence[MouthPatch]
    empty: Sequence[Image]
    shares: Sequence[float]
    length: int
    hard: float = HARD
    training: bool = True

    def __len__(self) -> int:
        return self.length

    def draw(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        """image (3, 96, 96), prior (3, 48, 48), classes (4, 96, 96), lips and guess (56, 2), and scalars."""
        if not self.training:
            return self._item(self.mouths[index], rng)
        if self.empty and rng.random() < 0.06:
            return self._nothing(rng)
        patch = self._pick(rng)
        return self._item(mirrored(patch) if rng.random() < 0.5 else patch, rng)

    def _pick(self, rng: np.random.Generator) -> MouthPatch:
        source = int(rng.choice(len(self.shares), p=np.asarray(self.shares) / sum(self.shares)))
        own = [p for p in self.mouths if p.source == source]
        return own[int(rng.integers(len(own)))]

    def _item(self, patch: MouthPatch, rng: np.random.Generator) -> dict[str, Any]:
        guess = self._guess(patch, rng)
        pose = mouth_pose(guess)
        mild = not self.training or rng.random() >= self.hard
        if not mild and rng.random() < ASTRAY:
            pose = astray(pose, rng)
        affine = crop_affine(pose, REFINER_EXTENT, REFINER_SIDE)
        if self.training:
            affine = stretched(affine, REFINER_SIDE, rng)
        if mild:
            image = warp_reduced(patch.image, affine, REFINER_SIDE, 1)
            image = recoloured(image, rng, MILD) if self.training else image
        else:
            image = recoloured(cut(patch.image, affine, REFINER_SIDE, rng), rng)
        classes = truth_classes(patch, affine, REFINER_SIDE)
        lips = float(classes[1:3].sum())
        whole = max(1.0, _lip_area(patch, affine))
        if not mild and rng.random() < 0.3:
            texture, cover = occluder(REFINER_SIDE, self.mouths, patch.image, rng)
            texture = recoloured(texture, rng) if rng.random() < 0.3 else texture
            image = np.asarray(
                image + cover[..., None] * (texture.astype(np.float32) - image), dtype=np.uint8
            )
            classes = classes * (1 - cover)
            classes[0] += cover
            lips = float(classes[1:3].sum())
        if not mild:
            image = degraded(image, rng)
        return _tensors(
            image,
            transform(affine, guess),
            classes,
            transform(affine, patch.lips),
            self._style(patch.source, rng),
            POINT_WEIGHT[patch.precise],
            min(1.0, lips / whole),
        )

    def _style(self, source: int, rng: np.random.Generator) -> int:
        """The annotator, or in half of the draws the style that leaves the outline to the picture."""
        return len(self.shares) if self.training and rng.random() < UNKNOWN_STYLE else source

    def _guess(self, patch: MouthPatch, rng: np.random.Generator) -> Float64:
        """(56, 2) the base's answer in patch pixels, from a crop that is off as it will be in use."""
        jitter = FAR if not self.training or rng.random() < 0.5 else NEAR
        affine = crop_affine(jitter.pose(mouth_pose(patch.lips), rng), NETWORK_EXTENT, NETWORK_SIDE)
        if self.training:
            crop = degraded(recoloured(cut(patch.image, affine, NETWORK_SIDE, rng), rng), rng)
        else:
            crop = warp_reduced(patch.image, affine, NETWORK_SIDE, 1)
        with torch.inference_mode():
            image = torch.from_numpy(crop.transpose(2, 0, 1).astype(np.float32)[None] / 255)
            points = self.base(image)[0].double().numpy()
        return transform(inverse(affine), points * NETWORK_SIDE + (NETWORK_SIDE - 1) / 2)

    def _nothing(self, rng: np.random.Generator) -> dict[str, Any]:
        picture = self.empty[int(rng.integers(len(self.empty)))]
        lips = self.mouths[int(rng.integers(len(self.mouths)))].lips
        size = picture.shape[0] * rng.uniform(0.3, 0.7)
        x, y = rng.uniform(0.3, 0.7, 2) * picture.shape[0]
        pose = Pose(float(x), float(y), float(size), float(rng.normal() * 0.3))
        image = warp_reduced(picture, crop_affine(pose, REFINER_EXTENT, REFINER_SIDE), REFINER_SIDE, 1)
        guess = transform(crop_affine(mouth_pose(lips), REFINER_EXTENT, REFINER_SIDE), lips)
        classes = np.zeros((4, REFINER_SIDE, REFINER_SIDE), np.float32)
        classes[0] = 1
        return _tensors(
            degraded(recoloured(image, rng), rng), guess, classes, guess, len(self.shares), 0.0, 0.0
        )


def astray(pose: Pose, rng: np.random.Generator) -> Pose:
    """A pose that misses the mouth by a third of its size or more."""
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.9) * pose.size
    return Pose(
        pose.x + reach * np.cos(angle),
        pose.y + reach * np.sin(angle),
        pose.size * float(np.exp(rng.normal() * 0.2)),
        pose.angle + rng.normal() * 0.2,
    )


def _lip_area(patch: MouthPatch, affine: Float64) -> float:
    """Area of the lips in crop pixels, whether inside the crop or not."""
    wide = affine.copy()
    wide[:, :2] *= 0.5
    wide[:, 2] = wide[:, 2] * 0.5 + REFINER_SIDE / 4
    return 4 * float(truth_classes(patch, wide, REFINER_SIDE)[1:3].sum())


def _tensors(
    image: Image,
    guess: Float64,
    classes: Float32,
    lips: Float64,
    style: int,
    weight: float,
    visible: float,
) -> dict[str, Any]:
    return {
        "image": torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255),
        "prior": torch.from_numpy(prior_classes(guess)),
        "classes": torch.from_numpy(np.ascontiguousarray(classes, dtype=np.float32)),
        "guess": torch.from_numpy(guess.astype(np.float32)),
        "lips": torch.from_numpy(lips.astype(np.float32)),
        "style": style,
        "weight": np.float32(weight),
        "visible": np.float32(visible),
    }


def loss(model: nn.Module, batch: Batch) -> Losses:
    """Cross entropy and soft Dice of the classes, L1 of the landmarks, cross entropy of the visible share."""
    device = batch["image"].device.type
    with torch.autocast(device, torch.bfloat16):
        logits, offsets, visible = model(
            batch["image"].to(memory_format=torch.channels_last), batch["prior"], batch["style"]
        )
    logits, offsets, visible = logits.float(), offsets.float(), visible.float()
    entropy = functional.cross_entropy(logits, batch["classes"])
    dice = soft_dice(logits.softmax(1), batch["classes"])
    error = (batch["guess"] + offsets - batch["lips"]).abs().sum(-1).mean(-1)
    weight = batch["weight"] * (batch["visible"] > 0.3)
    points = (error.clamp(max=12) * weight).sum() / weight.sum().clamp(min=1)
    seen = functional.binary_cross_entropy_with_logits(visible, batch["visible"])
    total = entropy + 0.5 * dice + 0.06 * points + 0.2 * seen
    return {"loss": total, "entropy": entropy, "dice": dice, "points": points, "visible": seen}


def soft_dice(probability: Tensor, classes: Tensor) -> Tensor:
    """One minus the Dice overlap of each picture's lips and inner mouth, averaged where there is a mouth."""
    parts = []
    for members in ([1], [2], [3], [1, 2]):
        p, t = probability[:, members].sum((1, 2, 3)), classes[:, members].sum((1, 2, 3))
        both = (probability[:, members].sum(1) * classes[:, members].sum(1)).sum((1, 2))
        score = 1 - (2 * both + 8) / (p + t + 8)
        parts.append((score * (t > 20)).sum() / (t > 20).sum().clamp(min=1))
    return torch.stack(parts).mean()


def validator(data: RefinerData, seed: int, workers: int) -> Callable[[nn.Module], dict[str, float]]:
    """On fixed held-out draws and the style that is shipped: lips F1 a picture by set, landmark error of the
    precise ones in percent of the mouth's size. 'error' is one minus the mean F1 of the sets.
    """
    fixed = list(batches(data, 32, seed, 0, workers=workers, shuffle=False))

    def validate(model: nn.Module) -> dict[str, float]:
        device = next(model.parameters()).device
        scores: dict[int, list[Tensor]] = {}
        error = []
        for batch in fixed:
            shipped = torch.full_like(batch["style"], len(data.shares))
            logits, offsets, _ = model(
                batch["image"].to(device), batch["prior"].to(device), shipped.to(device)
            )
            f1 = lips_f1(logits.cpu().argmax(1), batch["classes"].argmax(1))
            for source in set(batch["style"].tolist()):
                scores.setdefault(source, []).append(f1[batch["style"] == source])
            away = (batch["guess"] + offsets.cpu() - batch["lips"]).norm(dim=-1).mean(-1)
            error.append(away[batch["weight"] == 1] * REFINER_EXTENT / REFINER_SIDE * 100)
        by_set = {f"f1_{k}": float(torch.cat(v).mean()) for k, v in sorted(scores.items())}
        mean = sum(by_set.values()) / len(by_set)
        return {"error": 1 - mean, "nme_mouth": float(torch.cat(error).mean())} | by_set

    return validate


def lips_f1(guess: Tensor, truth: Tensor) -> Tensor:
    """(n,) F1 of upper and lower lip together, of (n, h, w) class maps."""
    a, b = (guess == 1) | (guess == 2), (truth == 1) | (truth == 2)
    overlap: Tensor = 2 * (a & b).sum((1, 2)) / (a.sum((1, 2)) + b.sum((1, 2))).clamp(min=1)
    return overlap


def train(
    data: RefinerData,
    validation: RefinerData,
    folder: Path,
    *,
    seed: int,
    schedule: Schedule,
    settling: Schedule,
    workers: int,
    start: Mapping[str, NDArray[Any]] | None = None,
) -> Refiner:
    """Trains a refiner, new or from the state `start`; resumes from `folder` where it stopped.

    It settles on pictures that are mostly as they are: use is gentler than augmentation.
    The last of its styles is the one that leaves the outline to the picture: what is shipped.
    """
    torch.manual_seed(seed)
    model = Refiner(styles=len(data.shares) + 1)
    if start is not None:
        model.load_state_dict(with_styles(start, model.styles))
    validate = validator(validation, seed, workers)
    trainer = Trainer("refiner", model, loss, schedule, folder, seed=seed, workers=workers)
    kept = copy.deepcopy(trainer.run(data, validate))
    calm = replace(data, hard=SETTLING_HARD)
    trainer = Trainer("refiner-settling", kept, loss, settling, folder, seed=seed, workers=workers)
    settled = trainer.run(calm, validate)
    assert isinstance(settled, Refiner)
    return settled


def lean(model: Refiner, towards: Sequence[int], share: float) -> None:
    """Moves the style that is shipped, the last, by `share` (0..1) of the way to the mean of others."""
    with torch.no_grad():
        for style in (model.style_coarse.weight, model.style_fine.weight):
            style[-1].lerp_(style[list(towards)].mean(0), share)


def with_styles(state: Mapping[str, NDArray[Any]], styles: int) -> dict[str, Tensor]:
    """A refiner's state for other data sets: every style starts as the mean of those it had."""
    tensors = {k: torch.from_numpy(v) for k, v in state.items()}
    for name in [k for k in tensors if k.startswith("style_")]:
        tensors[name] = tensors[name].mean(0, keepdim=True).repeat(styles, 1)
    return tensors
