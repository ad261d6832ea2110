"""Owns the command that encodes frames and puts a source's other streams beside them; starts no process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import ffmpeg

from lipfx.core.timecode import later
from lipfx.core.values import Colour
from lipfx.errors import OutputError
from lipfx.video.clip import Clip, ColourTags
from lipfx.video.ffmpeg.ask import PROTOCOLS, file_url
from lipfx.video.ffmpeg.graph import command, named, ratio
from lipfx.video.ffmpeg.hdr import colour_options
from lipfx.video.ffmpeg.shift import shifted
from lipfx.video.ffmpeg.tools import filters_count_as_encoders
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.streams import MIME_TYPES, StreamPlan, has_phone_tags
from lipfx.video.writing.tags import false_tags, provenance_tag, stereo_mode
from lipfx.video.writing.target import Target

MUXERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".avi": "avi",
    ".ts": "mpegts",
    ".mxf": "mxf",
}
FRAME_CLOCKED = ("mpeg4", "mpeg2video", "mpeg1video", "dnxhd")
OTHER_PARTS = {"libvpx-vp9": "mp4", "ffv1": "matroska"}
TICKED = ("mp4", "mov")  # their track's time scale can be chosen
EXACT = "accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
UNTIMED = ("avi", "mxf")  # nothing but a steady rate is in them
REELS = ("mov", "mxf", "matroska")
QUIET = ("-hide_banner", "-nostats", "-loglevel", "error")
MATROSKA_TICKS = "1000"  # a second
LASTING = ("mp4", "mov", "matroska", "webm")  # they can say how long the last picture stays


@dataclass(frozen=True, slots=True)
class Job:
    """All that the encoder's command depends on. tick: seconds; first: of the first frame, in ticks; covers:
    files of cover art to attach; words: of subtitles that take a stream's place, by its index; provenance: a
    line for the metadata; size: width and height as stored.
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
    words: Mapping[int, Path] = field(default_factory=dict)
    provenance: str = ""
    size: tuple[int, int] = (0, 0)


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
    pictures = ffmpeg.input(
        "pipe:0", format="nut", thread_queue_size=1, **_placed(job), **colour_options(_resolved(job))
    )
    return _whole_command(job, pictures, {**_encoder_settings(job), **_track_settings(job)})


def part_command(job: Job) -> list[str]:
    """The command that takes NUT frames and writes `job.path` with the same pictures as `encoder_command`'s,
    and nothing else."""
    pictures = ffmpeg.input("pipe:0", format="nut", thread_queue_size=1, **colour_options(_resolved(job)))
    settings = {
        **_encoder_settings(job),
        **colour_options(job.target.tags),
        "format": parts_muxer(job.target),
    }
    output = ffmpeg.output(pictures["0"], named(job.path), **settings)
    return _with_options(command(output, *QUIET, "-y"), job.target.options)


def joining_command(job: Job, pictures: Path, encoder: str) -> list[str]:
    """The command that writes what `encoder_command`'s does, of pictures that are encoded already, in a file
    that begins with the first one. encoder: how it called itself."""
    settings = {"c:v:0": "copy", **_track_settings(job)}
    settings["field_order:v:0"] = "progressive"
    offset = {"itsoffset": f"{_microseconds(job.first * job.tick)}us"} if job.first else {}
    words = _whole_command(job, ffmpeg.input(named(pictures), **offset), settings)
    return _with_options(words, ("-metadata:s:v:0", f"encoder={encoder}") if encoder else ())


def parts_muxer(target: Target) -> str:
    """The container of pictures that are joined later: it holds their times, shape and kind exactly."""
    return OTHER_PARTS.get(target.codec, "mov")


def _placed(job: Job) -> dict[str, str]:
    """Options of the input with the pictures: a clock that may start again is mended by ffmpeg, if it may
    count from the inputs' own beginnings."""
    return {"itsoffset": f"{_microseconds(job.first * job.tick)}us"} if job.clip.restarts else {}


def _whole_command(job: Job, pictures: Any, video: dict[str, Any]) -> list[str]:
    """The command that writes pictures and all else. video: settings for the pictures."""
    mended = job.clip.restarts
    settings = {**video, **_container_settings(job), **job.plan.options}
    output = ffmpeg.output(pictures["0"], *_beside(job), named(job.path), **settings)
    flags = (*QUIET, *(() if mended else ("-copyts",)), "-y")
    encoding = job.target.options if video["c:v:0"] != "copy" else ()
    words = _with_options(command(output, *flags), (*_tags(job), *encoding, *_attachments(job)))
    words = _with_words(words, job)
    seen = ("-map", f"1:{job.clip.video.index}", "-c", "copy", "-f", "null", "-")
    return [*words, *(seen if mended and job.plan.maps else ())]


def _with_words(command: list[str], job: Job) -> list[str]:
    """`command` with files of subtitles as further inputs, in place of the streams that they were made of."""
    inputs: list[str] = []
    command = list(command)
    for number, (index, path) in enumerate(job.words.items(), start=2):
        offset = shifted(job.clip, job.cut.begin)
        inputs += [word for name, value in offset.items() for word in (f"-{name}", value)]
        inputs += ["-protocol_whitelist", PROTOCOLS, "-i", file_url(path)]
        command[command.index(f"1:{index}")] = f"{number}:0"
    first = command.index("-map")
    return [*command[:first], *inputs, *command[first:]]


def _beside(job: Job) -> list[Any]:
    """The streams of the source that go along; what is live has no source."""
    if job.clip.alone:
        return []
    source = ffmpeg.input(
        named(job.clip.path), protocol_whitelist=PROTOCOLS, **shifted(job.clip, job.cut.begin)
    )
    return [source[str(index)] for index in job.plan.maps] or [source["a?"]]


def _microseconds(seconds: Fraction) -> int:
    """As ffmpeg rounds them: half away from 0."""
    whole = abs(seconds) * 1_000_000
    return int(whole + Fraction(1, 2)) * (1 if seconds >= 0 else -1)


def _tags(job: Job) -> list[str]:
    """Options that take away what is not true any more, and move what counts from the beginning."""
    clip, words = job.clip, []
    alpha = "a" in job.target.pixel_format.split("yuv")[-1][:1] or job.target.pixel_format.startswith("gbra")
    for name in false_tags(clip.video.metadata, alpha=alpha, encoded=True):
        words += ["-metadata:s:v:0", f"{name}="]
    numbers: dict[str, int] = {}
    for index in job.plan.maps:
        stream = next(s for s in clip.streams if s.index == index)
        letter = stream.kind[0]
        number = numbers[letter] = numbers.get(letter, -1) + 1
        if letter == "a" and (index not in job.plan.copied or job.cut != Cut()):
            for name in false_tags(stream.metadata, alpha=True, encoded=index not in job.plan.copied):
                words += [f"-metadata:s:a:{number}", f"{name}="]
    mode = stereo_mode(clip.extras)
    if mode and muxer_for(job.path) in ("matroska", "webm"):
        words += ["-metadata:s:v:0", f"stereo_mode={mode}"]
    if job.provenance:
        told = provenance_tag(muxer_for(job.path), clip.metadata, job.provenance)
        words += [word for pair in told.items() for word in ("-metadata", "=".join(pair))]
    return words + _reel(job) + (_timecode(job) if job.cut.start or job.clip.alone else [])


def _reel(job: Job) -> list[str]:
    """Options for the reel's name, which QuickTime keeps with the timecode's track, out of ffmpeg's sight."""
    reel = job.clip.reel
    places = ("-metadata:s:v:0", "-metadata") if muxer_for(job.path) in REELS else ()
    return [word for place in places if reel for word in (place, f"reel_name={reel}")]


def _timecode(job: Job) -> list[str]:
    """Options for the timecode of the first picture of a cut."""
    clip, words = job.clip, []
    passed = ceil(Fraction(job.cut.begin) * (clip.frame_rate or 0))
    for tags, where in ((clip.metadata, "-metadata"), (clip.video.metadata, "-metadata:s:v:0")):
        name = next((name for name in tags if name.lower() == "timecode"), None)
        moved = later(tags[name], passed, clip.frame_rate) if name else None
        words += [where, f"{name}={moved}"] if moved else []
    return words


def _encoder_settings(job: Job) -> dict[str, Any]:
    """How the pictures are encoded."""
    settings: dict[str, Any] = {
        "c:v:0": job.target.codec,
        "pix_fmt:v:0": job.target.pixel_format,
        "fps_mode": "passthrough",
        "enc_time_base:v:0": _encoder_clock(job),  # sound is encoded on a clock of its own
    }
    filters = _filters(job)
    if filters:
        settings["filter:v:0"] = ",".join(filters)
    return settings


def _track_settings(job: Job) -> dict[str, Any]:
    """What the container says of the pictures."""
    clip, target = job.clip, job.target
    settings: dict[str, Any] = {
        "map_metadata:s:v:0": "-1" if clip.alone else f"1:s:{clip.video.index}",
        "disposition:v:0": "+".join(sorted(clip.video.disposition - {"attached_pic"})) or "0",
        **colour_options(target.tags),
    }
    if target.codec in ("libx265", "hevc_nvenc", "hevc_videotoolbox") and muxer_for(job.path) in TICKED:
        settings["tag:v:0"] = "hvc1"  # Apple's players want it
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
    rest = f"{end - cut.begin:.6f}*{_ticks_in_filters(job)}-PTS"
    last = f"if(isnan(NEXT_PTS)+eq(NEXT_PTS\\,NOPTS)\\,max(1\\,{rest})\\,DURATION)"
    return f"setts=pts=PTS:dts=DTS:duration={last}"


def _ticks_in_filters(job: Job) -> str:
    """Ticks a second of the clock that bit stream filters count by: a number, or an expression of theirs."""
    if muxer_for(job.path) in TICKED:
        return str(job.tick.denominator)
    return "1/TB" if filters_count_as_encoders() else MATROSKA_TICKS


def _stays_longer(clip: Clip) -> bool:
    """Whether the last picture may stay longer than a frame of the clip's rate."""
    if clip.frame_rate is None or clip.frame_count is None:
        return True
    return clip.duration * clip.frame_rate > clip.frame_count + 1


def _container_settings(job: Job) -> dict[str, Any]:
    muxer = muxer_for(job.path)
    settings: dict[str, Any] = {
        "format": muxer,
        "map_metadata": "-1" if job.clip.alone else "1",
        "map_chapters": "-1" if job.clip.alone else "1",
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
    aspect = _aspect(job)
    if aspect is not None:
        filters.append(f"setsar={aspect.numerator}/{aspect.denominator}")
    return filters


def _aspect(job: Job) -> Fraction | None:
    """The shape of the pixels as they are stored, where the source tells it."""
    aspect = job.clip.sample_aspect_ratio
    return 1 / aspect if aspect and job.target.turned_back else aspect


def _resolved(job: Job) -> ColourTags:
    """What the frames on the pipe are, so that nothing converts them unasked."""
    if not job.target.converts and not job.target.resampled:
        return job.target.tags
    colour = job.colour
    return ColourTags(colour.matrix, colour.primaries, colour.transfer, "pc" if colour.full_range else "tv")


def _encoder_clock(job: Job) -> str:
    """The encoder's time base: the frames' own, or the frame rate's where only that is understood."""
    rate = job.clip.frame_rate
    by_rate = rate is not None and job.target.codec in FRAME_CLOCKED and muxer_for(job.path) not in UNTIMED
    return ratio(1 / rate if rate is not None and by_rate else job.tick)


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
