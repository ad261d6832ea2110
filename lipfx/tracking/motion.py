"""Owns how a face moves from frame to frame, by optical flow around its mouth; must not know landmarks.

Landmarks err a little differently in every frame; the skin around the mouth moves as one, and its motion is
known to a fraction of a pixel (Lucas and Kanade, 1981). Crops that ride on it stay put on the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import as_affine, as_complex
from lipfx.core.luma import warped_luma
from lipfx.core.values import Float64, Frame

_Complex: TypeAlias = NDArray[np.complex128]

SIDE = 80  # pixels of a patch
SPACING = 9  # pixels between the points that are followed
WINDOW = (11, 11)
LEVELS = 2
ROUNDS = 3  # of reweighting
NEAR = 0.25  # pixels, the error at which a point counts half
LEAST_SHARE = 0.35  # of the points that must move as one
MOUTH = (0.2, 0.15)  # half width and height, in patch sides, of the middle that is left out: lips talk


@dataclass(frozen=True, slots=True)
class Patch:
    """pixels: (80, 80) uint8 luma. affine: (2, 3) from frame pixels to the patch's."""

    pixels: NDArray[np.uint8]
    affine: Float64


def cut_patch(frame: Frame, affine: Float64) -> Patch:
    """The patch that `affine`, (2, 3) from frame pixels to patch pixels, shows."""
    return Patch(warped_luma(frame, affine, SIDE), affine)


def motion(before: Patch, after: Patch) -> Float64 | None:
    """The (2, 3) similarity from frame pixels of `before` to those of `after`; None where it is unclear."""
    start = _grid()
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        before.pixels, after.pixels, start, np.empty_like(start), winSize=WINDOW, maxLevel=LEVELS
    )
    good = found[:, 0] == 1
    if good.mean() < LEAST_SHARE:
        return None
    turn, at, agreeing = _similarity(_complex(start[good]), _complex(end[good]))
    if agreeing < LEAST_SHARE * len(start):
        return None
    (a, b), (c, d) = as_complex(before.affine), as_complex(after.affine)
    return as_affine(turn * a / c, (turn * b + at - d) / c)


def _similarity(start: _Complex, end: _Complex) -> tuple[complex, complex, int]:
    """The factor and shift that take (n,) points to (n,) points, and how many points agree.

    Least squares, reweighted until what moves otherwise no longer counts.
    """
    turn, at = 1.0 + 0j, complex(_median((end - start).real), _median((end - start).imag))
    trust = np.ones(len(start))
    for round_ in range(ROUNDS):
        error = np.abs(end - turn * start - at)
        scale = NEAR if round_ else max(NEAR, _median(error))
        trust = 1 / (1 + (error / scale) ** 2)
        whole = trust.sum()
        middle, target = complex(trust @ start) / whole, complex(trust @ end) / whole
        away = (start - middle).conj() * trust
        turn = complex(away @ (end - target)) / float((away @ (start - middle)).real)
        at = target - turn * middle
    return turn, at, int((trust > 0.5).sum())


def _median(values: NDArray[np.floating]) -> float:
    half = len(values) // 2
    return float(np.partition(values, half)[half])


def _complex(points: NDArray[np.float32]) -> _Complex:
    return np.asarray(points[:, 0] + 1j * points[:, 1], np.complex128)


@lru_cache(maxsize=1)
def _grid() -> NDArray[np.float32]:
    """(n, 2) points all over a patch but for its middle, where the mouth is."""
    steps = np.arange(SPACING, SIDE - SPACING + 1, SPACING, dtype=np.float32)
    points = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    away = np.abs(points / SIDE - (0.5, 0.62))
    return np.asarray(points[(away > MOUTH).any(1)], np.float32)
