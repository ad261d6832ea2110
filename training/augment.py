"""Owns what happens to a picture before a network sees it in training; must not know networks or files.

Every function takes a numpy Generator, so a seed makes a training repeatable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lipfx.core import helen56
from lipfx.core.geometry import Pose, after
from lipfx.core.values import Float32, Float64
from training.patches import Image, MouthPatch


@dataclass(frozen=True, slots=True)
class Jitter:
    """How far a crop may lie from the truth: standard deviations in mouth sizes, radians, log scale."""

    shift: float
    angle: float
    scale: float

    def pose(self, pose: Pose, rng: np.random.Generator) -> Pose:
        """A pose near `pose`; deviations beyond three sigma are drawn in."""
        dx, dy, da, ds = np.clip(rng.normal(size=4), -3, 3)
        return Pose(
            pose.x + dx * self.shift * pose.size,
            pose.y + dy * self.shift * pose.size,
            pose.size * float(np.exp(ds * self.scale)),
            pose.angle + da * self.angle,
        )


def mirrored(patch: MouthPatch) -> MouthPatch:
    """The patch seen in a mirror, its points in the order that a mirrored face has."""
    lips = patch.lips[helen56.MIRROR] * (-1, 1) + (patch.image.shape[1] - 1, 0)
    labels = None if patch.labels is None else np.ascontiguousarray(patch.labels[:, ::-1])
    image = np.ascontiguousarray(patch.image[:, ::-1])
    return replace(patch, image=image, lips=lips, labels=labels)


def stretched(affine: Float64, side: int, rng: np.random.Generator, amount: float = 0.08) -> Float64:
    """An affine with a little unequal scaling and shear about the crop's middle: faces turn and vary."""
    middle = (side - 1) / 2
    linear = np.eye(2) + np.clip(rng.normal(size=(2, 2)), -2, 2) * amount * np.array([[1, 0.6], [0.6, 1]])
    offset = middle - linear @ np.full(2, middle)
    return after(np.hstack([linear, offset[:, None]]), affine)


def recoloured(image: Image, rng: np.random.Generator, amount: float = 1.0) -> Image:
    """Exposure, contrast, gamma, white balance, saturation, grey: (h, w, 3) uint8 to the same.

    Deep skin and low light are as frequent as light skin: a third of the pictures are brought to a brightness
    that is even on a logarithmic scale. amount: 1 is the whole range, less is milder.
    """
    x: Float32 = image.astype(np.float32) / np.float32(255)
    exposed = 0.2
    if rng.random() < 0.35 * amount:
        x, exposed = _relit(x, rng), 0.05
    if rng.random() < 0.8:
        gamma = float(np.exp(rng.normal() * 0.25 * amount))
        cast = 0.25 if rng.random() < 0.1 else 0.08
        gain = np.exp((rng.normal(size=3) * cast + rng.normal() * exposed) * amount).astype(np.float32)
        x = np.clip(x, 0, 1) ** gamma * gain
        x = (x - 0.4) * float(np.exp(rng.normal() * 0.2 * amount)) + 0.4 + float(rng.normal()) * 0.05 * amount
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    saturation = 0.0 if rng.random() < 0.12 * amount else float(np.exp(rng.normal() * 0.3 * amount))
    x = grey[..., None] + saturation * (x - grey[..., None])
    if rng.random() < 0.2 * amount:
        angle = rng.uniform(0, 2 * np.pi)
        ramp = (
            np.cos(angle) * np.linspace(-1, 1, x.shape[1])[None]
            + np.sin(angle) * np.linspace(-1, 1, x.shape[0])[:, None]
        )
        x = x * (1 + 0.5 * rng.random() * ramp[..., None]).astype(np.float32)
    return np.asarray(np.clip(x * 255, 0, 255), dtype=np.uint8)


def _relit(x: Float32, rng: np.random.Generator) -> Float32:
    """(h, w, 3) encoded 0..1 with its median at a drawn brightness, half by gamma and half by exposure."""
    median = float(np.clip(np.median(x), 0.02, 0.98))
    wanted = float(np.exp(rng.uniform(np.log(0.07), np.log(0.75))))
    gamma = np.clip(np.log(wanted) / np.log(median), 0.45, 2.5)
    if rng.random() < 0.5:
        return np.asarray(x**gamma, dtype=np.float32)
    return np.asarray(np.clip(x * np.clip(wanted / median, 0.15, 2.5), 0, 1), dtype=np.float32)
