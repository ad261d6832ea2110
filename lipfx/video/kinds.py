"""Owns pictures in the kinds that callers have, as arrays and back; must not know frames.

What a kind of picture cannot mean is refused here: an error is told before it has made a wrong picture.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from lipfx.errors import InputError, UsageError

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

Picture = TypeVar("Picture", bound="NDArray[Any] | Image | torch.Tensor")
Order: TypeAlias = Literal["rgb", "bgr"]

CHANNELS = (3, 4)
WANTED = "wanted (h, w, 3) of uint8, uint16 or float"
OVERSHOOT = 0.1
"""By how much numbers may lie outside 0..1: scaling a picture goes a little beyond what it was."""
STRAYS = 0.01
"""Share of the numbers that may lie further outside: highlights that are brighter than white."""


@dataclass(frozen=True, slots=True)
class Given(Generic[Picture]):
    """A caller's picture. samples: (h, w) grey or (h, w, 3 or 4) RGB(A), uint8, uint16 or floating point.

    back: makes a picture of the caller's kind of samples.
    """

    samples: NDArray[Any]
    back: Callable[[NDArray[Any]], Picture]


def check_order(order: str) -> None:
    """Raises: UsageError: channels come in no such order."""
    if order not in get_args(Order):
        raise UsageError(f"order is {order!r}, wanted 'rgb' or 'bgr'")


def check_pictures(pictures: object) -> None:
    """Raises: UsageError when this is one picture, or none, where several in a row are wanted."""
    if isinstance(pictures, (str, bytes, PathLike)):
        raise UsageError(f"frames is {pictures!r}, wanted pictures; process_video takes files")
    shape = tuple(getattr(pictures, "shape", ()))
    if _is_image(pictures) or len(shape) == 2 or (len(shape) == 3 and shape[2] in CHANNELS):
        raise UsageError("frames is one picture, wanted a list of them; give [picture], with rate=None")
    if len(shape) == 3 and shape[0] in CHANNELS:
        raise UsageError(
            f"frames is {shape}, one picture with channels first or {shape[0]} grey ones; give a list"
        )
    if not hasattr(pictures, "__iter__") and not hasattr(pictures, "__getitem__"):
        raise UsageError(
            f"frames is of type {type(pictures).__name__}, wanted a list or iterator of pictures"
        )


def taken(picture: Picture, index: int, order: Order = "rgb") -> Given[Picture]:
    """A picture as samples. order: of an array's or tensor's channels; Pillow's images say theirs themselves.

    Raises: InputError: it is no picture, or its numbers are not those of one.
    """
    if _is_image(picture):
        return _taken_image(picture, index)
    if _is_tensor(picture):
        return _taken_tensor(picture, index, order)
    if picture is None or isinstance(picture, (str, bytes, PathLike)):
        raise InputError(f"frame {index} is {picture!r}, {WANTED}; was it read?")
    samples = np.asarray(picture)
    _check(samples, index)
    back: Any = partial(_ordered, order=order)
    return Given(_ordered(samples, order), back)


def _taken_image(picture: Any, index: int) -> Given[Any]:
    from PIL import Image

    if picture.mode not in ("RGB", "RGBA", "L", "I;16"):
        raise InputError(
            f"frame {index} is an image of mode {picture.mode}, wanted RGB, RGBA or L; picture.convert('RGB')"
        )
    return Given(np.asarray(picture), Image.fromarray)


def _taken_tensor(picture: Any, index: int, order: Order) -> Given[Any]:
    """Channels stand first or last in a tensor; what is made of it is like it."""
    import torch

    here = picture.detach().cpu()
    samples: NDArray[Any] = (here.float() if here.dtype is torch.bfloat16 else here).numpy()
    first = samples.ndim == 3 and samples.shape[0] in CHANNELS and samples.shape[2] not in CHANNELS
    samples = np.moveaxis(samples, 0, 2) if first else samples
    _check(samples, index)

    def back(made: NDArray[Any]) -> Any:
        made = _ordered(made, order)
        made = np.ascontiguousarray(np.moveaxis(made, 2, 0) if first and made.ndim == 3 else made)
        return torch.from_numpy(made).to(picture.device, picture.dtype)

    return Given(_ordered(samples, order), back)


def _ordered(samples: NDArray[Any], order: Order) -> NDArray[Any]:
    """Channels from the caller's order to RGB, or back; alpha stays the last."""
    if order == "rgb" or samples.ndim == 2:
        return samples
    return np.ascontiguousarray(samples[..., ::-1] if samples.shape[2] == 3 else samples[..., [2, 1, 0, 3]])


def _check(samples: NDArray[Any], index: int) -> None:
    """Raises: InputError."""
    shape, kind = samples.shape, samples.dtype
    told = f"frame {index} is {shape} {kind}"
    if len(shape) == 3 and shape[2] not in CHANNELS and shape[0] in (1, *CHANNELS):
        raise InputError(f"{told}, channels first, wanted (h, w, 3); give picture.transpose(1, 2, 0)")
    if len(shape) == 2 and shape[1] in CHANNELS:
        raise InputError(f"{told}, a row of a picture, wanted (h, w, 3); give a list of pictures")
    pictured = len(shape) == 2 or (len(shape) == 3 and shape[2] in CHANNELS)
    if not pictured or 0 in shape or not (kind in (np.uint8, np.uint16) or kind.kind == "f"):
        raise InputError(f"{told}, {WANTED}; convert it")
    if kind.kind == "f":
        _check_numbers(samples, told)


def _check_numbers(samples: NDArray[Any], told: str) -> None:
    outside = np.count_nonzero((samples > 1 + OVERSHOOT) | (samples < -OVERSHOOT))
    if outside > STRAYS * samples.size:
        low, high = np.nanmin(samples), np.nanmax(samples)
        raise InputError(f"{told} from {low:.4g} to {high:.4g}, wanted 0 to 1; scale it, as in picture / 255")


def _is_image(picture: object) -> bool:
    """Whether it is Pillow's; without having imported Pillow nobody has one."""
    return _is_a(picture, "PIL.Image", "Image")


def _is_tensor(picture: object) -> bool:
    return _is_a(picture, "torch", "Tensor")


def _is_a(thing: object, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(thing, kind)
