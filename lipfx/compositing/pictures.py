"""Owns the pictures that renderers make in place of the clip's; must not know faces or effects' code.

A grey picture (a matte) is data, not light: its 0..1 fills the nominal range of the clip's own format,
tagged as SDR. RGB keeps the clip's format and colour. RGBA is planar RGB with a straight alpha plane.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from lipfx.core.planar import black_frame, read_alpha, read_patch, write_alpha, write_patch
from lipfx.core.values import Box, Colour, Float32, Frame, PixelFormat, Space

_RGBA_DEPTHS = (8, 10, 12, 16)


def picture_format(channels: int, format: PixelFormat, colour: Colour) -> tuple[PixelFormat, Colour]:
    """Format and tags of a renderer's picture of 1, 3 or 4 channels, for a clip of `format` and `colour`."""
    if channels == 1:
        return format, replace(colour, primaries="bt709", transfer="bt709")
    if channels == 3:
        return format, colour
    bits = next(depth for depth in _RGBA_DEPTHS if depth >= format.bits)
    name = "gbrap" if bits == 8 else f"gbrap{bits}{'le' if sys.byteorder == 'little' else 'be'}"
    return PixelFormat(name, bits, rgb=True, alpha=True), replace(colour, matrix="gbr", full_range=True)


def new_picture(clip: Frame, channels: int) -> Frame:
    """An empty picture for `clip`: black, and with four channels transparent."""
    format, colour = picture_format(channels, clip.format, clip.colour)
    return black_frame(clip, format, colour, alpha=0.0 if channels == 4 else 1.0)


def add_to_picture(picture: Frame, box: Box, patch: Float32, space: Space) -> None:
    """Puts a patch, (h, w, 1, 3 or 4) float32 in `space`, into the picture, in place.

    Where patches overlap, the lighter one shows, or with alpha the more opaque one.
    """
    channels = patch.shape[2]
    if channels == 1:
        space = Space.ENCODED
    before = read_patch(picture, box, space)
    if channels == 4:
        held = read_alpha(picture, box)
        after = np.where((patch[..., 3] > held)[..., None], patch[..., :3], before)
        write_alpha(picture, box, np.maximum(held, patch[..., 3]))
    else:
        after = np.maximum(before, patch)
    write_patch(picture, box, before, after, space)
