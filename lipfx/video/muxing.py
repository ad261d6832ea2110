"""Owns the command that encodes frames and puts a source's other streams beside them; starts no process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from lipfx.errors import OutputError
from lipfx.video.clip import Clip
from lipfx.video.encoding import Target
from lipfx.video.probe import PROTOCOLS, file_url
from lipfx.video.tools import find_tool

MUXERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
    ".ts": "mpegts",
    ".nut": "nut",
}
# Where ffmpeg's options call a colour tag by another name than its own reports do.
MATRIX_OPTIONS = {"gbr": "rgb"}
TRANSFER_OPTIONS = {
    "bt470m": "gamma22",
    "bt470bg": "gamma28",
    "log100": "log",
    "log316": "log_sqrt",
    "bt1361e": "bt1361",
}
FRAME_CLOCKED = ("mpeg4", "mpeg2video", "mpeg1video", "dnxhd")
TICKED = ("mp4", "mov")  # their track's time scale can be chosen


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a clip that is written. start, end: seconds on the clip's clock; None is its own."""

    start: float | None = None
    end: float | None = None


def muxer_for(path: Path) -> str:
    """ffmpeg's name of the container that `path` ends in.

    Raises: OutputError for an unknown ending.
    """
    try:
        return MUXERS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(MUXERS)
        raise OutputError(
            f"{path} ends in {path.suffix or 'nothing'}, which is no video; use {known}"
        ) from None


def encoder_command(
    clip: Clip, target: Target, tick: Fraction, path: Path, cut: Cut, full_range: bool
) -> list[str]:
    """The ffmpeg command that takes NUT frames on its standard input and writes `path`."""
    muxer = muxer_for(path)
    colour = _colour_options(clip, full_range)
    pictures = ffmpeg.input("pipe:0", format="nut", **colour)
    source = ffmpeg.input(file_url(clip.path), **_source_options(clip, cut))
    maps = [pictures["0"], source["a?"]]
    settings: dict[str, Any] = {
        "format": muxer,
        "c:v:0": target.codec,
        "pix_fmt": target.pixel_format,
        "fps_mode": "passthrough",
        "enc_time_base": _encoder_clock(clip, target, muxer),
        "c:a": "copy",
        "map_metadata": "1",
        "map_metadata:s:v:0": f"1:s:{clip.video.index}",
        "map_chapters": "1",
        "avoid_negative_ts": "disabled",
        "max_muxing_queue_size": 4096,
        **colour,
    }
    if muxer in TICKED:
        settings["video_track_timescale"] = tick.denominator
    if clip.sample_aspect_ratio is not None:
        aspect = clip.sample_aspect_ratio
        settings["vf"] = f"setsar={aspect.numerator}/{aspect.denominator}"
    output = ffmpeg.output(*maps, file_url(path), **settings)
    flags = ("-hide_banner", "-nostats", "-loglevel", "error", "-copyts", "-y")
    command: list[str] = ffmpeg.compile(output.global_args(*flags), cmd=find_tool("ffmpeg"))
    return _with_options(command, target.options)


def _encoder_clock(clip: Clip, target: Target, muxer: str) -> str:
    """The encoder's time base: the frames' own, or the frame rate's where only that is understood."""
    coarse = target.codec in FRAME_CLOCKED or muxer == "avi"
    if coarse and clip.frame_rate is not None:
        return f"{clip.frame_rate.denominator}:{clip.frame_rate.numerator}"
    return "-1"


def _source_options(clip: Clip, cut: Cut) -> dict[str, Any]:
    options: dict[str, Any] = {"protocol_whitelist": PROTOCOLS}
    if cut.start is not None:
        options["ss"] = f"{clip.origin + cut.start:.6f}"
    if cut.end is not None:
        options["to"] = f"{clip.origin + cut.end:.6f}"
    shift = clip.origin + (cut.start or 0.0)
    if shift:
        options["itsoffset"] = f"{-shift:.6f}"
    return options


def _colour_options(clip: Clip, full_range: bool) -> Mapping[str, str]:
    """The tags that the source carries, and full range wherever the samples have it."""
    tags = clip.tags
    options = {
        "colorspace": MATRIX_OPTIONS.get(tags.matrix or "", tags.matrix),
        "color_primaries": tags.primaries,
        "color_trc": TRANSFER_OPTIONS.get(tags.transfer or "", tags.transfer),
        "color_range": "pc" if full_range else tags.range,
        "chroma_sample_location": tags.chroma_location,
    }
    return {name: value for name, value in options.items() if value is not None}


def _with_options(command: list[str], options: tuple[str, ...]) -> list[str]:
    """`command` with further output options, which ffmpeg wants before the output's name."""
    at = max(index for index, word in enumerate(command) if word.startswith("file:"))
    return [*command[:at], *options, *command[at:]]
