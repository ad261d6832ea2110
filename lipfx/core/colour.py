"""Owns the colour spaces that effects work in: encoded, linear, Lab, #rrggbb; must not know clips or samples.

Encoded and linear RGB have BT.709 primaries and are tied by the sRGB curve, carried on beyond 0..1:
odd about zero for colours outside the gamut, and above 1 for highlights. Arrays are (..., 3) float32
unless stated; nothing is clipped and inputs are never written to.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import cv2
import numpy as np

from lipfx.core.values import Float32, Float64, Space
from lipfx.errors import ParameterError

RGB_TO_XYZ = np.array(
    [
        [0.412390799, 0.357584339, 0.180480788],
        [0.212639006, 0.715168679, 0.072192315],
        [0.019330819, 0.119194780, 0.950532152],
    ]
)
_RGB_TO_SHARE = RGB_TO_XYZ / RGB_TO_XYZ.sum(axis=1, keepdims=True)
_SHARE_TO_RGB = np.linalg.inv(_RGB_TO_SHARE)
_CURVED_FROM, _CURVED_FROM_LIGHT, _STRAIGHT = 0.04045, 0.0031308, 12.92
_CUBE_ROOT_FROM, _LAB_STRAIGHT = (6 / 29) ** 3, (29 / 6) ** 2 / 3
_LAB_MIX = np.array([[0.0, 116.0, 0.0, -16.0], [500.0, -500.0, 0.0, 0.0], [0.0, 200.0, -200.0, 0.0]])
_LAB_UNMIX = np.linalg.inv(_LAB_MIX[:, :3]) @ np.column_stack([np.eye(3), -_LAB_MIX[:, 3]])
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
    light = _straight_below(_CURVED_FROM, 1 / _STRAIGHT, size, _decoded)
    return np.negative(light, out=light, where=encoded < 0)


def to_encoded(linear: Float32) -> Float32:
    """Light to encoded RGB: the sRGB curve."""
    size = np.abs(linear)
    encoded = _straight_below(_CURVED_FROM_LIGHT, _STRAIGHT, size, _encoded)
    return np.negative(encoded, out=encoded, where=linear < 0)


def _decoded(size: Float32) -> Float32:
    return power((size + np.float32(0.055)) * np.float32(1 / 1.055), 2.4)


def _encoded(size: Float32) -> Float32:
    return power(size, 1 / 2.4) * np.float32(1.055) - np.float32(0.055)


def _cube(root: Float32) -> Float32:
    return root * root * root


def _cube_root(share: Float32) -> Float32:
    return power(share, 1 / 3)


def _straight_below(
    start: float, slope: float, values: Float32, curve: Callable[[Float32], Float32]
) -> Float32:
    """A curve that goes on as a straight line below `start`.

    The line is added to the curve's start: to choose between the two pixel by pixel takes five times as long.
    """
    held = np.clip(values, start, np.inf)
    below = values - held
    below *= slope
    below += curve(held)
    return below


def convert(rgb: Float32, source: Space, target: Space) -> Float32:
    """RGB of one working space in another; the array itself where they are the same."""
    if source is target:
        return rgb
    return to_linear(rgb) if target is Space.LINEAR else to_encoded(rgb)


def to_lab(linear: Float32) -> Float32:
    """Linear RGB to CIE L*a*b* under D65: L 0..100 for light 0..1."""
    share = matrix_multiply(linear, _RGB_TO_SHARE)
    return matrix_multiply(_straight_below(_CUBE_ROOT_FROM, _LAB_STRAIGHT, share, _cube_root), _LAB_MIX)


def from_lab(lab: Float32) -> Float32:
    """CIE L*a*b* under D65 to linear RGB, the inverse of `to_lab`."""
    root = matrix_multiply(lab, _LAB_UNMIX)
    return matrix_multiply(_straight_below(6 / 29, 1 / _LAB_STRAIGHT, root, _cube), _SHARE_TO_RGB)


def matrix_multiply(colours: Float32, matrix: Float64) -> Float32:
    """`matrix` @ colour for each of (..., 3) float32 colours; a fourth column of `matrix` is added."""
    rows = np.ascontiguousarray(colours, np.float32).reshape(-1, 1, 3)
    return np.asarray(cv2.transform(rows, matrix), np.float32).reshape(colours.shape)


def power(base: Float32, exponent: float) -> Float32:
    """`base` to `exponent`, three times as fast as OpenCV's; slow where `base` or the result is nearly 0.

    `base` must not be negative.
    """
    flat = np.ascontiguousarray(base, np.float32).reshape(-1, 1)
    logarithm = np.asarray(cv2.log(flat), np.float32)
    logarithm *= np.float32(exponent)
    return np.asarray(cv2.exp(logarithm, dst=logarithm), np.float32).reshape(base.shape)
