"""Owns square crops of a frame through an affine, straight from its planes; must not know what looks at them.

Only the crop is converted to RGB. Where the crop is smaller than what it shows, the planes are reduced by
area first, so that nothing aliases.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import transfer
from lipfx.core.planar import coding, decoded
from lipfx.core.values import Float32, Float64, Frame, PixelFormat, Plane, Space


def sample(frame: Frame, affine: Float64, side: int) -> Float32:
    """A (side, side, 3) float32 crop, RGB encoded, clipped to 0..1.

    affine: (2, 3) from frame pixels to crop pixels. Outside the frame its border is mirrored.
    """
    planes = [_warped(frame.planes[0], _view(frame.planes[0], affine, side), side)]
    if not frame.format.grey:
        others = _view(frame.planes[1], _on_others(affine, frame.format), side)
        planes += [_warped(plane, others, side) for plane in frame.planes[1:3]]
    code = coding(frame.format, frame.colour)
    if frame.format.grey:
        grey = (planes[0] - np.float32(code.offset[0])) / np.float32(code.legal[0][1] - code.legal[0][0])
        signal = np.asarray(cv2.merge([grey] * 3), np.float32)
    else:
        signal = decoded(np.asarray(cv2.merge(planes), np.float32), frame.format, frame.colour)
    rgb = transfer.to_working(signal, frame.colour, Space.ENCODED)
    return np.asarray(np.clip(rgb, 0, 1, out=rgb), dtype=np.float32)


def _on_others(affine: Float64, format: PixelFormat) -> Float64:
    """The affine from the samples of the second and third plane: chroma lies in line with its left luma,
    midway between two rows.
    """
    if format.rgb:
        return affine
    wide, high = 1 << format.chroma_shift_x, 1 << format.chroma_shift_y
    own = affine * (wide, high, 1)
    own[:, 2] += affine[:, 1] * ((high - 1) / 2)
    return np.asarray(own, dtype=np.float64)


_View: TypeAlias = tuple[slice, slice, Float64]
"""Rows and columns of a plane, and the (2, 3) affine from what they show to a crop."""


def _view(plane: Plane, affine: Float64, side: int) -> _View:
    """What a crop through `affine` shows of planes of this size."""
    x0, y0, x1, y1 = _shown(affine, side, plane.shape[1], plane.shape[0])
    moved = affine.copy()
    moved[:, 2] += affine[:, 0] * x0 + affine[:, 1] * y0
    return slice(y0, y1), slice(x0, x1), moved


def _warped(plane: Plane, view: _View, side: int) -> Float32:
    """(side, side) float32 of what a crop shows of one plane, its border mirrored."""
    rows, columns, affine = view
    small, moved = reduced(plane[rows, columns], affine)
    warped = cv2.warpAffine(
        small, moved, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(warped, dtype=np.float32)


def _shown(affine: Float64, side: int, width: int, height: int) -> tuple[int, int, int, int]:
    """The part x0, y0, x1, y1 of a plane of `width` x `height` that a crop shows, with room for filters.

    Plain numbers: this runs for every plane of every crop, and arrays of four would take longer.
    """
    a, b, x, c, d, y = affine.ravel().tolist()
    determinant = a * d - b * c
    middle = (side - 1) / 2
    across, down = (middle - x) / determinant, (middle - y) / determinant
    at_x, at_y = d * across - b * down, a * down - c * across
    reach = (side + 1) / 2 / abs(determinant)
    reach_x, reach_y = reach * (abs(d) + abs(b)), reach * (abs(a) + abs(c))
    x0 = min(max(math.floor(at_x - reach_x) - 2, 0), width - 1)
    y0 = min(max(math.floor(at_y - reach_y) - 2, 0), height - 1)
    x1 = min(max(math.ceil(at_x + reach_x) + 3, x0 + 1), width)
    y1 = min(max(math.ceil(at_y + reach_y) + 3, y0 + 1), height)
    return x0, y0, x1, y1


def reduced(picture: Plane, affine: Float64) -> tuple[NDArray[Any], Float64]:
    """A picture (h, w[, c]) reduced by the whole factor that the affine shrinks by, and its affine."""
    a, b, _, c, d, _ = affine.ravel().tolist()
    shrink = min(int(1 / max(1e-6, abs(a * d - b * c) ** 0.5)), *picture.shape[:2])
    if shrink < 2:
        return picture, affine
    height, width = (n // shrink for n in picture.shape[:2])
    small = cv2.resize(
        picture[: height * shrink, : width * shrink], (width, height), interpolation=cv2.INTER_AREA
    )
    own = affine * (shrink, shrink, 1)
    own[:, 2] += (affine[:, 0] + affine[:, 1]) * ((shrink - 1) / 2)
    return np.asarray(small, dtype=picture.dtype), np.asarray(own, dtype=np.float64)
