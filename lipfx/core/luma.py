"""Owns small grey copies of frames, in which faces are found and followed; must not know dlib or tracks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import inverse, scale_of, transform
from lipfx.core.values import Float64, Frame, Plane


def small_luma(frame: Frame, pixels: int) -> tuple[NDArray[np.uint8], float]:
    """A grey copy of about `pixels` pixels, or of the frame's own size where that is less, and its scale.

    Returns (h, w) uint8, encoded luma in the clip's own range, and copy pixels per frame pixel.
    """
    scale = min(1.0, (pixels / (frame.width * frame.height)) ** 0.5)
    return resized(frame, scale), scale


def resized(frame: Frame, scale: float) -> NDArray[np.uint8]:
    """A grey copy at `scale` copy pixels per frame pixel, (h, w) uint8."""
    size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    return _grey(frame, [_halved(plane, size) for plane in _planes(frame)], size)


def _halved(plane: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """The plane, halved while it stays as large as (width, height) `size`: faster than all in one step."""
    while plane.shape[1] >= 2 * size[0] and plane.shape[0] >= 2 * size[1]:
        half = (plane.shape[1] // 2, plane.shape[0] // 2)
        plane = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA))
    return plane


def _grey(frame: Frame, planes: Sequence[NDArray[Any]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """What `planes` of a frame show in grey, (width, height) `size`."""
    way = cv2.INTER_AREA if size[0] < planes[0].shape[1] else cv2.INTER_LINEAR
    parts = [cv2.resize(plane, size, interpolation=way) for plane in planes]
    grey = parts[0] if len(parts) == 1 else cv2.addWeighted(parts[0], 0.75, parts[1], 0.25, 0)
    return _to_bytes(np.asarray(grey, frame.format.dtype), frame.format.bits)


def _planes(frame: Frame) -> list[Plane]:
    """The planes that make grey: luma, or green and red."""
    return [frame.planes[0], frame.planes[2]] if frame.format.rgb else [frame.planes[0]]


def _to_bytes(plane: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    if bits == 8:
        return np.ascontiguousarray(plane, np.uint8)
    return np.ascontiguousarray(plane >> (bits - 8), np.uint8)


def warped_luma(frame: Frame, affine: Float64, side: int) -> NDArray[np.uint8]:
    """(side, side) uint8 luma (green of an RGB frame) through a (2, 3) affine from frame pixels."""
    scale = scale_of(affine)
    step = max(1, int(0.7 / max(scale, 1e-6)))
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]])
    span = transform(inverse(affine), corners)
    low = np.clip(np.floor(span.min(0)).astype(int) - step, 0, [frame.width - 1, frame.height - 1])
    high = np.clip(np.ceil(span.max(0)).astype(int) + step + 1, low + 1, [frame.width, frame.height])
    part: NDArray[Any] = frame.planes[0][low[1] : high[1], low[0] : high[0]]
    width, height = (max(1, (high - low)[k] // step) for k in (0, 1))
    if step > 1:
        part = part[: height * step, : width * step]
        part = np.asarray(cv2.resize(part, (int(width), int(height)), interpolation=cv2.INTER_AREA))
    offset = affine[:, 2] + affine[:, :2] @ (low + (step - 1) / 2)
    whole = np.hstack([affine[:, :2] * step, offset[:, None]])
    warped = cv2.warpAffine(
        part, whole, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return _to_bytes(np.asarray(warped), frame.format.bits)
