"""Owns the cascade at run time: locate, place, route, refine; must not know detectors, tracks or video.

face box -> locator -> pose -> backbone -> router -> head -> 56 points -> refiner -> points, classes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipfx.errors import UsageError
from lipfx.sampling import sample
from lipfx.tcnn import checkpoint, locator, network, refiner
from lipfx.tcnn.crop import MIRROR, Pose, after, crop_affine, inverse, mouth_pose, transform
from lipfx.tcnn.router import Router
from lipfx.types import Float32, Float64, Frame, MouthMap


@dataclass(frozen=True, slots=True)
class Mouth:
    """One mouth in one frame, as the cascade sees it; not smoothed.

    points: (56, 2) float64 in frame pixels. confidence: 0..1. head: the router's component.
    map: the refiner's classes.
    """

    points: Float64
    confidence: float
    head: int
    map: MouthMap


@dataclass(frozen=True, slots=True)
class Located:
    """The locator's answer for one face: the mouth's pose in frame pixels and 0..1 that there is one."""

    pose: Pose
    confidence: float


@dataclass(frozen=True, slots=True)
class View:
    """One way to crop a mouth for the refiner: in a mirror or not, larger or smaller, turned (radians)."""

    mirror: bool = False
    zoom: float = 1.0
    turn: float = 0.0

    def crop(self, guess: Float64) -> ViewCrop:
        """The crop around the mouth that `guess`, (56, 2) points in frame pixels, proposes."""
        pose = mouth_pose(guess)
        pose = replace(pose, size=pose.size * self.zoom, angle=pose.angle + self.turn)
        affine = crop_affine(pose, refiner.EXTENT, refiner.SIDE)
        return ViewCrop(after(_FLIP, affine) if self.mirror else affine, self.mirror)


@dataclass(frozen=True, slots=True)
class ViewCrop:
    """A view of one mouth. affine: (2, 3) from frame to crop pixels, a reflection where `mirror`."""

    affine: Float64
    mirror: bool

    def points(self, points: Float64) -> Float64:
        """(56, 2) frame points in crop pixels, in the order that the face in the crop has."""
        inside = transform(self.affine, points)
        return inside[MIRROR] if self.mirror else inside

    def back(self, points: Float64) -> Float64:
        """What `points` was, undone."""
        return transform(inverse(self.affine), points[MIRROR] if self.mirror else points)


_FLIP = np.array([[-1.0, 0.0, refiner.SIDE - 1], [0.0, 1.0, 0.0]])
ONE_LOOK = (View(),)
EVERY_LOOK = tuple(View(m, z, t) for m in (False, True) for z, t in ((1.0, 0.0), (1.1, 0.06), (0.92, -0.06)))


def averaged(crops: Sequence[ViewCrop], classes: Float32) -> MouthMap:
    """The mean of (n, 3, 96, 96) float32 probabilities of several views, on the first one's crop."""
    total = classes[0]
    target = crops[0].affine
    for crop, other in zip(crops[1:], classes[1:], strict=True):
        onto = after(target, inverse(crop.affine))
        moved = cv2.warpAffine(other.transpose(1, 2, 0), onto, (refiner.SIDE, refiner.SIDE))
        total = total + np.asarray(moved, np.float32).transpose(2, 0, 1)
    mean = np.round(total * (255 / len(crops)))
    return MouthMap(np.asarray(mean, dtype=np.uint8), inverse(target))


def pick_device(name: str) -> torch.device:
    """The device for `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        UsageError: that device is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(k for k, v in there.items() if v))
    if not there.get(name, False):
        raise UsageError(f"--device {name}: not available here; use auto or cpu")
    return torch.device(name)


class Cascade:
    """All networks with their weights, on one device."""

    def __init__(self, weights: checkpoint.Weights, device: torch.device) -> None:
        self.description = weights.description
        self._device = device
        about = weights.description.refiner
        self._locator = locator.Locator()
        self._backbone = network.Backbone()
        self._heads = [network.Head() for _ in range(weights.description.heads)]
        self._refiner = refiner.Refiner(tuple(about["widths"]), about["styles"])
        self._style = int(about["style"])
        parts: list[tuple[str, torch.nn.Module]] = [("locator", self._locator), ("backbone", self._backbone)]
        parts += [(f"heads.{k}", head) for k, head in enumerate(self._heads)]
        for name, module in [*parts, ("refiner", self._refiner)]:
            checkpoint.fill(module, weights.part(name), name)
            module.to(device).eval()
        arrays = {k: v.double().numpy() for k, v in weights.part("router").items()}
        self.router = Router(**arrays)

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "auto") -> Cascade:
        """The cascade in `folder`, or the shipped one.

        Raises:
            WeightsError, UsageError: see `checkpoint.load` and `pick_device`.
        """
        return cls(checkpoint.load(folder), pick_device(device))

    @torch.inference_mode()
    def locate(self, frame: Frame, faces: Sequence[Pose]) -> list[Located]:
        """Where the mouths of detected faces lie; `faces` from `locator.face_pose`."""
        if not faces:
            return []
        affines = [crop_affine(pose, locator.EXTENT, locator.SIDE) for pose in faces]
        anchors, mouth = self._locator(self._crops(frame, affines, locator.SIDE))
        middle, side = (locator.SIDE - 1) / 2, locator.SIDE
        in_crop = anchors.double().cpu().numpy() * side + middle
        poses = [
            locator.anchors_pose(transform(inverse(affine), points))
            for affine, points in zip(affines, in_crop, strict=True)
        ]
        sure = mouth.sigmoid().cpu().tolist()
        return [Located(pose, p) for pose, p in zip(poses, sure, strict=True)]

    @torch.inference_mode()
    def landmarks(self, frame: Frame, poses: Sequence[Pose]) -> tuple[list[Float64], NDArray[np.int64]]:
        """The first stage alone: (56, 2) points in frame pixels a pose, and the heads that gave them."""
        affines = [crop_affine(pose, network.EXTENT, network.SIDE) for pose in poses]
        features = self.features(frame, affines)
        heads = self.router.choose(features.float().cpu().numpy())
        points = [
            transform(
                inverse(affine),
                self._heads[head](row[None])[0].double().cpu().numpy() * network.SIDE
                + (network.SIDE - 1) / 2,
            )
            for affine, head, row in zip(affines, heads, features, strict=True)
        ]
        return points, heads

    @torch.inference_mode()
    def features(self, frame: Frame, affines: Sequence[Float64]) -> Tensor:
        """(n, 256) what enters FC5, for crops of the network's side through (2, 3) affines."""
        features: Tensor = self._backbone(self._crops(frame, affines, network.SIDE))
        return features

    @torch.inference_mode()
    def refine(
        self, frame: Frame, guesses: Sequence[Float64], heads: Sequence[int], views: Sequence[View] = ONE_LOOK
    ) -> list[Mouth]:
        """The second look: mouths near `guesses`, (56, 2) points each in frame pixels.

        Several `views` of each mouth are averaged: better, for as many times the cost.
        """
        crops = [view.crop(guess) for guess in guesses for view in views]
        inside = [c.points(guess) for c, guess in zip(crops, np.repeat(guesses, len(views), 0), strict=True)]
        prior = torch.from_numpy(np.stack([refiner.prior_classes(points) for points in inside]))
        style = torch.full((len(crops),), self._style, dtype=torch.long)
        logits, offsets, visible = self._refiner(
            self._crops(frame, [c.affine for c in crops], refiner.SIDE),
            prior.to(self._device),
            style.to(self._device),
        )
        classes = logits.float().softmax(1)[:, 1:].cpu().numpy()
        moved = [c.back(p + o) for c, p, o in zip(crops, inside, offsets.double().cpu().numpy(), strict=True)]
        sure = visible.float().sigmoid().cpu().numpy()
        mouths = []
        for i, head in enumerate(heads):
            own = slice(i * len(views), (i + 1) * len(views))
            mouths.append(
                Mouth(
                    np.mean(moved[own], axis=0),
                    float(sure[own].mean()),
                    int(head),
                    averaged(crops[own], classes[own]),
                )
            )
        return mouths

    def analyse(self, frame: Frame, poses: Sequence[Pose]) -> list[Mouth]:
        """Both stages for mouths at `poses`, in their order."""
        if not poses:
            return []
        points, heads = self.landmarks(frame, poses)
        return self.refine(frame, points, heads.tolist())

    def _crops(self, frame: Frame, affines: Sequence[Float64], side: int) -> Tensor:
        """(n, 3, side, side) float32 RGB encoded 0..1 on the device."""
        crops: list[Float32] = [sample(frame, affine, side) for affine in affines]
        return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).to(self._device)
