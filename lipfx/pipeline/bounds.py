"""Owns what faces from a file may be, so that none takes memory or time without end; must not know the file.

Each check raises ValueError with words for a reader.
"""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Float64
from lipfx.persons.look import LENGTH, Look

MOST_SIDE = 1024  # pixels of a mouth's classes
FURTHEST = 8  # sides of the frame, from its corner
LARGEST = 1e7  # pixels
SMALLEST = 1e-12  # square pixels of the frame to one of a mouth's
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def check_near(points: Float64, side: int) -> None:
    """Refuses (n, 2) frame pixels that lie far from a frame whose longer side is `side`."""
    furthest = float(np.abs(points).max())
    if not furthest <= FURTHEST * side:
        raise ValueError(f"a face lies at {furthest:g} pixels")


def check_affine(to_frame: Float64) -> None:
    """Refuses a (2, 3) affine that takes a map far away, or to nothing."""
    if not np.abs(to_frame).max() <= LARGEST or abs(np.linalg.det(to_frame[:, :2])) < SMALLEST:
        raise ValueError("a mouth lies nowhere")


def read_look(text: str) -> Look:
    """(LENGTH,) int8 from base64."""
    try:
        look = np.frombuffer(base64.b64decode(text, validate=True), np.int8)
    except ValueError as error:
        raise ValueError("a look is no base64") from error
    if len(look) != LENGTH:
        raise ValueError(f"a look has {len(look)} numbers, wanted {LENGTH}")
    return look


def read_classes(text: str) -> NDArray[np.uint8]:
    """(3, h, w) uint8 from a PNG in base64, whose size is looked at before it is decoded."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("a mouth is no base64") from error
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    if data.startswith(_PNG) and max(width, height) > MOST_SIDE:
        raise ValueError(f"a mouth has {width}x{height} pixels, at most {MOST_SIDE} a side are taken")
    picture = None
    if data.startswith(_PNG) and min(width, height):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError("a mouth is no PNG of three classes")
    return np.ascontiguousarray(np.moveaxis(picture, -1, 0), np.uint8)
