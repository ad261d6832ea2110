"""Owns linear light in half floats as samples of 16 bits, and back; must not know files or frames.

Frames hold whole numbers. PQ's curve puts light from 0 to 49 times reference white into 65536 of them, in
steps that are finer than a half float's own from a thousandth of white on, so that what no effect touches
comes back as it was.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lipfx.core.transfer import PQ, from_working, to_working
from lipfx.core.values import Colour, Float32, Space

LIGHT = Colour(matrix="gbr", primaries="bt709", transfer=PQ, full_range=True)
"""Of frames whose samples stand for linear light, 1 being reference white."""
LOG = "log"
"""How tags call Cineon's printing density (Kennel, 1992), of which light was made."""
TOP = 65535
CODES = 1023
BLACK, WHITE, DECADE = 95, 685, 300
"""Codes of 10 bits: of black, of reference white, and in ten times as much light."""
ROOM = 10
"""Samples from one code below black to the next: less light than can be seen, but each comes back."""


def samples_of(light: Float32) -> NDArray[np.uint16]:
    """Samples of linear light; below black, and what is no number, becomes black."""
    with np.errstate(over="ignore"):
        halves = np.ascontiguousarray(light).astype(np.float16)
    return _codes()[halves.view(np.uint16)]


def light_of(samples: NDArray[np.uint16]) -> NDArray[np.float16]:
    """Linear light of samples."""
    return _halves()[samples]


def samples_of_log(codes: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Samples of linear light, of codes of printing density scaled to 16 bits."""
    return _from_log()[codes]


def log_of(samples: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Codes of printing density, scaled to 16 bits, of samples of linear light."""
    return _to_log()[samples]


@lru_cache(maxsize=1)
def _from_log() -> NDArray[np.uint16]:
    codes = np.arange(TOP + 1) * (CODES / TOP)
    lowest = 10 ** ((BLACK - WHITE) / DECADE)
    light = np.maximum(10 ** ((codes - WHITE) / DECADE) - lowest, 0) / (1 - lowest)
    signal = from_working(_three(light.astype(np.float32)), LIGHT, Space.LINEAR)[:, 0]
    lit = np.maximum(np.rint(np.clip(signal, 0, 1) * TOP), ROOM * BLACK + 1)
    return np.where(codes <= BLACK, np.rint(codes * ROOM), lit).astype(np.uint16)


@lru_cache(maxsize=1)
def _to_log() -> NDArray[np.uint16]:
    samples = np.arange(TOP + 1)
    lowest = 10 ** ((BLACK - WHITE) / DECADE)
    light = to_working(_three((samples / TOP).astype(np.float32)), LIGHT, Space.LINEAR)[:, 0].astype(
        np.float64
    )
    lit = WHITE + DECADE * np.log10(np.maximum(light, 0) * (1 - lowest) + lowest)
    codes = np.where(samples <= ROOM * BLACK, samples / ROOM, np.maximum(lit, BLACK))
    return np.rint(np.clip(codes, 0, CODES) * (TOP / CODES)).astype(np.uint16)


@lru_cache(maxsize=1)
def _codes() -> NDArray[np.uint16]:
    halves = np.arange(TOP + 1, dtype=np.uint16).view(np.float16).astype(np.float32)
    light = np.clip(np.nan_to_num(halves, nan=0.0), 0, 1e4)
    signal = from_working(_three(light), LIGHT, Space.LINEAR)[:, 0]
    return np.rint(np.clip(signal, 0, 1) * TOP).astype(np.uint16)


@lru_cache(maxsize=1)
def _halves() -> NDArray[np.float16]:
    signal = np.arange(TOP + 1, dtype=np.float32) / np.float32(TOP)
    return to_working(_three(signal), LIGHT, Space.LINEAR)[:, 0].astype(np.float16)


def _three(values: Float32) -> Float32:
    return np.asarray(np.column_stack([values] * 3), np.float32)
