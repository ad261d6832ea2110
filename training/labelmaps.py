"""Owns sets of label maps: from files on disk to samples; must not know networks or augmentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.values import Float64
from lipfx.errors import TrainingError
from training.data import TOUCHING, Sample, Truth, anchors_of, find_images
from training.reserved import open_to_training, reserved

Labels = NDArray[np.uint8]

FOLDERS = {Truth.CLASSES: "masks", Truth.MOUTH: "mouth"}
LEAST_LIP, LEAST_HALF = 40, 10  # pixels of a lip, and of half a mouth, that are enough to trace


class LabelMaps:
    """Pictures in images/ and label maps of the same names beside them.

    masks/NAME.png has 1 upper lip, 2 lower lip, 3 inner mouth (CelebAMask-style); mouth/NAME.png has 1 the
    whole mouth (FASSEG-style).
    """

    def __init__(self, folder: Path, name: str, truth: Truth) -> None:
        self.folder, self.name, self.truth = folder, name, truth
        self.maps = folder / FOLDERS[truth]

    def samples(self) -> Sequence[Sample]:
        """One sample a label map with lips in it, but for those that serve for measuring only."""
        images = find_images(self.folder / "images")
        return list(self._usable(open_to_training(self.name, self.maps.glob("*.png")), images))

    def reserved(self) -> frozenset[str]:
        """See `training.reserved`."""
        return reserved(self.name, (p.stem for p in self.maps.glob("*.png")))

    def _usable(self, maps: Sequence[Path], images: dict[str, Path]) -> Iterator[Sample]:
        for path in maps:
            labels = read_labels(path)
            if path.stem not in images:
                raise TrainingError(f"{path}: no picture named {path.stem} in {self.folder / 'images'}")
            if self.truth is Truth.MOUTH:
                lips = trace_label_map(halved(labels), LEAST_HALF)
            else:
                lips = trace_label_map(labels, LEAST_LIP)
            if lips is not None:
                image, anchors = images[path.stem], anchors_of(lips, None)
                yield Sample(path.stem, image, lips, anchors, path, False, self.truth)


def halved(mouth: Labels) -> Labels:
    """A label map of a mouth as a whole as one of two lips that touch midway: enough to place a crop by."""
    labels = np.zeros_like(mouth)
    for column in np.flatnonzero(mouth.any(0)).tolist():
        rows = np.flatnonzero(mouth[:, column])
        middle = (rows[0] + rows[-1] + 1) // 2
        labels[rows[0] : middle, column], labels[middle : rows[-1] + 1, column] = 1, 2
    return labels


def closed_labels(labels: Labels) -> Labels:
    """A label map without an inner mouth where the lips touch all along: the nearer lip takes it."""
    inner, columns = labels == 3, np.flatnonzero((labels > 0).any(0))
    if not inner.any() or inner.sum(0).max() > TOUCHING * np.ptp(columns):
        return labels
    upper, lower = (cv2.distanceTransform((labels != k).astype(np.uint8), cv2.DIST_L2, 5) for k in (1, 2))
    return np.where(inner, np.where(upper <= lower, 1, 2), labels).astype(np.uint8)


def read_labels(path: Path) -> Labels:
    """A label map, (h, w) uint8: 0 elsewhere, 1 upper lip, 2 lower lip, 3 inner mouth.

    Raises:
        TrainingError: if it is something else.
    """
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if labels is None or labels.ndim != 2 or labels.max() > 3:
        raise TrainingError(f"{path}: wanted a one-channel PNG with values 0 to 3")
    return np.asarray(labels, dtype=np.uint8)


def trace_label_map(labels: Labels, least: int) -> Float64 | None:
    """(56, 2) points around the classes of a label map, column by column; None with less of a lip than
    `least` pixels.
    """
    mouth = labels > 0
    if min((labels == 1).sum(), (labels == 2).sum()) < least:
        return None
    columns = np.flatnonzero(mouth.any(0))
    left, right = int(columns[0]), int(columns[-1])
    rows = np.arange(labels.shape[0], dtype=float)[:, None]

    def profile(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], top: bool) -> Float64:
        """Per column the first or last row of `mask`, gaps bridged linearly."""
        edge = (
            np.where(mask, rows, np.inf).min(0) - 0.5 if top else np.where(mask, rows, -np.inf).max(0) + 0.5
        )
        known = np.flatnonzero(np.isfinite(edge))
        return np.asarray(np.interp(np.arange(labels.shape[1]), known, edge[known]), dtype=np.float64)

    top, bottom = profile(mouth, True), profile(mouth, False)
    parting_top, parting_bottom = profile(labels == 1, False), profile(labels == 2, True)
    middle = (parting_top + parting_bottom) / 2
    parting_top, parting_bottom = np.minimum(parting_top, middle), np.maximum(parting_bottom, middle)
    closed = ~(labels == 3).any(0)
    parting_top[closed] = parting_bottom[closed] = middle[closed]

    def walk(curve: Float64, start: float, end: float, count: int) -> Float64:
        x = np.linspace(start, end, count)
        return np.stack([x, np.interp(x, np.arange(curve.size), curve)], axis=1)

    width = right - left
    a, b = left + 0.08 * width, right - 0.08 * width
    upper, lower = walk(top, left, right, 14), walk(bottom, right, left, 16)[1:-1]
    for corner in helen56.OUTER_CORNERS:
        x = round(float(upper[corner, 0]))
        upper[corner, 1] = (top[x] + bottom[x]) / 2
    return np.vstack([upper, lower, walk(parting_top, a, b, 15), walk(parting_bottom, b, a, 15)[1:-1]])
