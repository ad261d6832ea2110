"""Owns what one frame tells of the light on a face: a few colours of it; must not know what they mean.

A crop shows the face upright, from chin to brow, wherever the frame does; another one the whole picture.
Colours are encoded RGB, float64, 0..1.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.geometry import crop_affine, inverse, mouth_pose, transform
from lipfx.core.planar import read_patch
from lipfx.core.sampling import sample
from lipfx.core.values import LUMA, Box, Float32, Float64, Frame, Space

SKIN, DARK, SHEEN, EYES, BRIGHT, LIPS = range(6)
"""Rows of what `measure` gives: skin around the mouth, the face's darkest parts, what skin mirrors, whites of
the eyes, what is bright in the whole picture, and lips. What is mirrored and whites are given as they would
be beside skin that is lit like the mouth, whatever shadows lie on a face. Eyes that are not seen are NaN."""

SIDE, EXTENT, ABOVE = 64, 2.9, 0.85
"""Pixels and mouth sizes of the crop's side, and mouth sizes from the mouth up to its middle."""

NEAR = 0.7
"""Mouth sizes from the mouth's middle, across and down, within which skin is taken."""

DARKEST, BRIGHTEST, WHITEST, BRIGHT_FROM = 0.008, 0.04, 0.04, 0.97
"""Shares of the face that are its dark and its sheen, of the eyes' band that is their white; the rank of
what is bright in a picture."""

ENOUGH = 0.5
"""Share of the eyes' band that the frame must show."""

TRIMMED = 0.15
"""Share of skin that is left out at either end."""

AROUND = 31
"""Pixels of a crop that a pixel is compared with, across and down."""

ENOUGH_PIXELS = 16
PICTURE_SIDE = 48


def measure(frame: Frame, points: Float64) -> Float64:
    """(6, 3) colours of the face whose (56, 2) landmarks these are; see `SKIN` and the following."""
    pose = mouth_pose(points)
    affine = crop_affine(pose, EXTENT, SIDE)
    affine[1, 2] += ABOVE * SIDE / EXTENT
    crop, shown = sample(frame, affine, SIDE), _shown(frame, affine)
    near, face, eyes = _parts()
    mouth, lips = _mouth(transform(affine, points))
    shown &= mouth == 0
    part = face & shown
    if np.count_nonzero(near & shown) < ENOUGH_PIXELS or np.count_nonzero(part) < ENOUGH_PIXELS:
        near = face = part = shown = np.ones((SIDE, SIDE), np.bool_)
    skin, whole, beside = _middle(crop[near & shown]), crop[part], _beside(crop, part)
    seen = np.count_nonzero(eyes & shown) >= ENOUGH * np.count_nonzero(eyes)
    rows = [
        skin,
        _outermost(whole, -(whole @ LUMA), DARKEST),
        skin + _outermost(beside[part], beside[part] @ LUMA, BRIGHTEST),
        skin + _outermost(beside[eyes & shown], crop[eyes & shown, 2], WHITEST)
        if seen
        else np.full(3, np.nan),
        _ranked(_thinned(frame), BRIGHT_FROM),
        _middle(crop[lips > 0]) if lips.any() else skin,
    ]
    return np.array(rows, np.float64)


def _middle(colours: Float32) -> Float64:
    """(3,) mean of each channel of (n, 3) colours without its lowest and highest."""
    low = round(TRIMMED * len(colours))
    ordered = np.sort(colours.T.copy(), axis=1)[:, low : len(colours) - low]
    return np.asarray(ordered.mean(axis=1), np.float64)


def _beside(crop: Float32, face: NDArray[np.bool_]) -> Float32:
    """(SIDE, SIDE, 3) how much brighter than the face around it a pixel is: shadows go out."""
    weight = np.asarray(face, np.float32)
    around = np.asarray(cv2.blur(crop * weight[..., None], (AROUND, AROUND)), np.float32)
    known = np.asarray(cv2.blur(weight, (AROUND, AROUND)), np.float32)
    return np.asarray(crop - around / np.maximum(known, 0.02)[..., None], np.float32)


@lru_cache(maxsize=1)
def _parts() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """(SIDE, SIDE) of a crop: skin close to the mouth, what is face for certain, and the eyes' band."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    unit, middle = SIDE / EXTENT, (SIDE - 1) / 2
    x, y = np.abs(columns - middle) / unit, (rows - middle) / unit - ABOVE
    near = (x < NEAR) & (np.abs(y) < NEAR)
    face = (x / 0.95) ** 2 + ((y + 0.75) / 1.35) ** 2 < 1
    return near, face, (y > -1.8) & (y < -1.25) & (x > 0.2) & (x < 0.95)


def _shown(frame: Frame, affine: Float64) -> NDArray[np.bool_]:
    """(SIDE, SIDE) which pixels of the crop the frame holds."""
    ends = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]], np.float64)
    x, y = transform(inverse(affine), ends).T
    if x.min() >= 0 and y.min() >= 0 and x.max() < frame.width and y.max() < frame.height:
        return np.ones((SIDE, SIDE), np.bool_)
    width, height = frame.width, frame.height
    corners = transform(affine, np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64))
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(canvas, np.clip(corners, -1e4, 1e4).round().astype(np.int32), (1,))
    return canvas > 0


def _mouth(points: Float64) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(SIDE, SIDE) each, not 0 where landmarks in crop pixels show the mouth or what is close, and lips."""
    canvas, corners = np.zeros((SIDE, SIDE), np.uint8), points.round().astype(np.int32)
    cv2.fillPoly(canvas, [corners[helen56.OUTER]], (1,))
    mouth = np.asarray(cv2.dilate(canvas, np.ones((5, 5), np.uint8)), np.uint8)
    cv2.fillPoly(canvas, [corners[helen56.INNER]], (0,))
    return mouth, canvas


def _outermost(colours: Float32, rank: Float32, share: float) -> Float64:
    """(3,) mean of the share of (n, 3) colours that ranks highest."""
    count = max(1, int(share * len(colours)))
    return np.asarray(colours[np.argpartition(rank, -count)[-count:]].mean(axis=0), np.float64)


def _ranked(colours: Float32, share: float) -> Float64:
    """(3,) of each channel the value that a share of the others is below."""
    rank = round(share * (len(colours) - 1))
    return np.asarray(np.partition(colours.T.copy(), rank, axis=1)[:, rank], np.float64)


def _thinned(frame: Frame) -> Float32:
    """(n, 3) pixels from all over the picture, clipped to 0..1."""
    dx, dy = frame.format.chroma_shift_x, frame.format.chroma_shift_y
    down, across = (max(1, (n >> s) // PICTURE_SIDE) for n, s in ((frame.height, dy), (frame.width, dx)))
    luma = frame.planes[0][:: down << dy, :: across << dx]
    others = () if frame.format.grey else frame.planes[1:3]
    planes = (luma, *(plane[::down, ::across] for plane in others))
    small = replace(frame, planes=planes, format=replace(frame.format, chroma_shift_x=0, chroma_shift_y=0))
    rgb = read_patch(small, Box(0, 0, small.width, small.height), Space.ENCODED)
    return np.clip(rgb.reshape(-1, 3), 0, 1)
