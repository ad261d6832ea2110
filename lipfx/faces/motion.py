"""Owns how a face moves from frame to frame, by optical flow around its mouth; must not know landmarks.

Landmarks err a little differently in every frame; the skin around the mouth moves as one, and its motion is
known to a fraction of a pixel (Lucas and Kanade, 1981). Crops that ride on it stay put on the face.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.faces.luma import warped_luma
from lipfx.types import Float64, Frame

SIDE = 80  # pixels of a patch
SPACING = 8  # pixels between the points that are followed
WINDOW = (13, 13)
LEVELS = 2
ROUNDS = 4  # of reweighting
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
    inner, trust = _similarity(start[good].astype(np.float64), end[good].astype(np.float64))
    if (trust > 0.5).sum() < LEAST_SHARE * len(start):
        return None
    whole = _square(after.affine, inverse=True) @ _square(inner) @ _square(before.affine)
    return np.asarray(whole[:2])


def _similarity(start: Float64, end: Float64) -> tuple[Float64, Float64]:
    """The (2, 3) similarity from (n, 2) points to (n, 2) points, and (n,) how well each agrees, 0..1."""
    z, w = start[:, 0] + 1j * start[:, 1], end[:, 0] + 1j * end[:, 1]
    trust = np.ones(len(z))
    shift = w - z
    turn, at = 1.0 + 0j, complex(np.median(shift.real), np.median(shift.imag))
    for round_ in range(ROUNDS + 1):
        error = np.abs(w - turn * z - at)
        scale = max(NEAR, float(np.median(error)) * (1.0 if round_ < 2 else 0.0))
        trust = 1 / (1 + (error / scale) ** 2)
        middle, target = (trust * z).sum() / trust.sum(), (trust * w).sum() / trust.sum()
        away = z - middle
        turn = complex((trust * away.conj() * (w - target)).sum() / (trust * np.abs(away) ** 2).sum())
        at = complex(target - turn * middle)
    affine = np.array([[turn.real, -turn.imag, at.real], [turn.imag, turn.real, at.imag]])
    return affine, trust


def _grid() -> NDArray[np.float32]:
    """(n, 2) points all over a patch but for its middle, where the mouth is."""
    steps = np.arange(SPACING, SIDE - SPACING + 1, SPACING, dtype=np.float32)
    points = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    away = np.abs(points / SIDE - (0.5, 0.62))
    return np.asarray(points[(away > MOUTH).any(1)], np.float32)


def _square(affine: Float64, *, inverse: bool = False) -> Float64:
    whole = np.vstack([affine, [0.0, 0.0, 1.0]])
    return np.asarray(np.linalg.inv(whole) if inverse else whole)
