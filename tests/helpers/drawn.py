"""Owns a tiny drawn data set in the formats that training reads; not a test itself."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.values import Float64
from tests.helpers.mouths import outline

SIDE = 220


def draw_face(lips: Float64, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(220, 220, 3) uint8 BGR: a plain head with eyes and the lips of (56, 2) points."""
    skin = rng.uniform(90, 220) * np.array([0.75, 0.85, 1.0])
    image = np.full((SIDE, SIDE, 3), rng.uniform(20, 235, 3))
    cv2.ellipse(image, (110, 110), (70, 92), 0, 0, 360, tuple(skin.tolist()), -1, cv2.LINE_AA)
    for x in (82, 138):
        cv2.circle(image, (x, 88), 7, (40, 40, 40), -1, cv2.LINE_AA)
    outer, inner = lips[:28], lips[28:]
    cv2.fillPoly(image, [np.round(outer).astype(np.int32)], (90, 80, 190), cv2.LINE_AA)
    cv2.fillPoly(image, [np.round(inner).astype(np.int32)], (40, 30, 50), cv2.LINE_AA)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def helen_points(lips: Float64) -> Float64:
    """(194, 2): the lips in their place, both eyes as circles, nothing else known."""
    points = np.zeros((194, 2))
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    for first, x in ((114, 138), (134, 82)):
        points[first : first + 20] = np.stack([x + 7 * np.cos(turn), 88 + 7 * np.sin(turn)], axis=1)
    points[58:114] = lips
    return points


def annotation(name: str, points: Float64) -> str:
    """The text of one of Helen's annotation files."""
    return "\n".join([name, *(f"{x:.2f} , {y:.2f}" for x, y in points), ""])


def make_helen(folder: Path, count: int, seed: int = 0) -> Path:
    """A data folder with `count` training pictures and two test pictures in helen/."""
    rng = np.random.default_rng(seed)
    for part in ("images/train", "images/test", "annotation"):
        (folder / "helen" / part).mkdir(parents=True)
    for index in range(count + 2):
        place = "test" if index >= count else "train"
        name = f"face{index:03d}"
        middle = np.array([110, 150]) + rng.normal(0, 3, 2)
        lips = outline(rng.uniform(48, 66), rng.uniform(0.0, 0.3)) + middle
        cv2.imwrite(str(folder / f"helen/images/{place}/{name}.png"), draw_face(lips, rng))
        text = annotation(name, helen_points(lips))
        (folder / f"helen/annotation/{index + 1}.txt").write_text(text)
    (folder / "helen/testnames.txt").write_text(f"face{count:03d}\nface{count + 1:03d}\n")
    return folder


def make_maps(folder: Path, count: int, seed: int = 0) -> None:
    """A set of `count` drawn faces with label maps."""
    rng = np.random.default_rng(seed)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for index in range(count):
        lips = outline(rng.uniform(48, 66), rng.uniform(0.0, 0.2)) + np.array([110, 150])
        cv2.imwrite(str(folder / f"images/face{index:03d}.png"), draw_face(lips, rng))
        labels = np.zeros((SIDE, SIDE), np.uint8)
        for label, part in enumerate((helen56.UPPER_LIP, helen56.LOWER_LIP, helen56.INNER_MOUTH), start=1):
            cv2.fillPoly(labels, [np.round(lips[part]).astype(np.int32)], (label,))
        cv2.imwrite(str(folder / f"masks/face{index:03d}.png"), labels)
