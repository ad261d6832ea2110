"""Owns pictures as NumPy arrays: as frames, and back in their own type; must not know faces or effects."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Frame
from lipfx.errors import InputError, UsageError

Sample = TypeVar("Sample", bound=np.generic)

TOP = 65535
"""What 1.0 of a floating-point frame becomes while it is processed."""


def frame_length(rate: Fraction | float | None) -> Fraction:
    """Seconds a frame.

    Raises:
        UsageError: no clip has this rate.
    """
    if rate is None:
        return Fraction(1)
    if not 0 < rate < float("inf"):
        raise UsageError(f"rate is {rate}, wanted frames a second, or None for pictures that stand alone")
    return 1 / Fraction(rate).limit_denominator(1001)


def numbered(
    pictures: Iterable[NDArray[Sample]],
    rate: Fraction | float | None,
    waiting: deque[NDArray[Sample]] | None = None,
) -> Iterator[Frame]:
    """Frames of pictures, `rate` a second; the pictures are added to `waiting` as they are drawn."""
    from lipfx.video.stills.images import to_frame

    length = frame_length(rate)
    size: tuple[int, ...] | None = None
    for index, picture in enumerate(pictures):
        frame = replace(to_frame(_samples(picture, index), index), time_base=length)
        size = size or picture.shape
        if rate is not None and picture.shape != size:
            raise InputError(f"frame {index} is {picture.shape}, those before it {size}; scale them alike")
        if waiting is not None:
            waiting.append(picture)
        yield frame


def _samples(picture: NDArray[Any], index: int) -> NDArray[Any]:
    """The picture as uint8 or uint16.

    Raises:
        InputError: it is no picture.
    """
    shape, kind = np.shape(picture), np.asarray(picture).dtype
    pictured = len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))
    if not pictured or 0 in shape or not (kind in (np.uint8, np.uint16) or kind.kind == "f"):
        raise InputError(
            f"frame {index} is {shape} {kind}, wanted (h, w, 3) of uint8, uint16 or float; convert it"
        )
    if kind.kind != "f":
        return picture
    return np.asarray(np.rint(np.clip(np.nan_to_num(picture), 0, 1) * np.float64(TOP)), np.uint16)


def returned(picture: NDArray[Sample], rendered: Frame, drawn: bool) -> NDArray[Sample]:
    """What was made of a picture, in its own type; to floating point only the change is added.

    drawn: `rendered` is a picture of its own.
    """
    from lipfx.video.stills.images import from_frame

    samples = from_frame(rendered)
    if picture.dtype.kind != "f":
        return np.asarray(samples, picture.dtype)
    if drawn:
        return np.asarray(samples / TOP, picture.dtype)
    change = samples.astype(np.float64) - _samples(picture, rendered.index)
    return np.asarray(picture + change / TOP, picture.dtype)
