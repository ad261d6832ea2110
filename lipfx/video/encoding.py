"""Owns the choice of codec, quality and pixel format for an output; must not know processes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lipfx.errors import OutputError
from lipfx.types import PixelFormat
from lipfx.video.clip import Clip
from lipfx.video.formats import parse_format
from lipfx.video.tools import encoder_formats, list_encoders

# A visually lossless constant quality for each encoder that has one.
DEFAULT_CRF = {
    "libx264": 16,
    "libx264rgb": 16,
    "libx265": 16,
    "libvpx-vp9": 18,
    "libsvtav1": 18,
    "libaom-av1": 16,
}
# What stands in for a source's codec, best first.
FAMILIES = {
    "h264": ("libx264", "libx265", "ffv1"),
    "hevc": ("libx265", "libx264", "ffv1"),
    "vp9": ("libvpx-vp9",),
    "vp8": ("libvpx-vp9",),
    "av1": ("libsvtav1", "libaom-av1"),
    "prores": ("prores_ks",),
    "dnxhd": ("dnxhd", "prores_ks"),
    "ffv1": ("ffv1",),
}
CONTAINER_CODECS = {".webm": ("libvpx-vp9", "libaom-av1")}
NEEDS_EVEN_CHROMA = ("libx264", "libx265", "libsvtav1")
# Packed formats that hold every value of a planar one.
PACKED = {"gbrp": ("bgr0", "rgb24", "bgr24", "bgra", "rgba"), "gbrap": ("bgra", "rgba", "argb")}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to encode; None leaves the choice to lipfx. `extra`: further options of ffmpeg, passed through."""

    codec: str | None = None
    crf: float | None = None
    preset: str | None = None
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A choice made: encoder, its pixel format and options; `notes` say what could not be kept."""

    codec: str
    pixel_format: str
    options: tuple[str, ...]
    notes: tuple[str, ...] = ()


def choose_target(
    wanted: Encoding, clip: Clip, pixels: PixelFormat, size: tuple[int, int], suffix: str
) -> Target:
    """The encoding for frames of format `pixels` and `size` (width, height) into a file ending in `suffix`.

    Raises: OutputError when no encoder can hold them, or the one asked for is not there.
    """
    available = list_encoders()
    if wanted.codec and wanted.codec not in available:
        raise OutputError(f"this ffmpeg has no encoder {wanted.codec}; `ffmpeg -encoders` lists those it has")
    candidates = [wanted.codec] if wanted.codec else _candidates(clip, suffix)
    for codec in candidates:
        if codec in available:
            fitting = choose_format(codec, pixels, size)
            if fitting is not None:
                notes = _notes(codec, pixels, fitting, size)
                return Target(codec, fitting, _options(codec, wanted, clip.frame_rate is not None), notes)
    names = " or ".join(candidates)
    raise OutputError(
        f"{names} cannot hold {pixels.name} at {size[0]}x{size[1]} in {suffix}; try --codec ffv1 with .mkv"
    )


def choose_format(codec: str, pixels: PixelFormat, size: tuple[int, int]) -> str | None:
    """The pixel format of `codec` that holds every value of `pixels`; None where there is none."""
    offered = encoder_formats(codec) or (pixels.name,)
    fitting = [name for name in offered if _holds(name, pixels) and _fits(codec, name, size)]
    return min(fitting, key=lambda name: _waste(name, pixels), default=None)


def _candidates(clip: Clip, suffix: str) -> Sequence[str]:
    if suffix in CONTAINER_CODECS:
        return CONTAINER_CODECS[suffix]
    family = FAMILIES.get(clip.video.codec, FAMILIES["h264"])
    return (*family, *(name for name in ("libx264", "libx264rgb", "libx265", "ffv1") if name not in family))


def _holds(name: str, pixels: PixelFormat) -> bool:
    if name in PACKED.get(pixels.name, ()):
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


def _fits(codec: str, name: str, size: tuple[int, int]) -> bool:
    pixels = parse_format(name)
    if pixels is None or codec not in NEEDS_EVEN_CHROMA:
        return True
    return size[0] % (1 << pixels.chroma_shift_x) == 0 and size[1] % (1 << pixels.chroma_shift_y) == 0


def _waste(name: str, pixels: PixelFormat) -> tuple[bool, int]:
    other = parse_format(name)
    if other is None:
        return True, 0
    chroma = pixels.chroma_shift_x + pixels.chroma_shift_y - other.chroma_shift_x - other.chroma_shift_y
    return name != pixels.name, (other.alpha - pixels.alpha) * 100 + (other.bits - pixels.bits) * 10 + chroma


def _notes(codec: str, pixels: PixelFormat, fitting: str, size: tuple[int, int]) -> tuple[str, ...]:
    if fitting == pixels.name or fitting in PACKED.get(pixels.name, ()):
        return ()
    return (f"{codec} does not take {pixels.name} at {size[0]}x{size[1]}; encoding {fitting} instead",)


def _options(codec: str, wanted: Encoding, constant_rate: bool) -> tuple[str, ...]:
    options: list[str] = []
    crf = wanted.crf if wanted.crf is not None else DEFAULT_CRF.get(codec)
    if crf is not None and (wanted.crf is not None or not _sets_rate(wanted.extra)):
        options += ["-crf", f"{crf:g}"]
    if codec == "libvpx-vp9":
        options += ["-b:v", "0", "-row-mt", "1"]
    if codec.startswith("libx264") and constant_rate and "-x264-params" not in wanted.extra:
        options += ["-x264-params", "force-cfr=1"]  # the stream's header then names the frame rate
    if codec == "libx265" and not any("x265-params" in word for word in wanted.extra):
        options += ["-x265-params", "log-level=error"]
    if codec == "ffv1":
        options += ["-level", "3", "-slicecrc", "1"]
    if wanted.preset:
        options += ["-preset", wanted.preset]
    return (*options, *wanted.extra)


def _sets_rate(extra: Sequence[str]) -> bool:
    return any(re.match(r"-(crf|qp|cq|b|b:v|q:v|qscale:v|lossless)$", word) for word in extra)


def is_lossless(codec: str) -> bool:
    """Whether `codec` always gives back the samples that went in."""
    return re.fullmatch(r"ffv1|ffvhuff|huffyuv|utvideo|rawvideo|png|qtrle|magicyuv", codec) is not None
