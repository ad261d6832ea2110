"""Owns which pixel format of an encoder holds a frame's samples; must not know clips or quality."""

from __future__ import annotations

from collections.abc import Iterator

from lipfx.core.values import PixelFormat
from lipfx.video.ffmpeg.formats import parse_format
from lipfx.video.ffmpeg.tools import encoder_formats, has_encoder

NEEDS_WHOLE_CHROMA = ("libx264", "libx265", "libsvtav1")
# Packed and semi-planar formats that hold every value of a planar one.
EQUALS = {
    "gbrp": ("bgr0", "rgb24", "bgr24"),
    "gbrap": ("bgra", "rgba", "argb"),
    "yuv420p": ("nv12",),
    "yuv420p10le": ("p010le",),
    "yuv420p16le": ("p016le",),
    "gbrp16le": ("rgb48le", "rgb48be"),
    "gbrap16le": ("rgba64le", "rgba64be"),
    "gray16le": ("gray16be",),
}


def choose_format(codec: str, pixels: PixelFormat, size: tuple[int, int]) -> str | None:
    """The pixel format of `codec` that holds every value of `pixels`; None where there is none.

    The same where this ffmpeg lacks the codec.
    """
    if not has_encoder(codec):
        return None
    offered = encoder_formats(codec) or (pixels.name,)
    fitting = [
        name for name in offered if _holds(name, pixels) and _fits(codec, parse_format(name) or pixels, size)
    ]
    return min(fitting, key=lambda name: _waste(name, pixels), default=None)


def nearest_yuv(pixels: PixelFormat) -> Iterator[PixelFormat]:
    """YUV formats for an RGB one or for one with alpha: depth goes before chroma, alpha last."""
    if not pixels.rgb and not pixels.alpha:
        return
    for alpha in ("a", "") if pixels.alpha else ("",):
        without = parse_format(pixels.name.replace("yuva", "yuv"))
        if not alpha and not pixels.rgb and without is not None:
            yield without
        for chroma in ("444", "422", "420"):
            for bits in dict.fromkeys((pixels.bits, 10, 8)):
                form = parse_format(f"yuv{alpha}{chroma}p" + (f"{bits}le" if bits > 8 else ""))
                if form is not None and bits <= pixels.bits:
                    yield form


def _holds(name: str, pixels: PixelFormat) -> bool:
    if name in EQUALS.get(pixels.name, ()):
        return True
    other = parse_format(name)
    return (
        other is not None
        and (other.rgb, other.grey) == (pixels.rgb, pixels.grey)
        and other.bits >= pixels.bits
        and (other.bits == pixels.bits or not pixels.rgb)
        and other.alpha >= pixels.alpha
        and other.chroma_shift_x <= pixels.chroma_shift_x
        and other.chroma_shift_y <= pixels.chroma_shift_y
    )


def _fits(codec: str, pixels: PixelFormat, size: tuple[int, int]) -> bool:
    if codec not in NEEDS_WHOLE_CHROMA:
        return True
    return size[0] % (1 << pixels.chroma_shift_x) == 0 and size[1] % (1 << pixels.chroma_shift_y) == 0


def _waste(name: str, pixels: PixelFormat) -> tuple[bool, int]:
    other = parse_format(name)
    if other is None:
        return True, 0
    chroma = pixels.chroma_shift_x + pixels.chroma_shift_y - other.chroma_shift_x - other.chroma_shift_y
    return name != pixels.name, (other.alpha - pixels.alpha) * 100 + (other.bits - pixels.bits) * 10 + chroma
