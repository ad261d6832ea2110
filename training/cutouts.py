"""Owns photographed and drawn things that are laid over mouths; must not know networks or labels.

A cut-out is lit, blurred and shadowed like the picture that it is laid over. A seed makes it repeatable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from lipfx.core.geometry import Pose, mouth_pose
from lipfx.core.values import Float32, Float64
from lipfx.errors import TrainingError
from training.patches import Image, MouthPatch, cheek
from training.reserved import open_to_training

KINDS = {"hands": 0.45, "objects": 0.2, "masks": 0.15, "shapes": 0.12, "scarves": 0.08}
LARGEST = 256  # pixels of a cut-out's longer side
FACE_MASK = "masks"


@dataclass(frozen=True)
class Cutouts:
    """The cut-outs below a folder, by kind (its sub-folders), but for those that serve for measuring."""

    folder: Path

    @cached_property
    def images(self) -> Mapping[str, Sequence[Image]]:
        """(h, w, 4) uint8 RGBA by kind, cut to what is not clear; silhouettes are white.

        Raises:
            TrainingError: a file is not a picture with alpha.
        """
        found = {
            kind: [
                _read(f) for f in open_to_training(f"occluders/{kind}", (self.folder / kind).glob("*.png"))
            ]
            for kind in KINDS
        }
        return {kind: images for kind, images in found.items() if images}

    def over(
        self, patch: MouthPatch, donors: Sequence[MouthPatch], rng: np.random.Generator
    ) -> tuple[Image, Float32]:
        """The patch's picture with something in front of its mouth, (s, s, 3) uint8, and its cover, 0..1."""
        kinds = list(self.images)
        weights = np.array([KINDS[k] for k in kinds])
        kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
        own = self.images[kind]
        cutout = own[int(rng.integers(len(own)))].astype(np.float32)
        if kind == "shapes":
            cutout = _textured(cutout, patch, donors, rng)
        elif kind == "hands" and rng.random() < 0.6:
            cutout = _in_skin(cutout, patch, donors, rng)
        if rng.random() < 0.5:
            cutout = np.ascontiguousarray(cutout[:, ::-1])
        side, pose = patch.image.shape[0], mouth_pose(patch.lips)
        shown = _warped(cutout, _placed(cutout, pose, kind == FACE_MASK, rng), side)
        if rng.random() < 0.2:
            shown = np.asarray(cv2.filter2D(shown, -1, _streak(pose.size * 0.15, rng)))
        sigma = float(rng.uniform(0, 1.4))
        if sigma > 0.3:
            shown = np.asarray(cv2.GaussianBlur(shown, (0, 0), sigma))
        return laid(patch.image, shown, pose, rng), np.ascontiguousarray(shown[..., 3] / 255)


def laid(image: Image, shown: Float32, pose: Pose, rng: np.random.Generator) -> Image:
    """(s, s, 3) uint8 of `image` under `shown`, (s, s, 4) float32 premultiplied by its alpha, 0..255.

    What is shown takes the light of the face around the mouth, and most times throws a soft shadow on it.
    """
    under, alpha = image.astype(np.float32), shown[..., 3:] / 255
    if rng.random() < 0.6:
        shift = (rng.normal(size=2) * 0.06 * pose.size).tolist()
        moved = np.array([[1, 0, shift[0]], [0, 1, shift[1] + 0.03 * pose.size]])
        shadow = cv2.warpAffine(alpha, moved, image.shape[1::-1])
        shadow = cv2.GaussianBlur(shadow, (0, 0), float(rng.uniform(0.02, 0.09)) * pose.size)
        under *= 1 - float(rng.uniform(0.1, 0.55)) * shadow[..., None]
    x, y, reach = int(pose.x), int(pose.y), int(pose.size)
    around = image[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    light = float(np.clip(np.median(around) / 150 * rng.uniform(0.7, 1.3), 0.25, 1.5))
    mixed = under * (1 - alpha) + light * shown[..., :3]
    return np.asarray(np.clip(mixed, 0, 255), dtype=np.uint8)


def _read(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None or (image.ndim == 3 and image.shape[2] != 4):
        raise TrainingError(f"{path}: wanted a picture with alpha, or a silhouette in grey")
    if image.ndim == 2:
        image = cv2.merge([np.full_like(image, 255)] * 3 + [np.where(image > 0, 255, 0).astype(np.uint8)])
    x, y, width, height = cv2.boundingRect((image[..., 3] > 8).astype(np.uint8))
    image = image[y : y + height, x : x + width]
    scale = LARGEST / max(width, height)
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA), dtype=np.uint8)


def _placed(cutout: Float32, pose: Pose, face_mask: bool, rng: np.random.Generator) -> Float64:
    """(2, 3) from a cut-out's pixels to the patch's: masks sit on the mouth, others anywhere near it."""
    middle = np.array([pose.x, pose.y])
    if face_mask:
        middle += rng.normal(0, (0.1, 0.15)) * pose.size
        width, angle = rng.uniform(2.0, 3.2) * pose.size, pose.angle + rng.uniform(-0.45, 0.45)
    else:
        middle += rng.normal(0, (0.5, 0.45)) * pose.size
        width, angle = np.exp(rng.uniform(np.log(0.5), np.log(3.0))) * pose.size, rng.uniform(-np.pi, np.pi)
    scale = width / cutout.shape[1]
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([[c, -s], [s, c]])
    offset = middle - linear @ (np.array(cutout.shape[1::-1]) / 2)
    return np.hstack([linear, offset[:, None]])


def _warped(cutout: Float32, affine: Float64, side: int) -> Float32:
    """(side, side, 4) float32, premultiplied, 0..255; reduced by area first where the affine shrinks."""
    shown = cutout.copy()
    shown[..., :3] *= shown[..., 3:] / 255
    scale = float(abs(np.linalg.det(affine[:, :2])) ** 0.5)
    if scale < 0.6:
        small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        ratio = np.array(shown.shape[1::-1]) / small.shape[1::-1]
        offset = affine[:, 2] + affine[:, :2] @ (0.5 * ratio - 0.5)
        shown, affine = (
            np.asarray(small, dtype=np.float32),
            np.hstack([affine[:, :2] * ratio, offset[:, None]]),
        )
    return np.asarray(cv2.warpAffine(shown, affine, (side, side)), dtype=np.float32)


def _in_skin(
    cutout: Float32, patch: MouthPatch, donors: Sequence[MouthPatch], rng: np.random.Generator
) -> Float32:
    """A hand in the skin of the face itself, or of another."""
    owner = patch if rng.random() < 0.7 else donors[int(rng.integers(len(donors)))]
    wanted = cheek(owner.image, rng).reshape(-1, 3).mean(0) + 4
    opaque = cutout[..., 3] > 128
    own = cutout[opaque][:, :3].mean(0) + 4 if opaque.any() else wanted
    cutout[..., :3] = np.clip(cutout[..., :3] * np.clip(wanted / own, 0.3, 2.5), 0, 255)
    return cutout


def _textured(
    cutout: Float32, patch: MouthPatch, donors: Sequence[MouthPatch], rng: np.random.Generator
) -> Float32:
    """A silhouette with skin, with a piece of another picture, or with soft colours."""
    draw, size = rng.random(), cutout.shape[1::-1]
    if draw < 0.35:
        owner = patch if rng.random() < 0.7 else donors[int(rng.integers(len(donors)))]
        texture = cv2.resize(cheek(owner.image, rng), size, interpolation=cv2.INTER_CUBIC)
    elif draw < 0.7:
        donor = donors[int(rng.integers(len(donors)))].image
        texture = cv2.resize(donor, size, interpolation=cv2.INTER_LINEAR)
    else:
        spots = rng.integers(0, 255, (6, 6, 3)).astype(np.uint8)
        texture = cv2.resize(spots, size, interpolation=cv2.INTER_CUBIC)
    cutout[..., :3] = texture
    return cutout


def _streak(longest: float, rng: np.random.Generator) -> Float32:
    """A normalised line, the path of something that moves while the shutter is open."""
    length = float(rng.uniform(2, max(longest, 3)))
    half = int(np.ceil(length / 2))
    kernel = np.zeros((2 * half + 1,) * 2, np.float32)
    turn = rng.uniform(0, np.pi)
    reach = length / 2 * np.array([np.cos(turn), np.sin(turn)])
    ends = [np.round(16 * (half + k * reach)).astype(int).tolist() for k in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)
