"""Owns what the refiner sees in training: mouths as it meets them in use, and worse; must not train it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch

from lipfx.core import helen56
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
from training.again import next_frame
from training.augment import mirrored, recoloured, stretched
from training.base import FAR, NEAR
from training.camera import cut, degraded, filmed
from training.cutouts import Cutouts
from training.data import Truth
from training.drawings import occluder
from training.framing import framed
from training.patches import Image, MouthPatch, warp_reduced
from training.truth import truth_classes

HARD = 0.6
COVERED = 0.42  # share of the draws with something in front of the mouth
PHOTOGRAPHED = 0.75  # of these, with a cut-out where there are any; the others are drawn
DRAWN_SIDE = 176
ENOUGH = 0.5  # share of the lips in sight from which there is no doubt that they are
MILD = 0.35
ASTRAY = 0.08
FRAMED = 0.08  # share of the draws that the frame's edge cuts
UNKNOWN_STYLE = 0.5
POINT_WEIGHT = {Truth.POINTS: 1.0, Truth.CLASSES: 0.3, Truth.MOUTH: 0.0, Truth.NONE: 0.0}
RESAMPLED = 0.3  # the weight of points that were resampled from others


@dataclass(frozen=True, slots=True)
class RefinerData:
    """Mouths (and pictures without one) as the refiner meets them: placed by what the base network guesses.

    The guess must come from the picture alone: truth with noise added would tell the refiner how this very
    mouth was annotated, which nothing tells it later. The base is asked from where the locator puts it (FAR)
    or from where the frame before does (NEAR), and sees what is laid over the mouth.
    names, shares: of the sets, by source: what they are called, and how much of an epoch each takes.
    cutouts: what is laid over mouths, beside drawn things. hard: share of the draws that are augmented in
    full; the others are nearly as the pictures are. covered: share of the draws with something in front of
    the mouth. training: False draws without any other augmentation.
    """

    base: BaseNetwork
    mouths: Sequence[MouthPatch]
    empty: Sequence[Image]
    names: Sequence[str]
    shares: Sequence[float]
    length: int
    cutouts: Cutouts | None = None
    hard: float = HARD
    covered: float = COVERED
    training: bool = True

    def __len__(self) -> int:
        return self.length

    def draw(self, index: int, rng: np.random.Generator) -> dict[str, Any]:
        """image (3, 96, 96), prior (3, 48, 48), classes (4, 96, 96), lips and guess (56, 2), and scalars;
        covered (1, 96, 96), where something is in front of the mouth; again (3, 96, 96) the next frame's
        picture, and move (2, 3) from the first to it.

        Of a picture whose truth is the mouth as a whole (joint), that is class 1. Beyond the frame's edge
        the classes are all 0: what is there counts for nothing.
        """
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
        mild = not self.training or rng.random() >= self.hard
        bare, cover = patch, None
        if rng.random() < self.covered:
            image, cover = self._under(patch, rng)
            patch = replace(patch, image=image)
        outside = None
        if self.training and rng.random() < FRAMED:
            image, outside = framed(patch, rng)
            patch = replace(patch, image=image)
        guess = self._guess(patch, rng)
        pose = mouth_pose(guess)
        if not mild and rng.random() < ASTRAY:
            pose = astray(pose, rng)
        affine = crop_affine(pose, REFINER_EXTENT, REFINER_SIDE)
        if self.training:
            affine = stretched(affine, REFINER_SIDE, rng)
        if mild:
            image = warp_reduced(patch.image, affine, REFINER_SIDE, 1)
            image = recoloured(image, rng, MILD) if self.training else image
        else:
            image = filmed(recoloured(patch.image, rng), affine, REFINER_SIDE, rng)
        classes = truth_classes(bare, affine, REFINER_SIDE)
        whole = max(1.0, _lip_area(bare, affine))
        covered = np.zeros((1, REFINER_SIDE, REFINER_SIDE), np.float32)
        if cover is not None:
            hidden = cv2.warpAffine(cover, affine, (REFINER_SIDE, REFINER_SIDE))
            covered[0] = hidden * classes[1:].sum(0)
            classes = classes * (1 - hidden)
            classes[0] += hidden
        if outside is not None:
            classes *= 1 - cv2.warpAffine(outside, affine, (REFINER_SIDE, REFINER_SIDE))
        shown = float(classes[1:3].sum()) / whole
        return _tensors(
            image,
            transform(affine, guess),
            classes,
            covered,
            transform(affine, patch.lips),
            self._style(patch.source, rng),
            POINT_WEIGHT[patch.truth] if patch.precise or patch.truth is not Truth.POINTS else RESAMPLED,
            float(np.clip(shown / ENOUGH, 0, 1)),
            patch.truth is Truth.MOUTH,
            rng,
        )

    def _under(self, patch: MouthPatch, rng: np.random.Generator) -> tuple[Image, Float32]:
        """The patch's picture with something in front of its mouth, and what that covers, 0..1."""
        if self.cutouts is not None and rng.random() < PHOTOGRAPHED:
            return self.cutouts.over(patch, self.mouths, rng)
        texture, drawn = occluder(DRAWN_SIDE, self.mouths, patch.image, rng)
        texture = recoloured(texture, rng) if rng.random() < 0.3 else texture
        image, cover = patch.image.copy(), np.zeros(patch.image.shape[:2], np.float32)
        x, y = (np.round(patch.lips[helen56.OUTER].mean(0)).astype(int) - DRAWN_SIDE // 2).tolist()
        part = (slice(y, y + DRAWN_SIDE), slice(x, x + DRAWN_SIDE))
        image[part] = image[part] + drawn[..., None] * (texture.astype(np.float32) - image[part])
        cover[part] = drawn
        return image, cover

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
        shown = degraded(recoloured(image, rng), rng)
        return _tensors(
            shown, guess, classes, np.zeros_like(classes[:1]), guess, len(self.shares), 0.0, 0.0, False, rng
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
    covered: Float32,
    lips: Float64,
    style: int,
    weight: float,
    visible: float,
    joint: bool,
    rng: np.random.Generator,
) -> dict[str, Any]:
    again, move = next_frame(image, rng)
    return {
        "again": torch.from_numpy(again.transpose(2, 0, 1).astype(np.float32) / 255),
        "move": torch.from_numpy(move.astype(np.float32)),
        "image": torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255),
        "prior": torch.from_numpy(prior_classes(guess)),
        "classes": torch.from_numpy(np.ascontiguousarray(classes, dtype=np.float32)),
        "covered": torch.from_numpy(covered),
        "guess": torch.from_numpy(guess.astype(np.float32)),
        "lips": torch.from_numpy(lips.astype(np.float32)),
        "style": style,
        "weight": np.float32(weight),
        "visible": np.float32(visible),
        "joint": joint,
    }
