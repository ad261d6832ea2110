"""Owns what was chosen to encode frames with; must not know how it is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lipfx.core.values import Colour, PixelFormat
from lipfx.video.clip import Clip, ColourTags


@dataclass(frozen=True, slots=True)
class Target:
    """A choice made.

    codec, pixel_format, options: the encoder's. pipe_format: what the encoder process is given.
    turned_back: pictures are stored as the source's were, with its orientation in the container.
    converts: from RGB to YUV or without alpha, on the way. resampled: otherwise into another pixel format.
    widened: columns and rows that are repeated at the right and the bottom. tags: the output's. notes: what
    is not kept.
    """

    codec: str
    pixel_format: str
    pipe_format: PixelFormat
    tags: ColourTags
    options: tuple[str, ...] = ()
    turned_back: bool = False
    converts: bool = False
    resampled: bool = False
    widened: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()


def output_tags(clip: Clip, colour: Colour) -> ColourTags:
    """The colour tags of an output in `colour`: the source's own, unless a renderer made other pictures."""
    if colour == clip.colour:
        turned = not clip.orientation.upright
        located = None if turned else clip.tags.chroma_location
        return replace(
            clip.tags, range="pc" if colour.full_range else clip.tags.range, chroma_location=located
        )
    full = "pc" if colour.full_range else "tv"
    return ColourTags(colour.matrix, colour.primaries, colour.transfer, full)
