"""Owns telling lips from what covers them, by the colours that a track has shown; must not know other tracks.

A hand on a mouth resembles lips enough for a network that sees one frame; it does not have the colours of
these lips. Colours are taken in relation to the skin around the mouth, so that the light may change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import after, inverse
from lipfx.core.sampling import sample
from lipfx.core.values import Float32, Float64, Frame, MouthMap
from lipfx.tcnn.base import Mouth
from lipfx.tracking.settings import COVERING

SIDE = 48  # pixels of the crop that is looked at: half a map's
GAP, REACHED = 5, 11  # pixels: squares that lips are widened by, without the skin looked at and then with it
SHOWN, LIPS = 38, 153  # of 255, above which a map shows anything, and lips for certain
LEAST_SKIN, LEAST_LIPS = 80, 20  # pixels, fewer tell nothing
BINS = 16  # of a histogram's axes: brightness, green to red, blue to yellow; logarithms, in relation to skin
REACH = np.array([1.2, 0.5, 0.5])  # of the axes on either side of the skin's own colour
AXES = np.asarray(
    np.array([[1 / 3, 1, 1 / 2], [1 / 3, -1, 1 / 2], [1 / 3, 0, -1]]) * (BINS / 2) / REACH, np.float32
)
DARK = 0.04  # of 1, added before logarithms
COARSE = 0.06  # a bin of the colour axes: where a step of 1/255, or noise, is more, colours tell nothing
DEVIATION = 1.4826 / 2**0.5  # of each of two values, to the median of their absolute difference
MEMORY = 2.0  # seconds after which a colour counts a third
OFTEN = 4  # frames after which the colours are known, and known anew
ELSEWHERE, ANY = 0.3, 1 / 150  # the prior of colours that are not skin, and their density: any is as likely
MIXED, ALONE = np.array([0.25, 0.5, 0.25]), np.ones(1)  # how neighbouring bins are mixed, and are not
WINDOW = 7  # pixels over which evidence is averaged
UNLIKE = (-0.3, -1.0)  # log ratio of likelihoods from where on, and below which, a place is covered


@dataclass(frozen=True, slots=True)
class _Look:
    """All (48, 48). bins: int32, the histogram's bin of each pixel. lips: float32 0..1. skin: bool."""

    bins: NDArray[np.int32]
    lips: Float32
    skin: NDArray[np.bool_]


class LipColours:
    """The colours of one track's lips and skin."""

    def __init__(self) -> None:
        self._lips = np.zeros(BINS**3)
        self._skin = np.zeros(BINS**3)
        self._evidence: Float32 | None = None
        self._frames = 0
        self._time = self._undisputed = -np.inf

    def uncovered(self, mouth: Mouth, frame: Frame) -> Mouth:
        """The mouth without what covers it, less sure where that is most of it; learns from what is left."""
        look = _look(frame, mouth.map)
        if look is None:
            return mouth
        covered = self._covered(look)
        share = float((covered * look.lips).sum() / look.lips.sum())
        if mouth.confidence <= COVERING.sure or share < COVERING.calm:
            self._undisputed = frame.time
        lasting = frame.time - self._undisputed > COVERING.patience
        if mouth.confidence > COVERING.sure and (share < COVERING.calm or lasting):
            trusted = (covered < 0.2) | (share < COVERING.still) | lasting
            self._learn(look, (look.lips > 0.7) & trusted, frame.time)
            if lasting or self._frames % OFTEN == 0:
                self._evidence = self._ratio()
        certain = float(_ramp(share, *COVERING.covered))
        if certain == 0:
            return mouth
        confidence = mouth.confidence * (1 - float(_ramp(share, *COVERING.lost)))
        return replace(mouth, map=_without(mouth.map, certain * covered), confidence=confidence)

    def _covered(self, look: _Look) -> Float32:
        """(48, 48) 0..1, where the lips do not look like these lips."""
        if self._evidence is None:
            return np.zeros((SIDE, SIDE), np.float32)
        evidence = self._evidence[look.bins]
        window = (WINDOW, WINDOW)
        mean = cv2.blur(evidence * look.lips, window) / (cv2.blur(look.lips, window) + 0.05)
        return np.asarray(_ramp(mean, *UNLIKE), np.float32)

    def _learn(self, look: _Look, lips: NDArray[np.bool_], time: float) -> None:
        kept = np.exp(-max(time - self._time, 0.0) / MEMORY)
        self._lips = kept * self._lips + np.bincount(look.bins[lips], minlength=BINS**3)
        self._skin = kept * self._skin + np.bincount(look.bins[look.skin], minlength=BINS**3)
        self._frames, self._time = self._frames + 1, time

    def _ratio(self) -> Float32:
        """(4096,) how much likelier each colour is on these lips than elsewhere, as a logarithm."""
        likely = _density(self._lips) + 0.02 * ANY
        other = (1 - ELSEWHERE) * _density(self._skin) + ELSEWHERE * ANY
        return np.clip(np.log(likely / other), -3, 3).astype(np.float32)


def _look(frame: Frame, map_: MouthMap) -> _Look | None:
    """What a frame shows around a mouth; None where that is too little, too dark or too noisy to tell."""
    side = map_.classes.shape[1]
    upper, lower, inner = (cv2.resize(c, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for c in map_.classes)
    lips = cv2.add(upper, lower)
    near = cv2.dilate(cv2.add(lips, inner), _square(GAP)) > SHOWN
    skin = cv2.dilate(near.view(np.uint8), _square(REACHED)) > near
    if np.count_nonzero(skin) < LEAST_SKIN or np.count_nonzero(lips > LIPS) < LEAST_LIPS:
        return None
    shrink = np.array([[1, 0, 0.5 - side / SIDE / 2], [0, 1, 0.5 - side / SIDE / 2]]) * SIDE / side
    light = np.log(sample(frame, after(shrink, inverse(map_.to_frame)), SIDE) + np.float32(DARK))
    ring = light[skin]
    middle = np.partition(ring, len(ring) // 2, axis=0)[len(ring) // 2]
    if max(float(np.exp(-np.sort(middle)[1])) / 255, _noise(light, skin)) > COARSE:
        return None
    return _Look(_bins(light - middle), lips.astype(np.float32) / 255, skin)


def _noise(light: Float32, skin: NDArray[np.bool_]) -> float:
    """The deviation of green against red, (48, 48, 3) logarithms, from one pixel of the skin to the next."""
    hue = light[..., 1] - light[..., 0]
    steps = np.abs(hue[:, 1:] - hue[:, :-1])[skin[:, 1:]]
    half = len(steps) // 2
    ordered = np.partition(steps, (half - 1 + len(steps) % 2, half))
    return float(DEVIATION * (ordered[half - 1 + len(steps) % 2] + ordered[half]) / 2)


@lru_cache(maxsize=4)
def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)


def _bins(light: Float32) -> NDArray[np.int32]:
    """(h, w) bins of (h, w, 3) logarithms of red, green and blue in relation to the skin's."""
    at = np.clip(light @ AXES + BINS / 2, 0, BINS - 1).astype(np.int32)
    return np.asarray(at[..., 0] * BINS**2 + at[..., 1] * BINS + at[..., 2])


def _density(counts: Float64) -> Float64:
    """(4096,) shares of a histogram whose neighbours have been mixed."""
    cube = (counts / counts.sum()).reshape(BINS, BINS, BINS)
    two = cv2.sepFilter2D(cube, -1, MIXED, MIXED, borderType=cv2.BORDER_REPLICATE)
    last = cv2.sepFilter2D(two.reshape(-1, BINS), -1, MIXED, ALONE, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(last, np.float64).ravel()


def _without(map_: MouthMap, covered: Float32) -> MouthMap:
    """The map with nothing where `covered`, (48, 48) 0..1, is 1."""
    side = map_.classes.shape[1]
    left = 1 - cv2.resize(covered, (side, side), interpolation=cv2.INTER_LINEAR)
    return MouthMap(np.round(map_.classes * left).astype(np.uint8), map_.to_frame)


def _ramp(value: Any, low: float, high: float) -> Float64:
    """A smooth step: 0 at `low`, 1 at `high` and beyond; `high` may be the smaller."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t), np.float64)
