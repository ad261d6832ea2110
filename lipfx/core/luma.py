"""Owns small grey copies of frames, in which faces are found and followed; must not know dlib or tracks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import inverse, scale_of
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


def _spans(back: Float64, side: int, room: int, frame: Frame) -> list[tuple[int, int]]:
    """First and end column, first and end row that a square of `side` pixels shows through the (2, 3) affine
    `back` to frame pixels, and `room` pixels around it. Plain numbers, as in `geometry.inverse`.
    """
    spans = []
    for (a, b, start), length in zip(back.tolist(), (frame.width, frame.height), strict=True):
        ends = [start, start + side * a, start + side * b, start + side * (a + b)]
        first = min(max(math.floor(min(ends)) - room, 0), length - 1)
        spans.append((first, min(max(math.ceil(max(ends)) + room + 1, first + 1), length)))
    return spans


def warped_luma(frame: Frame, affine: Float64, side: int) -> NDArray[np.uint8]:
    """(side, side) uint8 luma (green of an RGB frame) through a (2, 3) affine from frame pixels."""
    step = max(1, int(0.7 / max(scale_of(affine), 1e-6)))
    (left, right), (top, bottom) = _spans(inverse(affine), side, step, frame)
    part: NDArray[Any] = frame.planes[0][top:bottom, left:right]
    if step > 1:
        width, height = max(1, (right - left) // step), max(1, (bottom - top) // step)
        part = part[: height * step, : width * step]
        part = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA))
    whole = affine * (step, step, 1)
    whole[:, 2] += affine[:, :2] @ np.array([left + (step - 1) / 2, top + (step - 1) / 2])
    warped = cv2.warpAffine(
        part, whole, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return _to_bytes(np.asarray(warped), frame.format.bits)
