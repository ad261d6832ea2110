"""Owns mattes as picture files, of whatever kind; must not know faces, or which matte is of what.

A matte is data, not light: its 0..1 is 0 to 255, 1023 or 65535, or a half float, whatever a file's colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from lipfx.video.stills.dpx import write_dpx
from lipfx.video.stills.exr import write_exr
from lipfx.video.stills.stamp import Stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matte: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

DPX_BITS = 10


def write_matte(path: Path, matte: Matte, stamp: Stamp, *, deep: bool) -> None:
    """Writes one (h, w) matte to .png, .tiff or .dpx. deep: DPX of 16 bits in place of 10.

    Raises: OutputError.
    """
    suffix = path.suffix.lower()
    if suffix == ".dpx":
        write_dpx(path, matte.astype(np.uint16, copy=False), 16 if deep else DPX_BITS, stamp)
    elif suffix == ".png":
        import cv2

        done, data = cv2.imencode(".png", matte)
        assert done
        path.write_bytes(data.tobytes())
    else:
        from lipfx.video.stills.images import write_pixels

        write_pixels(path, matte)


def write_matte_layers(path: Path, layers: Mapping[str, Matte], stamp: Stamp) -> None:
    """Writes (h, w) mattes, each as the alpha of a layer, to one .exr; the first is its picture too, so that
    programs which know no layers show it.

    Raises: OutputError, MissingToolError.
    """
    halves = {name: _half(matte) for name, matte in layers.items()}
    first = next(iter(halves.values()))
    alphas = {f"{name}.A": half for name, half in halves.items()}
    write_exr(path, {**dict.fromkeys("RGB", first), **alphas}, stamp)


def _half(matte: Matte) -> NDArray[np.float16]:
    """0..1 of codes; most of a matte is black, which takes no working out."""
    half = np.zeros(matte.shape, np.float16)
    where = np.flatnonzero(matte)
    half.ravel()[where] = matte.ravel()[where] * np.float32(1 / np.iinfo(matte.dtype).max)
    return half
