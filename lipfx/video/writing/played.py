"""Owns pictures in another pixel format than their own: what players play, or what is asked for; must not
know how encoders are set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lipfx.core.values import Frame, PixelFormat
from lipfx.errors import OutputError
from lipfx.video.clip import Clip, ColourTags
from lipfx.video.ffmpeg.formats import planar_format
from lipfx.video.ffmpeg.tools import encoder_formats, has_encoder
from lipfx.video.writing.target import Target, output_tags

PLAYED = (".mp4", ".m4v")
"""Containers that are expected to play everywhere."""

PLAYED_CODEC, PLAYED_FORMAT = "libx264", "yuv420p"


def playable_target(clip: Clip, frame: Frame) -> Target | None:
    """H.264 in 4:2:0 for frames of 8 bits in a format that browsers and phones do not play; or None."""
    pixels = frame.format
    whole = pixels.rgb or (not pixels.grey and (pixels.chroma_shift_x, pixels.chroma_shift_y) == (0, 0))
    if not whole or pixels.bits > 8 or not has_encoder(PLAYED_CODEC):
        return None
    widened = (frame.width % 2, frame.height % 2)
    if any(widened) and not pixels.rgb:
        return None  # its size counts more; the source did not play either
    lost = ", without its transparency" if pixels.alpha else ""
    lost += f", {frame.width + widened[0]}x{frame.height + widened[1]} in size" if any(widened) else ""
    note = (
        f"{pixels.name} is written as H.264 {PLAYED_FORMAT}{lost}, which browsers and phones play; --codec "
        "or --pix-fmt choose otherwise"
    )
    target = _resampled(PLAYED_CODEC, PLAYED_FORMAT, PixelFormat(PLAYED_FORMAT, 8, 1, 1), clip, frame)
    return replace(target, widened=widened, notes=(note,))


def in_format(name: str, codecs: Sequence[str], clip: Clip, frame: Frame) -> Target:
    """The first of `codecs` that takes the pixel format `name`, with which it is told to encode.

    Raises: OutputError when none does.
    """
    pixels = planar_format(name)
    there = [codec for codec in codecs if has_encoder(codec)]
    fitting = [codec for codec in there if name in (encoder_formats(codec) or (name,))]
    if pixels is None or not fitting:
        taken = " ".join(encoder_formats(there[0])) if there else "nothing here"
        raise OutputError(
            f"--pix-fmt {name} is not taken by {' or '.join(codecs)}; {codecs[0]} takes {taken}"
        )
    return _resampled(fitting[0], name, pixels, clip, frame)


def _resampled(codec: str, name: str, pixels: PixelFormat, clip: Clip, frame: Frame) -> Target:
    tags = output_tags(clip, frame.colour)
    converts = frame.format.rgb and not pixels.rgb and not pixels.grey
    if converts:
        tags = replace(tags, matrix="bt709", range="tv", primaries=tags.primaries or "bt709")
    elif pixels.rgb and not frame.format.rgb:
        tags = ColourTags("gbr", tags.primaries, tags.transfer, "pc")
    resampled = not converts and name != frame.format.name
    return Target(codec, name, frame.format, tags, converts=converts, resampled=resampled)
