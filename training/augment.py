"""Owns what happens to a picture before a network sees it in training; must not know networks or files.

Every function takes a numpy Generator, so a seed makes a training repeatable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.geometry import Pose, after
from lipfx.core.values import Float32, Float64
from training.patches import MouthPatch, warp_reduced

Image = NDArray[np.uint8]


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
    return MouthPatch(patch.name, image, lips, labels, patch.precise, patch.source)


def stretched(affine: Float64, side: int, rng: np.random.Generator, amount: float = 0.08) -> Float64:
    """An affine with a little unequal scaling and shear about the crop's middle: faces turn and vary."""
    middle = (side - 1) / 2
    linear = np.eye(2) + np.clip(rng.normal(size=(2, 2)), -2, 2) * amount * np.array([[1, 0.6], [0.6, 1]])
    offset = middle - linear @ np.full(2, middle)
    return after(np.hstack([linear, offset[:, None]]), affine)


def cut(image: Image, affine: Float64, side: int, rng: np.random.Generator) -> Image:
    """The crop, now and then from a picture first reduced in size as a small face would be."""
    if rng.random() < 0.3:
        small = float(np.exp(rng.uniform(np.log(0.2), np.log(0.9))))
        reduced = cv2.resize(image, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        scale = np.array(reduced.shape[1::-1]) / image.shape[1::-1]
        linear = affine[:, :2] / scale
        offset = affine[:, 2] - linear @ (0.5 * scale - 0.5)
        flags = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        return warp_reduced(np.asarray(reduced), np.hstack([linear, offset[:, None]]), side, flags)
    return warp_reduced(image, affine, side, cv2.INTER_LINEAR)


def recoloured(image: Image, rng: np.random.Generator, amount: float = 1.0) -> Image:
    """Exposure, contrast, gamma, white balance, saturation, grey: (h, w, 3) uint8 to the same.

    amount: 1 is the whole range, less is milder.
    """
    x = image.astype(np.float32) / 255
    if rng.random() < 0.8:
        gamma = float(np.exp(rng.normal() * 0.25 * amount))
        gain = np.exp((rng.normal(size=3) * 0.08 + rng.normal() * 0.2) * amount).astype(np.float32)
        x = np.clip(x, 0, 1) ** gamma * gain
        x = (x - 0.4) * float(np.exp(rng.normal() * 0.2 * amount)) + 0.4 + float(rng.normal()) * 0.05 * amount
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    saturation = 0.0 if rng.random() < 0.08 * amount else float(np.exp(rng.normal() * 0.3 * amount))
    x = grey[..., None] + saturation * (x - grey[..., None])
    if rng.random() < 0.2 * amount:
        angle = rng.uniform(0, 2 * np.pi)
        ramp = (
            np.cos(angle) * np.linspace(-1, 1, x.shape[1])[None]
            + np.sin(angle) * np.linspace(-1, 1, x.shape[0])[:, None]
        )
        x = x * (1 + 0.5 * rng.random() * ramp[..., None]).astype(np.float32)
    return np.asarray(np.clip(x * 255, 0, 255), dtype=np.uint8)


def degraded(image: Image, rng: np.random.Generator) -> Image:
    """Blur (round or of motion), sensor noise, JPEG: (h, w, 3) uint8 to the same."""
    draw = rng.random(4)
    if draw[0] < 0.2:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.6))))
    elif draw[0] < 0.28:
        image = np.asarray(cv2.filter2D(image, -1, motion_kernel(rng)))
    if draw[1] < 0.4:
        noise = rng.standard_normal(image.shape, dtype=np.float32) * float(rng.uniform(1, 9))
        image = np.asarray(np.clip(image + noise, 0, 255), dtype=np.uint8)
    if draw[2] < 0.25:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 85))])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return image


def motion_kernel(rng: np.random.Generator) -> Float32:
    """A (7, 7) normalised line through the middle at a random angle."""
    kernel = np.zeros((7, 7), np.float32)
    angle, reach = rng.uniform(0, np.pi), rng.uniform(1, 3)
    dx, dy = reach * np.cos(angle), reach * np.sin(angle)
    ends = [(round(16 * (3 + k * dx)), round(16 * (3 + k * dy))) for k in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def occluder(
    side: int, donors: Sequence[MouthPatch], skin: Image, rng: np.random.Generator
) -> tuple[Image, Float32]:
    """Something in front of the mouth: its picture (side, side, 3) uint8 and cover (side, side) float32 0..1.

    Fingers and hands take the skin of the face itself or of a donor; microphones, glasses, cups and food
    are dark, bright or coloured shapes; anything else is cut from a donor's surroundings.
    """
    cover = np.zeros((side, side), np.uint8)
    kind = rng.choice(["fingers", "hand", "round", "patch"], p=[0.4, 0.2, 0.25, 0.15])
    at = rng.uniform(0.15, 0.85, 2) * side
    if kind == "fingers":
        angle, width = rng.uniform(0, np.pi), rng.uniform(0.1, 0.22) * side
        across = np.array([-np.sin(angle), np.cos(angle)]) * width * 1.08
        for k in range(int(rng.integers(1, 5))):
            tip = at + k * across + rng.normal(size=2) * 0.05 * side
            root = tip + np.array([np.cos(angle), np.sin(angle)]) * side * 1.5
            cv2.line(cover, _pixel(tip), _pixel(root), (255,), max(2, round(width)), cv2.LINE_AA)
    elif kind == "patch":
        corners = at + rng.normal(size=(5, 2)) * 0.25 * side
        cv2.fillConvexPoly(cover, cv2.convexHull(corners.astype(np.int32)), (255,), cv2.LINE_AA)
    else:
        axes = rng.uniform(0.12, 0.5, 2) * side
        cv2.ellipse(cover, _pixel(at), _pixel(axes), rng.uniform(0, 180), 0, 360, (255,), -1, cv2.LINE_AA)
    if kind in ("fingers", "hand"):
        texture = _skin_texture(side, donors, skin, rng)
        shade = cv2.GaussianBlur(cover, (0, 0), side * 0.04).astype(np.float32)[..., None] / 255
        texture = np.asarray(np.clip(texture * (0.55 + 0.5 * shade), 0, 255), dtype=np.uint8)
    elif kind == "patch":
        donor = donors[int(rng.integers(len(donors)))].image
        x, y = rng.integers(0, donor.shape[0] - side, 2)
        texture = donor[y : y + side, x : x + side]
    else:
        base = rng.uniform(0, 255, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0, 120))
        grain = rng.standard_normal((side, side, 1), dtype=np.float32) * float(rng.uniform(0, 40))
        texture = np.asarray(np.clip(base + grain, 0, 255), dtype=np.uint8)
    soft = cv2.GaussianBlur(cover, (0, 0), float(rng.uniform(0.5, 1.5))).astype(np.float32) / 255
    return texture, np.asarray(soft, dtype=np.float32)


def _skin_texture(side: int, donors: Sequence[MouthPatch], skin: Image, rng: np.random.Generator) -> Image:
    """(side, side, 3) uint8 of cheek, enlarged, from this face or a donor."""
    image = skin if rng.random() < 0.7 else donors[int(rng.integers(len(donors)))].image
    size = image.shape[0]
    x = int(rng.choice([0.17, 0.22, 0.72, 0.76]) * size)
    y = int(rng.uniform(0.35, 0.6) * size)
    piece = image[y : y + size // 10, x : x + size // 10]
    return np.asarray(cv2.resize(piece, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _pixel(point: Float64) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
