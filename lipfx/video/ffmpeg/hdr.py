"""Owns how colour tags and HDR10's static metadata are told to an encoder; must not know processes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from lipfx.core.values import Colour
from lipfx.video.clip import Clip, ColourTags

# Where ffmpeg's options call a colour tag by another name than its own reports do.
MATRIX_OPTIONS = {"gbr": "rgb"}
TRANSFER_OPTIONS = {
    "bt470m": "gamma22",
    "bt470bg": "gamma28",
    "log100": "log",
    "log316": "log_sqrt",
    "bt1361e": "bt1361",
}
MASTERING = "Mastering display metadata"
LIGHT_LEVEL = "Content light level metadata"
# ffmpeg's option and that encoder's own keys for the mastering display and the light level.
KEYS = {
    "libx264": ("x264-params", "mastering-display", "cll"),
    "libx265": ("x265-params", "master-display", "max-cll"),
    "libsvtav1": ("svtav1-params", "mastering-display", "content-light"),
}


def colour_options(tags: ColourTags) -> dict[str, str]:
    """ffmpeg's options for `tags`, for an input of raw frames and for an output alike."""
    options = {
        "colorspace": MATRIX_OPTIONS.get(tags.matrix or "", tags.matrix),
        "color_primaries": tags.primaries,
        "color_trc": TRANSFER_OPTIONS.get(tags.transfer or "", tags.transfer),
        "color_range": tags.range,
        "chroma_sample_location": tags.chroma_location,
    }
    return {name: value for name, value in options.items() if value is not None}


def hdr_parameters(codec: str, clip: Clip, colour: Colour) -> tuple[str | None, dict[str, str], list[str]]:
    """The option of `codec` that carries the clip's static HDR metadata, its keys and values, and notes.

    A picture of another transfer than the clip's, such as a matte, has none.
    """
    if colour.transfer != clip.colour.transfer:
        return None, {}, []
    lost = [f"{kind} is left out; colours are those without it" for kind in clip.dynamic_hdr]
    if not clip.hdr:
        return None, {}, lost
    if codec not in KEYS:
        return None, {}, [*lost, f"{codec} cannot hold HDR10's static metadata; it is left out"]
    option, display, light = KEYS[codec]
    parameters = {}
    if MASTERING in clip.hdr:
        scale = (1, 1) if codec == "libsvtav1" else (50000, 10000)
        parameters[display] = _mastering(clip.hdr[MASTERING], *scale)
    if LIGHT_LEVEL in clip.hdr:
        levels = clip.hdr[LIGHT_LEVEL]
        parameters[light] = f"{levels['max_content']},{levels['max_average']}"
    return option, parameters, lost


def _mastering(side: Mapping[str, str], chroma: int, luminance: int) -> str:
    """As x264 and its kin write it: primaries in units of 1/`chroma`, luminances of 1/`luminance` cd/m2."""

    def number(name: str, scale: int) -> str:
        value = Fraction(side[name]) * scale
        return f"{round(value)}" if scale > 1 else f"{float(value):.5f}"

    points = (("G", "green"), ("B", "blue"), ("R", "red"), ("WP", "white_point"))
    words = [f"{k}({number(f'{n}_x', chroma)},{number(f'{n}_y', chroma)})" for k, n in points]
    return "".join(words) + f"L({number('max_luminance', luminance)},{number('min_luminance', luminance)})"
