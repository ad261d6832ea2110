"""Owns the way between a frame's planes and RGB patches; must not know effects, masks or faces.

Reading interpolates subsampled chroma; writing adds the *change* of a patch to the samples that were
there, so that samples of pixels that did not change stay as decoded, bit for bit. Chroma is taken as
MPEG's default: in line with the left pixel of its pair, midway between its two rows. Both filters are
free of negative weights: an edge of colour gets no halo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import transfer
from lipfx.core.colour import matrix_multiply
from lipfx.core.values import Box, Colour, Float32, Float64, Frame, PixelFormat, Plane, Space
from lipfx.errors import InputError

ROUNDING = np.float32(1e-5)  # share of a pixel's three channels below which a difference is none
# Weights of red and blue in luma.
LUMA_WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "bt2020nc": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
}
_ONE, _PAIR, _TRIPLE = (np.array(kernel, np.float32) for kernel in ([1], [0.5, 0.5], [0.25, 0.5, 0.25]))
_YCGCO = np.array([[0.25, 0.5, 0.25], [-0.25, 0.5, -0.25], [0.5, 0.0, -0.5]])
_RGB_TO_GBR = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Coding:
    """How three samples stand for R'G'B': samples = to_samples @ rgb + offset.

    to_samples: (3, 3) float64. offset: (3,) float64, the samples of black. legal: lowest and highest
    nominal sample of each plane.
    """

    to_samples: Float64
    offset: Float64
    legal: tuple[tuple[float, float], ...]


@lru_cache(maxsize=16)
def coding(format: PixelFormat, colour: Colour) -> Coding:
    """The coding of a stream's samples.

    Raises:
        InputError: the matrix, transfer or primaries are of a kind that lipfx does not convert.
    """
    transfer.check_transfer(colour)
    top, unit = float(2**format.bits - 1), float(2 ** (format.bits - 8))
    luma = (0.0, top) if colour.full_range else (16 * unit, 235 * unit)
    chroma = (0.0, top) if colour.full_range else (16 * unit, 240 * unit)
    same = format.rgb or format.grey
    legal = (luma, luma, luma) if same else (luma, chroma, chroma)
    offset = np.array([luma[0]] * 3 if same else [luma[0], 128 * unit, 128 * unit])
    scale = np.array([high - low for low, high in legal])
    return Coding(_matrix(format, colour.matrix) * scale[:, None], offset, legal)


def decoded(samples: Float32, format: PixelFormat, colour: Colour) -> Float32:
    """R'G'B' of (..., 3) float32 samples of a stream's three planes."""
    return matrix_multiply(samples, decoding(format, colour))


@lru_cache(maxsize=16)
def decoding(format: PixelFormat, colour: Colour) -> Float64:
    """(3, 4) from samples to R'G'B', the last column to be added."""
    code = coding(format, colour)
    inverse = np.linalg.inv(code.to_samples)
    return np.column_stack([inverse, -inverse @ code.offset])


def _matrix(format: PixelFormat, name: str) -> Float64:
    """(3, 3) from R'G'B' to the planes' signals: luma 0..1, colour differences -0.5..0.5."""
    if format.rgb:
        return _RGB_TO_GBR
    if format.grey:
        red, blue = LUMA_WEIGHTS.get(name, LUMA_WEIGHTS["bt709"])
        return np.tile([red, 1 - red - blue, blue], (3, 1))
    if name == "ycgco":
        return _YCGCO
    if name not in LUMA_WEIGHTS:
        raise InputError(
            f"colour matrix {name!r} of a {format.name} clip is not supported, wanted one of "
            f"{', '.join(LUMA_WEIGHTS)}, ycgco; convert the clip first or correct its tag"
        )
    red, blue = LUMA_WEIGHTS[name]
    luma = np.array([red, 1 - red - blue, blue])
    return np.stack(
        [luma, (np.array([0, 0, 1]) - luma) / (2 - 2 * blue), (np.array([1, 0, 0]) - luma) / (2 - 2 * red)]
    )


def black_frame(like: Frame, format: PixelFormat, colour: Colour, alpha: float) -> Frame:
    """A black frame of the size and time of `like`; where `format` has alpha, it is `alpha`, 0..1."""
    values = list(coding(format, colour).offset[: format.plane_count - format.alpha])
    values += [alpha * (2**format.bits - 1)] * format.alpha
    shapes = format.plane_shapes(like.width, like.height)
    planes = tuple(
        np.full(shape, int(value), format.dtype) for shape, value in zip(shapes, values, strict=True)
    )
    return replace(like, planes=planes, format=format, colour=colour)


def read_patch(frame: Frame, box: Box, space: Space) -> Float32:
    """The picture in `box`: (box.height, box.width, 3) float32 RGB in `space`, not clipped.

    `box` lies inside the frame and starts on its chroma grid.
    """
    code = coding(frame.format, frame.colour)
    windows = plane_windows(frame.format, box)
    planes = [np.asarray(frame.planes[i][window], np.float32) for i, window in enumerate(windows)]
    if frame.format.grey:
        grey = (planes[0] - np.float32(code.offset[0])) / np.float32(code.legal[0][1] - code.legal[0][0])
        signal = np.asarray(cv2.merge([grey] * 3), np.float32)
    else:
        planes = [planes[0], *(_upsample(plane, box, frame.format) for plane in planes[1:])]
        signal = decoded(np.asarray(cv2.merge(planes), np.float32), frame.format, frame.colour)
    return transfer.to_working(signal, frame.colour, space)


def write_patch(frame: Frame, box: Box, before: Float32, after: Float32, space: Space) -> None:
    """Adds the change from `before` to `after`, (h, w, 3) float32 in `space`, to the planes in `box`.

    Changed samples are rounded and held in the nominal range, or where they were beyond it.
    """
    part = _changed_part(before, after, frame.format)
    if part is None:
        return
    box = _part_of(box, part)
    code = coding(frame.format, frame.colour)
    change = _signal_change(before[part], after[part], frame.colour, space)
    for i, window in enumerate(plane_windows(frame.format, box)):
        delta = np.asarray(cv2.transform(change, code.to_samples[i : i + 1]), np.float32)
        plane = frame.planes[i]
        plane[window] = _add(plane[window], _downsample(delta, frame.format) if i else delta, code.legal[i])


def _changed_part(before: Float32, after: Float32, format: PixelFormat) -> tuple[slice, slice] | None:
    """The rows and columns that hold every change, on the chroma grid with a chroma sample around them."""
    changed = (before != after).view(np.uint8).reshape(len(before), -1)
    x, y, width, height = cv2.boundingRect(changed)
    if not width:
        return None
    rows, columns = (y, y + height - 1), (x // 3, (x + width - 1) // 3)
    return _on_grid(*rows, format.chroma_shift_y), _on_grid(*columns, format.chroma_shift_x)


def _on_grid(first: int, last: int, shift: int) -> slice:
    return slice(max((first >> shift) - 1, 0) << shift, ((last >> shift) + 2) << shift)


def _part_of(box: Box, part: tuple[slice, slice]) -> Box:
    """The part of a box as rows and columns from its corner, which may reach beyond it."""
    rows, columns = part
    right, bottom = min(box.x0 + columns.stop, box.x1), min(box.y0 + rows.stop, box.y1)
    return Box(box.x0 + columns.start, box.y0 + rows.start, right, bottom)


def read_alpha(frame: Frame, box: Box) -> Float32:
    """The last plane as (box.height, box.width) float32, 0..1; `frame.format` has alpha."""
    return np.asarray(frame.planes[-1][_slices(box)], np.float32) / np.float32(2**frame.format.bits - 1)


def write_alpha(frame: Frame, box: Box, alpha: Float32) -> None:
    """Sets the last plane to (box.height, box.width) float32 `alpha`, 0..1."""
    frame.planes[-1][_slices(box)] = np.rint(np.clip(alpha, 0, 1) * (2**frame.format.bits - 1))


def _signal_change(before: Float32, after: Float32, colour: Colour, space: Space) -> Float32:
    """The change as R'G'B' of the clip.

    Curves are steep near black, where they would make samples of what float32 loses in an effect's own
    conversions (`ROUNDING`).
    """
    if transfer.is_encoded(colour) and space is Space.ENCODED:
        return after - before
    new, old = (transfer.from_working(rgb, colour, space) for rgb in (after, before))
    changed = np.asarray(_size(after - before) > ROUNDING * _size(after), np.float32)
    return np.asarray((new - old) * np.asarray(cv2.merge([changed] * 3), np.float32), np.float32)


def _size(rgb: Float32) -> Float32:
    """(h, w) sum of the three channels' magnitudes."""
    return np.asarray(cv2.transform(np.abs(rgb), np.ones((1, 3))), np.float32)


def _add(samples: Plane, delta: Float32, legal: tuple[float, float]) -> Float32:
    held = np.asarray(samples, np.float32)
    low, high = np.minimum(held, np.float32(legal[0])), np.maximum(held, np.float32(legal[1]))
    moved = np.maximum(np.rint(held + delta), low)  # two steps are half of what np.clip takes for arrays
    return np.asarray(np.minimum(moved, high), np.float32)


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(box.y0, box.y1), slice(box.x0, box.x1)


def plane_windows(format: PixelFormat, box: Box) -> list[tuple[slice, slice]]:
    """Rows and columns of each colour plane that `box` covers; `box` starts on the chroma grid."""
    if format.grey or format.rgb:
        return [_slices(box)] * (1 if format.grey else 3)
    dx, dy = format.chroma_shift_x, format.chroma_shift_y
    chroma = slice(box.y0 >> dy, -(-box.y1 >> dy)), slice(box.x0 >> dx, -(-box.x1 >> dx))
    return [_slices(box), chroma, chroma]


def _upsample(chroma: NDArray[Any], box: Box, format: PixelFormat) -> Float32:
    """Chroma samples on the pixels of `box`, interpolated linearly from where they are sited."""
    for _ in range(format.chroma_shift_x):
        between = (chroma[:, :-1] + chroma[:, 1:]) / 2
        chroma = np.repeat(chroma, 2, axis=1)
        chroma[:, 1:-1:2] = between
    for _ in range(format.chroma_shift_y):
        height, width = chroma.shape
        chroma = np.asarray(cv2.resize(chroma, (width, 2 * height), interpolation=cv2.INTER_LINEAR))
    return chroma[: box.height, : box.width]


def _downsample(delta: Float32, format: PixelFormat) -> Float32:
    """The change of each chroma sample: the mean over its pixels, (1, 2, 1) across and (1, 1) down."""
    for _ in range(format.chroma_shift_y):
        delta = _filtered(delta, _ONE, _PAIR)[::2]
    for _ in range(format.chroma_shift_x):
        delta = _filtered(delta, _TRIPLE, _ONE)[:, ::2]
    return delta


def _filtered(plane: Float32, across: Float32, down: Float32) -> Float32:
    """A plane, its border repeated, under two kernels; even ones start at the pixel itself."""
    anchor = (len(across) - 1) // 2, (len(down) - 1) // 2
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.sepFilter2D(plane, -1, across, down, anchor=anchor, borderType=border), np.float32)
