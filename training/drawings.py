"""Owns what is drawn in front of mouths, beside cut-outs or where there are none; must not know networks.

A seed makes them repeatable.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lipfx.core.values import Float32, Float64
from training.patches import Image, MouthPatch, cheek


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
    return np.asarray(cv2.resize(cheek(image, rng), (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _pixel(point: Float64) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
