"""Owns the command that encodes frames and puts a source's other streams beside them; starts no process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from lipfx.core.values import Colour
from lipfx.errors import OutputError
from lipfx.video.clip import Clip, ColourTags
from lipfx.video.ffmpeg.hdr import colour_options
from lipfx.video.ffmpeg.probe import PROTOCOLS, file_url
from lipfx.video.ffmpeg.tools import find_tool
from lipfx.video.writing.encoding import Target
from lipfx.video.writing.streams import StreamPlan, has_phone_tags

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
FRAME_CLOCKED = ("mpeg4", "mpeg2video", "mpeg1video", "dnxhd")
TICKED = ("mp4", "mov")  # their track's time scale can be chosen
MIME_TYPES = {"mjpeg": ("jpg", "image/jpeg"), "png": ("png", "image/png"), "bmp": ("bmp", "image/bmp")}


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a clip that is written. start, end: seconds on the clip's clock; None is its own."""

    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """All that the encoder's command depends on. tick: seconds; covers: files of cover art to attach."""

    clip: Clip
    target: Target
    plan: StreamPlan
    colour: Colour
    tick: Fraction
    path: Path
    cut: Cut
    covers: Sequence[Path] = ()


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


def encoder_command(job: Job) -> list[str]:
    """The ffmpeg command that takes NUT frames on its standard input and writes `job.path`."""
    pictures = ffmpeg.input("pipe:0", format="nut", **colour_options(_resolved(job)))
    source = ffmpeg.input(file_url(job.clip.path), **_source_options(job.clip, job.cut))
    maps = [pictures["0"], *(source[str(index)] for index in job.plan.maps)]
    settings = {**_video_settings(job), **_container_settings(job), **job.plan.options}
    output = ffmpeg.output(*maps, *([] if job.plan.maps else [source["a?"]]), file_url(job.path), **settings)
    flags = ("-hide_banner", "-nostats", "-loglevel", "error", "-copyts", "-y")
    command: list[str] = ffmpeg.compile(output.global_args(*flags), cmd=find_tool("ffmpeg"))
    return _with_options(command, (*job.target.options, *_attachments(job)))


def _video_settings(job: Job) -> dict[str, Any]:
    clip, target = job.clip, job.target
    settings: dict[str, Any] = {
        "c:v:0": target.codec,
        "pix_fmt:v:0": target.pixel_format,
        "fps_mode": "passthrough",
        "enc_time_base": _encoder_clock(job),
        "map_metadata:s:v:0": f"1:s:{clip.video.index}",
        "disposition:v:0": "+".join(sorted(clip.video.disposition)) or "0",
        **colour_options(target.tags),
    }
    if target.codec in ("libx265", "hevc_nvenc", "hevc_videotoolbox") and muxer_for(job.path) in TICKED:
        settings["tag:v:0"] = "hvc1"  # Apple's players want it
    filters = _filters(job)
    if filters:
        settings["filter:v:0"] = ",".join(filters)
    return settings


def _container_settings(job: Job) -> dict[str, Any]:
    muxer = muxer_for(job.path)
    settings: dict[str, Any] = {
        "format": muxer,
        "map_metadata": "1",
        "map_chapters": "1",
        "avoid_negative_ts": "disabled",
        "max_muxing_queue_size": 4096,
    }
    if job.cut.start is not None:
        settings["ss"] = 0  # what was before the cut has times below 0
    if job.cut.end is not None:
        settings["t"] = f"{job.cut.end - (job.cut.start or 0.0):.6f}"
    if muxer in TICKED:
        settings["movie_timescale"] = 90000  # in which edit lists count; 1000 would move sound by up to 1 ms
        settings["video_track_timescale"] = job.tick.denominator
        settings["movflags"] = "+faststart" + ("+use_metadata_tags" if has_phone_tags(job.clip) else "")
    return settings


def _filters(job: Job) -> list[str]:
    filters = []
    if job.target.converts:
        filters.append("scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int")
        filters.append(f"format={job.target.pixel_format},setparams=colorspace=bt709:range=tv")
    if job.clip.sample_aspect_ratio is not None:
        aspect = job.clip.sample_aspect_ratio
        if job.target.turned_back:
            aspect = 1 / aspect
        filters.append(f"setsar={aspect.numerator}/{aspect.denominator}")
    return filters


def _resolved(job: Job) -> ColourTags:
    """What the frames on the pipe are, so that nothing converts them unasked."""
    if not job.target.converts:
        return job.target.tags
    colour = job.colour
    return ColourTags(colour.matrix, colour.primaries, colour.transfer, "pc" if colour.full_range else "tv")


def _encoder_clock(job: Job) -> str:
    """The encoder's time base: the frames' own, or the frame rate's where only that is understood."""
    rate = job.clip.frame_rate
    if rate is not None and (job.target.codec in FRAME_CLOCKED or muxer_for(job.path) == "avi"):
        return f"{rate.denominator}:{rate.numerator}"
    return "-1"


def _source_options(clip: Clip, cut: Cut) -> dict[str, Any]:
    options: dict[str, Any] = {"protocol_whitelist": PROTOCOLS}
    shift = clip.origin + (cut.start or 0.0)
    if shift:
        options["itsoffset"] = f"{-shift:.6f}"
    return options


def _attachments(job: Job) -> list[str]:
    """Cover art as attachments, which come after those that are copied."""
    words: list[str] = []
    first = len(job.clip.streams_of("attachment"))
    for number, (stream, path) in enumerate(zip(job.plan.attach, job.covers, strict=True), start=first):
        ending, mime = MIME_TYPES[stream.codec]
        name = "cover" if number == first else f"cover-{number - first + 1}"
        words += ["-attach", file_url(path), f"-metadata:s:t:{number}", f"mimetype={mime}"]
        words += [f"-metadata:s:t:{number}", f"filename={name}.{ending}"]
    return words


def _with_options(command: list[str], options: Sequence[str]) -> list[str]:
    """`command` with further output options, which ffmpeg wants before the output's name."""
    at = max(index for index, word in enumerate(command) if word.startswith("file:"))
    return [*command[:at], *options, *command[at:]]
