"""Owns pictures of a caller as frames, and back in their own type; must not know faces or effects."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Frame
from lipfx.errors import InputError, UsageError
from lipfx.video.kinds import Given, Order, Picture, taken

TOP = 65535
"""What 1.0 of a floating-point frame becomes while it is processed."""


def frame_length(rate: Fraction | float | None) -> Fraction:
    """Seconds a frame.

    Raises:
        UsageError: no clip has this rate.
    """
    if rate is None:
        return Fraction(1)
    if not isinstance(rate, Real) or not 0 < rate < float("inf"):
        raise UsageError(f"rate is {rate!r}, wanted frames a second, or None for pictures that stand alone")
    return 1 / Fraction(rate).limit_denominator(1001)


def numbered(
    pictures: Iterable[Picture],
    rate: Fraction | float | None,
    waiting: deque[Given[Picture]] | None = None,
    order: Order = "rgb",
) -> Iterator[Frame]:
    """Frames of pictures, `rate` a second; the pictures are added to `waiting` as they are drawn."""
    size: tuple[int, ...] | None = None
    for index, picture in enumerate(pictures):
        given = taken(picture, index, order)
        if rate is not None:
            size = same_size(given, index, size)
        if waiting is not None:
            waiting.append(given)
        yield as_frame(given, index, frame_length(rate))


def same_size(given: Given[Picture], index: int, size: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape of a picture, which is `size` where that is known.

    Raises: InputError: it is not.
    """
    if size is not None and given.samples.shape != size:
        raise InputError(f"frame {index} is {given.samples.shape}, those before it {size}; scale them alike")
    return given.samples.shape


def as_frame(given: Given[Picture], index: int, length: Fraction) -> Frame:
    """A picture as the frame of this number, `length` seconds after the one before."""
    from lipfx.video.stills.images import to_frame

    return replace(to_frame(_whole(given.samples), index), time_base=length)


def _whole(samples: NDArray[Any]) -> NDArray[Any]:
    """The samples as uint8 or uint16."""
    if samples.dtype.kind != "f":
        return samples
    return np.asarray(np.rint(np.clip(np.nan_to_num(samples), 0, 1) * np.float64(TOP)), np.uint16)


def returned(given: Given[Picture], rendered: Frame, drawn: bool) -> Picture:
    """What was made of a picture, in its own kind; to floating point only the change is added.

    drawn: `rendered` is a picture of its own.
    """
    from lipfx.video.stills.images import from_frame

    made, before = from_frame(rendered), given.samples
    if before.dtype.kind != "f":
        return given.back(np.asarray(made, before.dtype))
    if drawn:
        return given.back(np.asarray(made / TOP, before.dtype))
    change = made.astype(np.float64) - _whole(before)
    return given.back(np.asarray(before + change / TOP, before.dtype))
