"""Owns the planar pixel formats that frames come in and the way to them from others; must not know clips."""

from __future__ import annotations

import re

import numpy as np

from lipfx.core.values import PixelFormat, Plane

CHROMA_SHIFTS = {
    "444": (0, 0),
    "422": (1, 0),
    "420": (1, 1),
    "440": (0, 1),
    "411": (2, 0),
    "410": (2, 2),
}
# Packed, semi-planar and palette formats, and the planar one that holds every value of theirs.
PLANAR = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "nv24": "yuv444p",
    "nv42": "yuv444p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
    "uyyvyy411": "yuv411p",
    "p010": "yuv420p10",
    "p210": "yuv422p10",
    "p410": "yuv444p10",
    "p012": "yuv420p12",
    "p212": "yuv422p12",
    "p412": "yuv444p12",
    "p016": "yuv420p16",
    "p216": "yuv422p16",
    "p416": "yuv444p16",
    "y210": "yuv422p10",
    "y212": "yuv422p12",
    "nv20": "yuv422p10",
    "v210": "yuv422p10",
    "xv30": "yuv444p10",
    "xv36": "yuv444p12",
    "vuya": "yuva444p",
    "vuyx": "yuv444p",
    "ayuv64": "yuva444p16",
    "yuv440p10": "yuv444p10",
    "yuv440p12": "yuv444p12",
    "monow": "gray",
    "monob": "gray",
    "pal8": "gbrap",
    "ya8": "gbrap",
    "ya16": "gbrap16",
    "x2rgb10": "gbrp10",
    "x2bgr10": "gbrp10",
    "rgb48": "gbrp16",
    "bgr48": "gbrp16",
    "rgba64": "gbrap16",
    "bgra64": "gbrap16",
}
_PACKED_ALPHA = re.compile(r"(rgba|bgra|argb|abgr)$")
_PACKED_RGB = re.compile(r"(rgb|bgr|0rgb|0bgr|rgb0|bgr0)(4|8|24|444|555|565|0)?(_byte)?$")
_NATIVE = re.compile(r"(?:yuv(?P<yuva>a?)(?P<chroma>\d{3})p|(?P<gbr>gbra?)p|(?P<grey>gray))(?P<bits>\d+)?$")


def parse_format(name: str) -> PixelFormat | None:
    """The planar format of ffmpeg's `name`, None where it is not one of those that frames come in."""
    found = _NATIVE.match(name.removesuffix("le"))
    if found is None or name == "grayf32le":
        return None
    bits = int(found["bits"] or 8)
    chroma = CHROMA_SHIFTS.get(found["chroma"] or "444")
    if chroma is None or not 8 <= bits <= 16:
        return None
    return PixelFormat(
        name=name,
        bits=bits,
        chroma_shift_x=chroma[0],
        chroma_shift_y=chroma[1],
        rgb=found["gbr"] is not None,
        grey=found["grey"] is not None,
        alpha=bool(found["yuva"]) or found["gbr"] == "gbra",
    )


def planar_format(name: str) -> PixelFormat | None:
    """The planar format that holds every value of ffmpeg's format `name`; None where there is none."""
    if name.startswith("yuvj"):
        return parse_format(f"yuv{name[4:]}")
    core = re.sub(r"(le|be)$", "", name)
    if core == "yuv440p10" or core == "yuv440p12":
        core = PLANAR[core]
    if _NATIVE.match(core):
        return parse_format(_little_endian(core))
    if core in PLANAR:
        return parse_format(_little_endian(PLANAR[core]))
    if _PACKED_ALPHA.match(core):
        return parse_format("gbrap")
    if _PACKED_RGB.match(core):
        return parse_format("gbrp")
    return None


def is_full_range_format(name: str) -> bool:
    """Whether ffmpeg's format `name` means full range by itself."""
    return name.startswith(("yuvj", "gbr", "gray", "rgb", "bgr", "pal", "mono", "ya"))


def split_planes(buffer: memoryview, pixels: PixelFormat, width: int, height: int) -> tuple[Plane, ...]:
    """Views of the planes of one frame that lie one after another, without padding, in `buffer`.

    Writable when `buffer` is. Raises: ValueError when the buffer's size is another one.
    """
    samples = np.frombuffer(buffer, pixels.dtype)
    planes, start = [], 0
    for rows, columns in pixels.plane_shapes(width, height):
        planes.append(samples[start : start + rows * columns].reshape(rows, columns))
        start += rows * columns
    if start != samples.size:
        raise ValueError(f"a frame of {samples.size} samples where {start} were expected")
    return tuple(planes)


def frame_bytes(pixels: PixelFormat, width: int, height: int) -> int:
    """Size of one frame in bytes, without padding."""
    return sum(h * w for h, w in pixels.plane_shapes(width, height)) * pixels.dtype.itemsize


def _little_endian(name: str) -> str:
    return f"{name}le" if re.search(r"(p|gray)\d+$", name) else name
