"""Owns the colour spaces that effects work in: encoded, linear, Lab, #rrggbb; must not know clips or samples.

Encoded and linear RGB have BT.709 primaries and are tied by the sRGB curve, carried on beyond 0..1:
odd about zero for colours outside the gamut, and above 1 for highlights. Arrays are (..., 3) float32
unless stated; nothing is clipped and inputs are never written to.
"""

from __future__ import annotations

import re

import cv2
import numpy as np

from lipfx.effect import Space
from lipfx.errors import ParameterError
from lipfx.types import Float32, Float64

RGB_TO_XYZ = np.array(
    [
        [0.412390799, 0.357584339, 0.180480788],
        [0.212639006, 0.715168679, 0.072192315],
        [0.019330819, 0.119194780, 0.950532152],
    ]
)
_WHITE = RGB_TO_XYZ.sum(axis=1)
_CUBE_ROOT_FROM = np.float32((6 / 29) ** 3)
_LAB_SLOPE = np.float32((29 / 6) ** 2 / 3)
_LAB_MIX = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])
_LAB_UNMIX = np.linalg.inv(_LAB_MIX)
_LAB_OFFSET = _LAB_UNMIX @ (16.0, 0.0, 0.0)
_SHARE_TO_RGB = np.linalg.inv(RGB_TO_XYZ / _WHITE[:, None])
_HEX = re.compile(r"#?(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))", re.I)


def parse_hex(text: str) -> Float32:
    """The colour of '#rrggbb' or '#rgb' ('#' may be left out): (3,) float32, encoded RGB 0..1.

    Raises:
        ParameterError: the text is no such colour.
    """
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise ParameterError(f"colour {text!r} is not of the form #rrggbb; write it as in #b01030")
    digits = [part * (2 // len(part)) for part in match.groups() if part]
    return np.array([int(pair, 16) / 255 for pair in digits], np.float32)


def to_linear(encoded: Float32) -> Float32:
    """Encoded RGB to light: the sRGB curve, decoded."""
    size = np.abs(encoded)
    curved = power((size + np.float32(0.055)) * np.float32(1 / 1.055), 2.4)
    return np.copysign(np.where(size <= np.float32(0.04045), size * np.float32(1 / 12.92), curved), encoded)


def to_encoded(linear: Float32) -> Float32:
    """Light to encoded RGB: the sRGB curve."""
    size = np.abs(linear)
    curved = power(size, 1 / 2.4) * np.float32(1.055) - np.float32(0.055)
    return np.copysign(np.where(size <= np.float32(0.0031308), size * np.float32(12.92), curved), linear)


def convert(rgb: Float32, source: Space, target: Space) -> Float32:
    """RGB of one working space in another; the array itself where they are the same."""
    if source is target:
        return rgb
    return to_linear(rgb) if target is Space.LINEAR else to_encoded(rgb)


def to_lab(linear: Float32) -> Float32:
    """Linear RGB to CIE L*a*b* under D65: L 0..100 for light 0..1."""
    share = matrix_multiply(linear, RGB_TO_XYZ / _WHITE[:, None])
    root = power(np.maximum(share, _CUBE_ROOT_FROM), 1 / 3)
    bent = np.where(share > _CUBE_ROOT_FROM, root, share * _LAB_SLOPE + np.float32(4 / 29))
    return matrix_multiply(bent, _LAB_MIX, (-16.0, 0.0, 0.0))


def from_lab(lab: Float32) -> Float32:
    """CIE L*a*b* under D65 to linear RGB, the inverse of `to_lab`."""
    bent = matrix_multiply(lab, _LAB_UNMIX, _LAB_OFFSET)
    straight = (bent - np.float32(4 / 29)) * (1 / _LAB_SLOPE)
    share = np.where(bent > np.float32(6 / 29), bent * bent * bent, straight)
    return matrix_multiply(share, _SHARE_TO_RGB)


def matrix_multiply(
    colours: Float32, matrix: Float64, offset: Float64 | tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> Float32:
    """`matrix` @ colour + `offset` for each of (..., 3) float32 colours; (3, 3) and (3,) float64."""
    rows = np.ascontiguousarray(colours, np.float32).reshape(-1, 1, 3)
    moved = cv2.transform(rows, np.column_stack([matrix, offset]))
    return np.asarray(moved, np.float32).reshape(colours.shape)


def power(base: Float32, exponent: float) -> Float32:
    """`base` to `exponent`, several times faster than NumPy's; `base` must not be negative."""
    flat = np.ascontiguousarray(base, np.float32).reshape(-1, 1)
    return np.asarray(cv2.pow(flat, exponent), np.float32).reshape(base.shape)
