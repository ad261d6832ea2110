"""Owns finding out what is in a video file, with ffprobe; must not know how frames are read or written."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from lipfx.errors import InputError, UsageError
from lipfx.video.clip import Clip, Stream
from lipfx.video.ffmpeg import words
from lipfx.video.ffmpeg.apng import apng_length
from lipfx.video.ffmpeg.ask import ask
from lipfx.video.ffmpeg.edits import Edits, edits
from lipfx.video.ffmpeg.formats import planar_format
from lipfx.video.ffmpeg.tools import has_decoder
from lipfx.video.ffmpeg.words import Json

# Containers whose own clock starts at 0; elsewhere (broadcast streams) it starts anywhere.
ZERO_BASED = ("mov", "matroska", "avi", "nut", "gif", "apng", "ogg", "flv")
RATE_SAMPLE = 1000
FIRST_PACKETS = 4  # of all streams, among which the first frame of the pictures usually is
FIRST_FRAME_PACKETS = (1, 200)  # an edit list may hide the first ones
DEFAULT_STREAM = 5_000_000  # pixels that a stream's being the default outweighs, in ffmpeg's choice
# Decoders that see the transparency which ffmpeg's own leave out.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of a file. stream: the one whose pictures are meant, None leaves it to lipfx.
    patience: seconds that the file may give no byte, None is the usual.
    """

    stream: int | None = None
    patience: float | None = None


def probe(path: str | Path, asking: Asking | None = None) -> Clip:
    """What is in the video file at `path`.

    Raises: InputError when it is missing or not a video that can be read; MissingToolError.
    """
    path, asking = Path(path), asking or Asking()
    _check_file(path)
    try:
        return _probe(path, asking)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        words = f"{path} is told of by ffprobe in a way that cannot be understood"
        raise InputError(f"{words} ({type(error).__name__}: {error}); reinstall ffmpeg") from error


def _probe(path: Path, asking: Asking) -> Clip:
    with ThreadPoolExecutor(1) as aside:  # starting ffprobe takes most of its time
        early = aside.submit(_packet_times, path, asking, "V:0")
        data = _described(path, asking)
        hidden = edits(path) if data["format"]["format_name"].startswith("mov") else []
        raws = data.get("streams", [])
        streams = [
            (words.stream(raw, hidden[k] if k < len(hidden) else Edits()), raw) for k, raw in enumerate(raws)
        ]
        video, raw = _main_video(path, streams, asking.stream)
        first = _first_frame(path, asking, video.index, data.get("frames", []))
        times = early.result()
        if video.index != next((s.index for s, _ in streams if s.kind == "video" and not s.is_cover_art), -1):
            times = _packet_times(path, asking, str(video.index))
    raw = {**raw, **words.known(first)}
    rate = _frame_rate(raw, times)
    return _build(path, data, tuple(stream for stream, _ in streams), video, raw, first, rate)


def _described(path: Path, asking: Asking) -> dict[str, Any]:
    """What ffprobe says of the file, its streams, its chapters and its first frames.

    Raises: InputError when it is not a video file that can be read.
    """
    first = ("-show_frames", "-read_intervals", f"%+#{FIRST_PACKETS}")
    shown = ("-show_format", "-show_streams", "-show_chapters", *first)
    data = ask(path, *shown, patience=asking.patience)
    container = data.get("format", {}).get("format_name", "")
    if not container:
        raise InputError(f"{path} is not a video that ffmpeg can read (it names no format); give a video")
    return data


def _build(
    path: Path,
    data: Json,
    streams: tuple[Stream, ...],
    video: Stream,
    raw: Json,
    first: Json,
    rate: Fraction | None,
) -> Clip:
    decoder = _decoder(video)
    stored = "yuva420p" if decoder else str(raw.get("pix_fmt", "unknown"))
    pixels = planar_format(stored)
    if pixels is None:
        raise InputError(
            f"{path} has pictures in the format {stored}, which lipfx cannot take; convert it first"
        )
    orientation = words.orientation(raw)
    width, height = orientation.size(int(raw["width"]), int(raw["height"]))
    tags = words.tags(raw)
    container = str(data["format"]["format_name"])
    if container == "apng" and (length := apng_length(path)):
        video = replace(video, frame_count=length[0], duration=length[1])
    duration = video.duration or float(data["format"].get("duration", 0.0))
    aspect = words.ratio(raw.get("sample_aspect_ratio", "").replace(":", "/"))
    return Clip(
        path=path,
        container=container,
        video=video,
        streams=streams,
        metadata=dict(data["format"].get("tags", {})),
        chapters=len(data.get("chapters", [])),
        width=width,
        height=height,
        stored_format=stored,
        pixel_format=orientation.pixel_format(pixels),
        colour=words.resolve(tags, stored, int(raw["width"]), int(raw["height"])),
        tags=tags,
        orientation=orientation,
        frame_rate=rate,
        time_base=Fraction(raw["time_base"]),
        origin=_origin(container, data["format"]),
        duration=duration,
        frame_count=_frame_count(video, raw, duration),
        sample_aspect_ratio=1 / aspect if aspect and orientation.swaps_sides else aspect,
        field_order=words.field_order(raw, first),
        bit_rate=int(raw["bit_rate"]) if "bit_rate" in raw else None,
        hdr=words.hdr(raw, first),
        dynamic_hdr=words.dynamic_hdr(raw, first),
        begin=float(data["format"].get("start_time", 0.0)),
        decoder=decoder,
        extras=words.extras(raw, first),
    )


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder; a video file is wanted")
    if not path.exists():
        raise InputError(f"{path} does not exist; check the name")
    if not path.is_file():
        raise InputError(f"{path} is not a regular file; a video file is wanted")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty (0 bytes); a video file is wanted")


def _kind(stream: Stream) -> str:
    return "cover art" if stream.is_cover_art else stream.kind


def _main_video(
    path: Path, streams: Sequence[tuple[Stream, Json]], wanted: int | None
) -> tuple[Stream, Json]:
    """The pictures that are meant: the stream asked for, or the one that ffmpeg and players choose."""
    pictures = [(s, raw) for s, raw in streams if s.kind == "video" and not s.is_cover_art]
    if not pictures:
        kinds = ", ".join(sorted({_kind(s) for s, _ in streams})) or "nothing"
        raise InputError(f"{path} has no video stream (found: {kinds}); a video is wanted")
    if wanted is None:
        video, raw = max(pictures, key=lambda item: _rank(item[0]))
    else:
        chosen = [(s, raw) for s, raw in streams if s.index == wanted and s.kind == "video"]
        if not chosen:
            there = ", ".join(f"{s.index} ({s.codec}, {s.size[0]}x{s.size[1]})" for s, _ in pictures)
            raise UsageError(f"--stream {wanted}: {path} has no such pictures; it has {there}")
        video, raw = chosen[0]
    if (
        video.codec in ("unknown", "none")
        or not raw.get("width")
        or raw.get("pix_fmt", "unknown") == "unknown"
    ):
        raise InputError(
            f"{path} has a video stream ({video.codec}) of which no picture can be decoded; copy it again if "
            f"it is damaged or cut off, else see whether `ffmpeg -decoders` has its kind"
        )
    return video, raw


def _rank(stream: Stream) -> tuple[bool, int]:
    """How much a stream is the film: no thumbnail, then as ffmpeg counts."""
    thumbnail = bool(stream.disposition & {"timed_thumbnails", "still_image"})
    default = DEFAULT_STREAM if "default" in stream.disposition else 0
    return not thumbnail, stream.size[0] * stream.size[1] + default


def _decoder(video: Stream) -> str | None:
    """The decoder that sees the stream's transparency, where it has one that ffmpeg's own leaves out."""
    tags = {name.lower(): value for name, value in video.metadata.items()}
    name = ALPHA_DECODERS.get(video.codec)
    return name if name and tags.get("alpha_mode") == "1" and has_decoder(name) else None


def _first_frame(path: Path, asking: Asking, index: int, seen: Sequence[Json]) -> Json:
    """The first decoded frame's own properties: among those `seen`, or looked for in more packets.

    Raises: InputError when there is none.
    """
    for frame in seen:
        if frame.get("stream_index") == index:
            return frame
    for packets in FIRST_FRAME_PACKETS:
        arguments = ("-select_streams", str(index), "-read_intervals", f"%+#{packets}", "-show_frames")
        frames = ask(path, *arguments, patience=asking.patience).get("frames", [])
        if frames:
            return dict(frames[0])
    raise InputError(f"{path} holds no picture that can be decoded; it may be truncated")


def _packet_times(path: Path, asking: Asking, stream: str) -> list[int]:
    """When the first frames of the pictures are shown, in order, in ticks of their stream.

    Raises: InputError when the file cannot be read.
    """
    arguments = ("-select_streams", stream, "-read_intervals", f"%+#{RATE_SAMPLE}", "-show_entries")
    packets = ask(path, *arguments, "packet=pts,flags", patience=asking.patience).get("packets", [])
    return sorted(p["pts"] for p in packets if "pts" in p and "D" not in p.get("flags", ""))


def _frame_rate(raw: Json, times: Sequence[int]) -> Fraction | None:
    """The stream's constant rate; None when the distances of `times` show that it varies."""
    time_base = Fraction(raw["time_base"])
    real, mean = words.ratio(raw.get("r_frame_rate", "")), words.ratio(raw.get("avg_frame_rate", ""))
    if real is None:
        return mean
    whole = len(times) < RATE_SAMPLE  # otherwise the last ones may miss some that come before them
    gaps = {after - before for before, after in itertools.pairwise(times if whole else times[:-1])}
    if not gaps and real == mean:
        return real
    return real if gaps and all(abs(gap * time_base - 1 / real) <= time_base for gap in gaps) else None


def _origin(container: str, form: Json) -> float:
    if container.startswith(ZERO_BASED):
        return 0.0
    return max(0.0, float(form.get("start_time", 0.0)))


def _frame_count(video: Stream, raw: Json, duration: float) -> int | None:
    if video.frame_count is not None:
        return video.frame_count
    mean = words.ratio(raw.get("avg_frame_rate", ""))
    return round(duration * mean) if mean and duration else None
