"""Owns what ffprobe's words about streams and frames mean; must not know how it is asked."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from lipfx.core.values import Colour
from lipfx.video.clip import ColourTags, Stream
from lipfx.video.ffmpeg.edits import Edits
from lipfx.video.ffmpeg.formats import is_full_range_format
from lipfx.video.orientation import Orientation, from_display_matrix

UNTAGGED = {None, "", "unknown", "unspecified", "reserved"}

Json = Mapping[str, Any]


def stream(raw: Json, hides: Edits) -> Stream:
    """A stream that ffprobe describes; hides: by its edit list."""
    return Stream(
        index=int(raw["index"]),
        kind=str(raw.get("codec_type", "data")),
        codec=str(raw.get("codec_name", "unknown")),
        tag=str(raw.get("codec_tag_string", "")),
        start=float(raw.get("start_time", 0.0)),
        duration=_duration(raw),
        frame_count=int(raw["nb_frames"]) if "nb_frames" in raw else None,
        disposition=frozenset(name for name, on in raw.get("disposition", {}).items() if on),
        metadata=dict(raw.get("tags", {})),
        size=(int(raw.get("width", 0)), int(raw.get("height", 0))),
        channels=int(raw.get("channels", 0)),
        sample_rate=int(raw.get("sample_rate", 0)),
        layout=raw.get("channel_layout"),
        hidden=hides.before,
        spliced=hides.inside,
    )


def _duration(raw: Json) -> float | None:
    """Seconds that a stream lasts, from its own tag where its header says nothing, as in Matroska."""
    if "duration" in raw:
        return float(raw["duration"])
    with contextlib.suppress(ValueError, KeyError):
        hours, minutes, seconds = str(raw["tags"]["DURATION"]).split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds) - float(raw.get("start_time", 0.0))
    return None


def known(frame: Json) -> dict[str, Any]:
    """What the first frame says of itself, which counts more than the container."""
    names = ("pix_fmt", "color_range", "color_space", "color_primaries", "color_transfer", "chroma_location")
    return {name: frame[name] for name in names if frame.get(name) not in UNTAGGED}


def orientation(raw: Json) -> Orientation:
    """The nearest quarter turn to the stream's display matrix."""
    return from_display_matrix(_matrix(raw)) if _matrix(raw) else Orientation()


def _matrix(raw: Json) -> list[int]:
    for side in raw.get("side_data_list", []):
        if "displaymatrix" in side:
            rows = [row.split(":")[1].split() for row in side["displaymatrix"].split("\n") if ":" in row]
            return [int(number) for row in rows for number in row]
    return []


def extras(raw: Json, first: Json) -> tuple[str, ...]:
    """What the pictures carry beside their samples and no encoder here writes, in words."""
    sides = [*raw.get("side_data_list", []), *first.get("side_data_list", [])]
    kinds = {side.get("side_data_type") for side in sides}
    names = []
    if "Spherical Mapping" in kinds:
        names.append(
            f"360-degree tags ({_told(sides, 'Spherical Mapping', 'projection') or 'of some projection'})"
        )
    if "Stereo 3D" in kinds:
        names.append(f"stereo tags ({_told(sides, 'Stereo 3D', 'type') or 'of some kind'})")
    if raw.get("closed_captions") or "ATSC A53 Part 4 Closed Captions" in kinds:
        names.append("closed captions")
    angle = _odd_angle(_matrix(raw))
    if angle:
        names.append(f"a turn by {angle:g} degrees beyond the nearest quarter")
    return tuple(names)


def _told(sides: Sequence[Json], kind: str, key: str) -> str | None:
    """What the stream or its first frame says; since ffmpeg 6.1 the frame has the same tags without words."""
    told = (side.get(key) for side in sides if side.get("side_data_type") == kind)
    return next(filter(None, told), None)


def _odd_angle(matrix: list[int]) -> float:
    """Degrees by which a display matrix differs from the nearest quarter turn."""
    if not matrix or not any(matrix):
        return 0.0
    angle = math.degrees(math.atan2(matrix[1], matrix[0]))
    return round(angle - 90 * round(angle / 90), 1)


def tags(raw: Json) -> ColourTags:
    """The stream's colour tags as they stand."""

    def tag(name: str) -> str | None:
        value = raw.get(name)
        return None if value in UNTAGGED else str(value)

    return ColourTags(
        matrix=tag("color_space"),
        primaries=tag("color_primaries"),
        transfer=tag("color_transfer"),
        range=tag("color_range"),
        chroma_location=tag("chroma_location"),
    )


def resolve(tags: ColourTags, stored: str, width: int, height: int) -> Colour:
    """Colour for `tags`, what is missing guessed as players do: by the size of the stored picture."""
    rgb = stored.startswith(("gbr", "rgb", "bgr", "argb", "abgr", "pal", "0rgb", "0bgr", "x2"))
    large = width >= 1280 or height > 576
    matrix = tags.matrix or ("gbr" if rgb else "bt709" if large else "smpte170m")
    if matrix.startswith("bt2020"):
        primaries = "bt2020"
    elif matrix in ("bt470bg", "smpte170m"):
        primaries = {576: "bt470bg", 480: "smpte170m", 486: "smpte170m"}.get(height, "bt709")
    else:
        primaries = "bt709"
    return Colour(
        matrix=matrix,
        primaries=tags.primaries or primaries,
        transfer=tags.transfer or ("iec61966-2-1" if rgb else "bt709"),
        full_range=tags.range == "pc" if tags.range else is_full_range_format(stored),
    )


def ratio(text: str) -> Fraction | None:
    """A positive fraction, None where `text` is none."""
    with contextlib.suppress(ValueError, ZeroDivisionError):
        ratio = Fraction(text)
        return ratio if ratio > 0 else None
    return None


def field_order(raw: Json, first: Json) -> str:
    """The first picture's own word counts more than the container's."""
    if "interlaced_frame" not in first:
        return str(raw.get("field_order", "progressive"))
    if not first["interlaced_frame"]:
        return "progressive"
    return "tt" if first.get("top_field_first") else "bb"


def hdr(raw: Json, first: Json) -> dict[str, dict[str, str]]:
    """Static HDR metadata by side data type."""
    wanted = ("Mastering display metadata", "Content light level metadata")
    sides = [*raw.get("side_data_list", []), *first.get("side_data_list", [])]
    return {
        side["side_data_type"]: {k: str(v) for k, v in side.items() if k != "side_data_type"}
        for side in sides
        if side.get("side_data_type") in wanted
    }


def dynamic_hdr(raw: Json, first: Json) -> tuple[str, ...]:
    """Names of the HDR metadata that is made for a scene or a frame, which no encoder here writes."""
    names = []
    for side in (*raw.get("side_data_list", []), *first.get("side_data_list", [])):
        kind = str(side.get("side_data_type", ""))
        if "dv_profile" in side:
            names.append(f"Dolby Vision (profile {side['dv_profile']})")
        elif kind.startswith("Dolby Vision") and not any(name.startswith("Dolby") for name in names):
            names.append("Dolby Vision")
        elif "HDR10+" in kind:
            names.append("HDR10+")
    return tuple(dict.fromkeys(names))
