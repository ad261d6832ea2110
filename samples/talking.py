"""Owns the talking face of the samples: a portrait whose mouth and head are moved, and a voice to go with
it; must not know files or encoders.

The portrait is NASA's public-domain photograph of Eileen Collins, as scikit-image carries it. Its lower
face is a layer of its own that a smooth displacement moves down (open) or up over the teeth (closed).
Positions in the portrait are its pixels; positions in a frame are the frame's.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

FPS = Fraction(25)
SIZE = 512
SAMPLE_RATE = 44100

_CROP = (104.0, 0.0, 240.0)  # left, top and side of the portrait's square that fills the frame
_HEAD = (222.0, 118.0)
_CORNERS = (203.0, 244.5)  # of the mouth, x
_UPPER_EDGE = (
    (203, 206, 210, 215, 220, 224, 229, 234, 239, 243, 244.5),
    (139.3, 139.9, 141.5, 143, 143.8, 144.2, 143.8, 143, 141.6, 140.8, 140.5),
)  # x and y along the lower edge of the upper lip
_LOWER_EDGE = (
    (203, 205, 207, 210, 214, 218, 221, 225, 229, 233, 237, 240, 243, 244.5),
    (139.5, 142, 143.6, 146, 148.3, 149.4, 149.9, 149.8, 149.3, 147.6, 145.4, 143.7, 141.6, 140.7),
)  # x and y along the upper edge of the lower lip
_CHIN, _COLLAR = 176.0, 216.0  # y where the jaw's motion begins to fade, and where it has faded
_WIDEST = 7.5  # portrait pixels that the lower lip goes down at opening 1
_INNER_MOUTH = (62.0, 22.0, 22.0)

# Seconds and opening at the end of each: -1 lips closed, 0 the portrait's smile, 1 wide open.
_SYLLABLES = (
    (0.24, 0.0), (0.16, -1.0), (0.12, -0.9), (0.16, 0.8), (0.16, 0.1), (0.14, 0.55),
    (0.14, -0.8), (0.18, 1.0), (0.16, 0.2), (0.16, 0.5), (0.18, -1.0), (0.32, -1.0),
    (0.16, 0.35), (0.14, -0.3), (0.16, 0.9), (0.14, 0.15), (0.14, 0.7), (0.14, -0.9),
    (0.16, 0.45), (0.16, 0.0), (0.28, 0.0), (0.16, 0.75), (0.14, -0.95), (0.18, 1.0),
    (0.16, 0.3), (0.14, 0.6), (0.16, -0.5), (0.18, 0.25), (0.28, 0.0),
)  # fmt: skip

DURATION = sum(Fraction(str(seconds)) for seconds, _ in _SYLLABLES)
FRAME_COUNT = int(DURATION * FPS)


def opening(times: Float) -> Float:
    """How far the mouth is open at `times` (s): -1 closed, 0 as in the portrait, 1 wide."""
    ends = np.cumsum([0.0, *(seconds for seconds, _ in _SYLLABLES)])
    values = np.array([0.0, *(value for _, value in _SYLLABLES)])
    at = np.clip(np.searchsorted(ends, times, side="right") - 1, 0, len(_SYLLABLES) - 1)
    part = np.clip((times - ends[at]) / (ends[at + 1] - ends[at]), 0, 1)
    return np.asarray(values[at] + (values[at + 1] - values[at]) * _smooth(part))


def frame(portrait: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
    """The picture at `time` (s): (SIZE, SIZE, 3) uint8 RGB, from `portrait`, (512, 512, 3) uint8 RGB."""
    amount = float(opening(np.array([time]))[0])
    x, y = _narrow_mouth(*_turn_head(*_grid(), time), amount)
    lower_edge = np.interp(x, *_LOWER_EDGE)
    upper_edge = np.interp(x, *_UPPER_EDGE)
    inside = np.clip((1 - np.abs(_across(x))) / 0.08, 0, 1)
    lip = np.where(
        np.asarray(amount) < 0,
        amount * ((lower_edge - upper_edge) + 0.8 * inside),
        amount * _WIDEST * np.sqrt(np.clip(1 - _across(x) ** 2, 0, 1)) ** 1.5,
    )
    jaw = amount * _WIDEST * (0.8 if amount > 0 else 0.4) * np.exp(-((_across(x) / 2.2) ** 4))
    moved = y
    for _ in range(4):  # solves y = moved + shift(moved)
        moved = y - _jaw_shift(moved - lower_edge, moved, lip, jaw)
    upper = _sample(portrait, x, y)
    gap = (inside * np.clip(lip, 0, 1) * _soft(y - lower_edge, 1.2))[..., None]
    upper += gap * (_inner_mouth(y - lower_edge, lip) - upper)
    lower = _soft(y - lower_edge - lip, 0.9)[..., None]
    return _to_bytes(upper + lower * (_sample(portrait, x, moved) - upper))


def voice() -> Float:
    """A spoken-like tone for the whole clip: (samples,) float64 in -1..1 at SAMPLE_RATE."""
    times = np.arange(int(DURATION * SAMPLE_RATE)) / SAMPLE_RATE
    mouth = opening(times)
    pitch = 185 + 22 * np.sin(2 * np.pi * 0.55 * times) + 8 * np.sin(2 * np.pi * 1.7 * times)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    openness = (mouth + 1) / 2
    formants = (
        (300 + 550 * openness, 90.0, 1.0),
        (950 + 550 * np.sin(2 * np.pi * 0.9 * times) ** 2, 120.0, 0.6),
        (2600 + 0 * times, 200.0, 0.25),
    )  # centre (Hz), width (Hz), gain
    sound = np.zeros_like(times)
    for harmonic in range(1, 18):
        gain = sum(
            size * np.exp(-(((harmonic * pitch - at) / (2 * width)) ** 2)) for at, width, size in formants
        )
        sound += gain * np.sin(harmonic * phase) / np.sqrt(harmonic)
    loudness = _smooth(np.clip((openness - 0.02) / 0.5, 0, 1)) * _smooth(
        np.clip((times[-1] - times) / 0.3, 0, 1)
    )
    return np.asarray(0.5 * sound * loudness / np.abs(sound).max())


def _smooth(part: Float) -> Float:
    return part * part * (3 - 2 * part)


def _soft(distance: Float, width: float) -> Float:
    """0 well before an edge, 1 well past it; `width` in the units of `distance`."""
    return _smooth(np.clip(distance / width + 0.5, 0, 1))


def _across(x: Float) -> Float:
    """-1 at one corner of the mouth, 1 at the other."""
    left, right = _CORNERS
    return (2 * x - left - right) / (right - left)


def _grid() -> tuple[Float, Float]:
    """Portrait x and y of every pixel of a frame at rest."""
    left, top, side = _CROP
    steps = (np.arange(SIZE) + 0.5) * side / SIZE
    x, y = np.meshgrid(left + steps, top + steps)
    return x, y


def _turn_head(x: Float, y: Float, time: float) -> tuple[Float, Float]:
    """Moves the head by a similarity that fades toward the frame's border."""
    turn = np.radians(3.5 * np.sin(2 * np.pi * 0.31 * time) + 1.0 * np.sin(2 * np.pi * 0.83 * time))
    scale = 1 + 0.03 * np.sin(2 * np.pi * 0.23 * time + 1)
    shift = (4.5 * np.sin(2 * np.pi * 0.27 * time), 2.5 * np.sin(2 * np.pi * 0.46 * time + 0.5))
    dx, dy = x - _HEAD[0], y - _HEAD[1]
    weight = np.exp(-((np.hypot(dx, dy) / 92) ** 4))
    turned_x = scale * (np.cos(turn) * dx - np.sin(turn) * dy) + shift[0]
    turned_y = scale * (np.sin(turn) * dx + np.cos(turn) * dy) + shift[1]
    return x + weight * (turned_x - dx), y + weight * (turned_y - dy)


def _narrow_mouth(x: Float, y: Float, amount: float) -> tuple[Float, Float]:
    """An open mouth is narrower than a smile."""
    centre = sum(_CORNERS) / 2
    weight = np.exp(-(((x - centre) / 30) ** 4) - ((y - 146) / 22) ** 4)
    return x + weight * (x - centre) * 0.09 * max(amount, 0.0), y


def _jaw_shift(below: Float, y: Float, lip: Float, jaw: Float) -> Float:
    """How far down the lower face goes: as the lip at its edge, as the jaw further below."""
    toward_jaw = _smooth(np.clip(below / 20, 0, 1))
    fade = 1 - _smooth(np.clip((y - _CHIN) / (_COLLAR - _CHIN), 0, 1))
    return (lip + toward_jaw * (jaw - lip)) * fade


def _inner_mouth(below: Float, lip: Float) -> Float:
    """Dark behind the teeth, a little lighter toward the tongue."""
    depth = np.clip(below / np.maximum(lip, 1.0), 0, 1)
    return np.asarray((0.45 + 0.75 * depth**2)[..., None] * np.array(_INNER_MOUTH))


def _sample(portrait: NDArray[np.uint8], x: Float, y: Float) -> Float:
    """(h, w, 3) of `portrait` at positions where whole numbers are the edges of pixels."""
    at_x, at_y = (x - 0.5).astype(np.float32), (y - 0.5).astype(np.float32)
    found = cv2.remap(portrait, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return found.astype(np.float64)


def _to_bytes(values: Float) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
