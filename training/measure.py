"""Owns the figures: landmark error, class overlap, bootstrap intervals; must not know networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.values import Float64
from training.data import Sample
from training.labelmaps import read_labels
from training.truth import polygon_classes

CLASSES = ("upper", "lower", "inner", "lips", "mouth")
MEMBERS = {"upper": (1,), "lower": (2,), "inner": (3,), "lips": (1, 2), "mouth": (1, 2, 3)}
CAP_EYES = 10.0
CAP_MOUTH = 30.0
INNER_SHARE = 0.05
WINDOW = 1.5

Labels = NDArray[np.uint8]


def truth_labels(sample: Sample, height: int, width: int) -> Labels:
    """(height, width) true labels: the label map, or the polygons of the points."""
    return (
        read_labels(sample.labels)
        if sample.labels is not None
        else polygon_labels(sample.lips, height, width)
    )


def polygon_labels(points: Float64, height: int, width: int) -> Labels:
    """(height, width) labels of (56, 2) points: each pixel the class that covers most of it."""
    low = np.floor(points.min(0)).astype(int) - 2
    side = int(np.ceil(np.ptp(points, axis=0).max())) + 5
    inside = polygon_classes(points - low, side, 8).argmax(0).astype(np.uint8)
    labels = np.zeros((height, width), np.uint8)
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(low + side, (width, height))
    if x1 > x0 and y1 > y0:
        labels[y0:y1, x0:x1] = inside[y0 - low[1] : y1 - low[1], x0 - low[0] : x1 - low[0]]
    return labels


def overlap(truth: Labels, guess: Labels | None) -> Float64:
    """(5, 3) pixels of CLASSES in both, in the truth, in the guess, within three widths of the mouth."""
    rows, columns = np.nonzero(truth)
    middle = np.array([rows.mean(), columns.mean()])
    half = WINDOW * max(np.ptp(rows), np.ptp(columns))
    (y0, x0), (y1, x1) = np.maximum(middle - half, 0).astype(int), (middle + half).astype(int) + 1
    a = truth[y0:y1, x0:x1]
    b = np.zeros_like(a) if guess is None else guess[y0:y1, x0:x1]
    counts = []
    for name in CLASSES:
        inside, said = np.isin(a, MEMBERS[name]), np.isin(b, MEMBERS[name])
        counts.append([(inside & said).sum(), inside.sum(), said.sum()])
    return np.array(counts, dtype=np.float64)


def f1_table(counts: Sequence[Float64]) -> dict[str, dict[str, float]]:
    """F1 of each class: 'image' the mean over pictures, 'pixel' with all pixels pooled first.

    The inner mouth counts in a picture where it is more than a twentieth of the mouth.
    """
    stack = np.stack(counts)
    table = {}
    for i, name in enumerate(CLASSES):
        both, real, said = stack[:, i].T
        least = INNER_SHARE * stack[:, CLASSES.index("mouth"), 1] if name == "inner" else 0.0
        some = real > least
        each = 2 * both[some] / (real + said)[some]
        pooled = 2 * both.sum() / max(1.0, real.sum() + said.sum())
        table[name] = {"image": float(each.mean()) if some.any() else float("nan"), "pixel": float(pooled)}
    return table


def lips_f1(counts: Sequence[Float64]) -> Float64:
    """(n,) F1 of the lips, a picture."""
    both, real, said = np.stack(counts)[:, CLASSES.index("lips")].T
    return np.asarray(2 * both / (real + said), dtype=np.float64)


def point_error(points: Float64 | None, sample: Sample) -> tuple[float, float]:
    """Mean landmark error in percent of eye distance and of mouth width, capped; the caps where missing.

    The first is NaN where the sample does not tell where eyes are.
    """
    if points is None:
        return CAP_EYES, CAP_MOUTH
    error = float(np.linalg.norm(points - sample.lips, axis=1).mean())
    eyes = float(np.linalg.norm(sample.anchors[1] - sample.anchors[0]))
    mouth = float(np.linalg.norm(np.subtract(*sample.lips[list(helen56.OUTER_CORNERS)])))
    of_eyes = float(np.minimum(CAP_EYES, 100 * error / eyes))
    return of_eyes, min(CAP_MOUTH, 100 * error / mouth)


def gain(before: Float64, after: Float64, seed: int, draws: int = 2000) -> dict[str, float]:
    """Mean of after - before over pictures, with a 95 % interval by paired bootstrap (Efron)."""
    difference = after - before
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, difference.size, (draws, difference.size))
    low, high = np.percentile(difference[picks].mean(1), [2.5, 97.5])
    return {"mean": float(difference.mean()), "low": float(low), "high": float(high)}
