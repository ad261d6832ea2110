"""Owns the data sets: from files on disk to samples; must not know networks or augmentation.

A data set of your own is one class with `samples()`; see `DataSet`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Float64
from lipfx.errors import TrainingError
from training.reserved import open_to_training, reserved

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
HELEN_POINTS = 194
HELEN_LIPS = slice(58, 114)
HELEN_EYES = (slice(114, 134), slice(134, 154))
IBUG_POINTS = 68
TOUCHING = 0.015  # of the mouth's width: lips no further apart touch; a pixel of what the refiner sees


class Truth(Enum):
    """What is known of a picture's lips."""

    POINTS = "points"
    CLASSES = "classes"  # a label map of upper lip, lower lip and inner mouth
    MOUTH = "mouth"  # a label map of all three together
    NONE = "none"  # no lips are in sight


@dataclass(frozen=True, slots=True)
class Sample:
    """One annotated face; or, where no lips are in sight, one picture of people.

    lips: (56, 2) float64 helen-56 points in image pixels; traced from the label map where only that exists,
    NaN where no lips are in sight.
    anchors: (6, 2) float64: eye centres (image left, right), mouth corners (left, right), top, bottom of
    the outer lips; NaN where unknown.
    labels: path of a label map (0 elsewhere, 1 upper lip, 2 lower lip, 3 inner mouth), or None.
    precise: whether `lips` was annotated point by point, with no points resampled from others.
    """

    name: str
    image: Path
    lips: Float64
    anchors: Float64
    labels: Path | None
    precise: bool
    truth: Truth = Truth.POINTS

    def read(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        """The picture, (h, w, 3) uint8 RGB encoded.

        Raises:
            TrainingError: if the file is not a readable picture.
        """
        image = cv2.imread(str(self.image), cv2.IMREAD_COLOR)
        if image is None:
            raise TrainingError(f"{self.image}: not a readable picture; replace it or drop its annotation")
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


class DataSet(Protocol):
    """What training wants of a data set: a name for the records, what is known of its pictures, samples in a
    stable order, and the names among them that serve for measuring only (see `training.reserved`).
    """

    name: str
    truth: Truth

    def samples(self) -> Sequence[Sample]: ...

    def reserved(self) -> frozenset[str]: ...


def anchors_of(lips: Float64, eyes: Float64 | None) -> Float64:
    """(6, 2) anchors from (56, 2) lips and (2, 2) eye centres or None."""
    if eyes is None:
        eyes = np.full((2, 2), np.nan)
    corners, top, bottom = (lips[list(p)] for p in (helen56.OUTER_CORNERS, helen56.TOP, helen56.BOTTOM))
    return np.vstack([eyes, corners, top.mean(0), bottom.mean(0)])


def find_images(root: Path) -> dict[str, Path]:
    """Pictures below `root` by stem, folders searched recursively."""
    if not root.is_dir():
        raise TrainingError(f"{root}: no such folder; point --images at the folder of pictures")
    return {p.stem: p for p in sorted(root.rglob("*")) if p.suffix.lower() in IMAGE_SUFFIXES}


def parse_numbers(text: str, separator: str | None, where: str) -> tuple[float, float]:
    """The two finite numbers of one line of an annotation."""
    parts = text.split(separator)
    try:
        x, y = (float(v) for v in parts)
    except ValueError:
        raise TrainingError(f"{where}: found {text.strip()!r}, wanted two numbers") from None
    if not np.isfinite([x, y]).all():
        raise TrainingError(f"{where}: found {text.strip()!r}, wanted finite numbers")
    return x, y


def read_helen_annotation(path: Path) -> tuple[str, Float64]:
    """Name and (194, 2) points of one of Helen's annotation files (Le et al., ECCV 2012)."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if len(lines) < 1 + HELEN_POINTS:
        raise TrainingError(f"{path}: found {len(lines)} lines, wanted a name and {HELEN_POINTS} points")
    rows = [parse_numbers(lines[i], ",", f"{path}, line {i + 1}") for i in range(1, HELEN_POINTS + 1)]
    return lines[0].strip(), np.array(rows)


def read_pts(path: Path) -> Float64:
    """(68, 2) points of an iBUG `.pts` file (Sagonas et al.), shifted to pixel centres at integers."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    try:
        start = lines.index("{") + 1
    except ValueError:
        raise TrainingError(f"{path}: found no line '{{', wanted an iBUG .pts file") from None
    body = lines[start : start + IBUG_POINTS]
    if len(body) < IBUG_POINTS or lines[start + IBUG_POINTS : start + IBUG_POINTS + 1] != ["}"]:
        raise TrainingError(f"{path}: wanted {IBUG_POINTS} points between braces")
    rows = [parse_numbers(text, None, f"{path}, line {start + i + 1}") for i, text in enumerate(body)]
    return np.array(rows) - 1.0


def lips_from_68(points: Float64) -> Float64:
    """(56, 2) helen-56 from the 20 lip points of the 68-point scheme: linear along the contour."""

    def along(knots: Float64, count: int) -> Float64:
        steps = np.linalg.norm(np.diff(knots, axis=0), axis=1)
        at = np.concatenate([[0], np.cumsum(steps)])
        want = np.linspace(0, at[-1], count)
        return np.stack([np.interp(want, at, knots[:, i]) for i in (0, 1)], axis=1)

    outer, inner = points[48:60], points[60:68]
    upper, lower = along(outer[:7], 14), along(np.vstack([outer[6:], outer[:1]]), 16)[1:-1]
    top, bottom = along(inner[:5], 15), along(np.vstack([inner[4:], inner[:1]]), 15)[1:-1]
    return np.vstack([upper, lower, top, bottom])


class Helen:
    """Helen in its distributed form: folders of pictures, annotation/N.txt, a list of test names."""

    name = "helen"
    truth = Truth.POINTS

    def __init__(self, images: Path, annotations: Path, test_names: Path, *, test: bool = False) -> None:
        self.images, self.annotations, self.test = images, annotations, test
        if not test_names.is_file():
            raise TrainingError(f"{test_names}: no such file; --test-names wants Helen's list of test names")
        self.test_names = frozenset(test_names.read_text(encoding="utf-8", errors="replace").split())

    def samples(self) -> Sequence[Sample]:
        """The training pictures, or the test pictures, sorted by name."""
        images = find_images(self.images)
        found = []
        for path in sorted(self.annotations.glob("*.txt")):
            name, points = read_helen_annotation(path)
            if name in images and (name in self.test_names) == self.test:
                lips = points[HELEN_LIPS]
                eyes = np.array([points[s].mean(0) for s in HELEN_EYES])
                eyes = eyes[np.argsort(eyes @ (lips[13] - lips[0]))]
                found.append(Sample(name, images[name], lips, anchors_of(lips, eyes), None, True))
        if not found:
            raise TrainingError(f"{self.annotations}: no annotation matches a picture below {self.images}")
        return sorted(found, key=lambda s: s.name)

    def reserved(self) -> frozenset[str]:
        """The test names."""
        return self.test_names


class Points68:
    """Pictures with iBUG's 68 points beside them (AFW, LFPW, ...)."""

    truth = Truth.POINTS

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def samples(self) -> Sequence[Sample]:
        """One sample a `.pts` file; points are resampled to helen-56, so they are not precise."""
        images = find_images(self.folder)
        return [self._sample(p, images) for p in open_to_training(self.name, self.folder.glob("*.pts"))]

    def reserved(self) -> frozenset[str]:
        """See `training.reserved`."""
        return reserved(self.name, (p.stem for p in self.folder.glob("*.pts")))

    def _sample(self, path: Path, images: dict[str, Path]) -> Sample:
        points = read_pts(path)
        if path.stem not in images:
            raise TrainingError(f"{path}: no picture named {path.stem} beside it")
        lips = lips_from_68(points)
        eyes = np.array([points[36:42].mean(0), points[42:48].mean(0)])
        return Sample(path.stem, images[path.stem], lips, anchors_of(lips, eyes), None, False)


def digest(samples: Sequence[Sample]) -> str:
    """A hash of names and points, so that weights can name what they were trained on."""
    sha = hashlib.sha256()
    for sample in samples:
        sha.update(sample.name.encode())
        sha.update(np.round(sample.lips, 2).tobytes())
    return sha.hexdigest()[:16]
