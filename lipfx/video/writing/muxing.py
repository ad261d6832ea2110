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
from lipfx.video.ffmpeg.ask import PROTOCOLS, file_url
from lipfx.video.ffmpeg.graph import command, named
from lipfx.video.ffmpeg.hdr import colour_options
from lipfx.video.ffmpeg.shift import shifted
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.streams import MIME_TYPES, StreamPlan, has_phone_tags
from lipfx.video.writing.tags import false_tags, later_timecode, provenance_tag, stereo_mode
from lipfx.video.writing.target import Target

MUXERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
    ".ts": "mpegts",
}
FRAME_CLOCKED = ("mpeg4", "mpeg2video", "mpeg1video", "dnxhd")
TICKED = ("mp4", "mov")  # their track's time scale can be chosen
EXACT = "accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
UNTIMED = ("avi",)  # nothing but a steady rate is in them
MATROSKA_TICKS = 1000  # a second
LASTING = ("mp4", "mov", "matroska", "webm")  # they can say how long the last picture stays


@dataclass(frozen=True, slots=True)
class Job:
    """All that the encoder's command depends on. tick: seconds; first: of the first frame, in ticks; covers:
    files of cover art to attach; provenance: a line for the metadata.
    """

    clip: Clip
    target: Target
    plan: StreamPlan
    colour: Colour
    tick: Fraction
    path: Path
    cut: Cut
    first: int = 0
    covers: Sequence[Path] = ()
    provenance: str = ""


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
    # A clock that may start again is mended by ffmpeg, if it may count from the inputs' own beginnings.
    mended = job.clip.restarts
    pipe = {"itsoffset": f"{_microseconds(job.first * job.tick)}us"} if mended else {}
    pictures = ffmpeg.input("pipe:0", format="nut", **pipe, **colour_options(_resolved(job)))
    source = ffmpeg.input(
        named(job.clip.path), protocol_whitelist=PROTOCOLS, **shifted(job.clip, job.cut.begin)
    )
    maps = [pictures["0"], *(source[str(index)] for index in job.plan.maps)]
    settings = {**_video_settings(job), **_container_settings(job), **job.plan.options}
    output = ffmpeg.output(*maps, *([] if job.plan.maps else [source["a?"]]), named(job.path), **settings)
    flags = ("-hide_banner", "-nostats", "-loglevel", "error", *(() if mended else ("-copyts",)), "-y")
    words = _with_options(command(output, *flags), (*_tags(job), *job.target.options, *_attachments(job)))
    seen = ("-map", f"1:{job.clip.video.index}", "-c", "copy", "-f", "null", "-")
    return [*words, *(seen if mended and job.plan.maps else ())]


def _microseconds(seconds: Fraction) -> int:
    """As ffmpeg rounds them: half away from 0."""
    whole = abs(seconds) * 1_000_000
    return int(whole + Fraction(1, 2)) * (1 if seconds >= 0 else -1)


def _tags(job: Job) -> list[str]:
    """Options that take away what is not true any more, and move what counts from the beginning."""
    clip, words = job.clip, []
    alpha = "a" in job.target.pixel_format.split("yuv")[-1][:1] or job.target.pixel_format.startswith("gbra")
    for name in false_tags(clip.video.metadata, alpha=alpha):
        words += ["-metadata:s:v:0", f"{name}="]
    numbers: dict[str, int] = {}
    for index in job.plan.maps:
        stream = next(s for s in clip.streams if s.index == index)
        letter = stream.kind[0]
        number = numbers[letter] = numbers.get(letter, -1) + 1
        if letter == "a" and (index not in job.plan.copied or job.cut != Cut()):
            for name in false_tags(stream.metadata, alpha=True):
                words += [f"-metadata:s:a:{number}", f"{name}="]
    mode = stereo_mode(clip.extras)
    if mode and muxer_for(job.path) in ("matroska", "webm"):
        words += ["-metadata:s:v:0", f"stereo_mode={mode}"]
    if job.provenance:
        told = provenance_tag(muxer_for(job.path), clip.metadata, job.provenance)
        words += [word for pair in told.items() for word in ("-metadata", "=".join(pair))]
    return words + (_timecode(job) if job.cut.start else [])


def _timecode(job: Job) -> list[str]:
    """Options for the timecode of the first picture of a cut."""
    clip, words = job.clip, []
    for tags, where in ((clip.metadata, "-metadata"), (clip.video.metadata, "-metadata:s:v:0")):
        name = next((name for name in tags if name.lower() == "timecode"), None)
        later = later_timecode(tags[name], job.cut.begin, clip.frame_rate) if name else None
        words += [where, f"{name}={later}"] if later else []
    return words


def _video_settings(job: Job) -> dict[str, Any]:
    clip, target = job.clip, job.target
    settings: dict[str, Any] = {
        "c:v:0": target.codec,
        "pix_fmt:v:0": target.pixel_format,
        "fps_mode": "passthrough",
        "enc_time_base:v:0": _encoder_clock(job),  # sound is encoded on a clock of its own
        "map_metadata:s:v:0": f"1:s:{clip.video.index}",
        "disposition:v:0": "+".join(sorted(clip.video.disposition - {"attached_pic"})) or "0",
        **colour_options(target.tags),
    }
    if target.codec in ("libx265", "hevc_nvenc", "hevc_videotoolbox") and muxer_for(job.path) in TICKED:
        settings["tag:v:0"] = "hvc1"  # Apple's players want it
    filters = _filters(job)
    if filters:
        settings["filter:v:0"] = ",".join(filters)
    lasting = _lasting(job)
    if lasting:
        settings["bsf:v:0"] = lasting
    return settings


def _lasting(job: Job) -> str:
    """A bit stream filter that lets the last picture stay as long as the source's; empty where none can."""
    clip, cut = job.clip, job.cut
    until = clip.lasts_until
    if muxer_for(job.path) not in LASTING or until is None or not _stays_longer(clip):
        return ""
    end = until if cut.end is None else min(cut.end, until)
    scale = job.tick.denominator if muxer_for(job.path) in TICKED else MATROSKA_TICKS
    last = (
        f"if(isnan(NEXT_PTS)+eq(NEXT_PTS\\,NOPTS)\\,max(1\\,{(end - cut.begin) * scale:.3f}-PTS)\\,DURATION)"
    )
    return f"setts=pts=PTS:dts=DTS:duration={last}"


def _stays_longer(clip: Clip) -> bool:
    """Whether the last picture may stay longer than a frame of the clip's rate."""
    if clip.frame_rate is None or clip.frame_count is None:
        return True
    return clip.duration * clip.frame_rate > clip.frame_count + 1


def _container_settings(job: Job) -> dict[str, Any]:
    muxer = muxer_for(job.path)
    settings: dict[str, Any] = {
        "format": muxer,
        "map_metadata": "1",
        "map_chapters": "1",
        "avoid_negative_ts": "disabled",
        "max_muxing_queue_size": 4096,
    }
    if job.cut.end is not None:
        settings["t"] = f"{job.cut.length:.6f}"
    if muxer in TICKED:
        settings["movie_timescale"] = 90000  # in which edit lists count; 1000 would move sound by up to 1 ms
        settings["video_track_timescale"] = job.tick.denominator
        settings["movflags"] = "+faststart" + ("+use_metadata_tags" if has_phone_tags(job.clip) else "")
    return settings


def _filters(job: Job) -> list[str]:
    filters = []
    if job.target.widened != (0, 0):
        right, bottom = job.target.widened
        filters.append(f"pad=iw+{right}:ih+{bottom}:0:0,fillborders=right={right}:bottom={bottom}:mode=smear")
    if job.target.converts:
        filters.append(f"scale=out_color_matrix=bt709:out_range=tv:flags={EXACT}")
        filters.append(f"format={job.target.pixel_format},setparams=colorspace=bt709:range=tv")
    elif job.target.resampled:
        filters.append(f"scale=flags={EXACT},format={job.target.pixel_format}")
    if job.clip.sample_aspect_ratio is not None:
        aspect = job.clip.sample_aspect_ratio
        if job.target.turned_back:
            aspect = 1 / aspect
        filters.append(f"setsar={aspect.numerator}/{aspect.denominator}")
    return filters


def _resolved(job: Job) -> ColourTags:
    """What the frames on the pipe are, so that nothing converts them unasked."""
    if not job.target.converts and not job.target.resampled:
        return job.target.tags
    colour = job.colour
    return ColourTags(colour.matrix, colour.primaries, colour.transfer, "pc" if colour.full_range else "tv")


def _encoder_clock(job: Job) -> str:
    """The encoder's time base: the frames' own, or the frame rate's where only that is understood."""
    if muxer_for(job.path) in UNTIMED:
        return f"{job.tick.numerator}:{job.tick.denominator}"
    rate = job.clip.frame_rate
    if rate is not None and job.target.codec in FRAME_CLOCKED:
        return f"{rate.denominator}:{rate.numerator}"
    return "-1"


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
