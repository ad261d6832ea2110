"""Owns finding out what is in a video file, with ffprobe; must not know how frames are read or written."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

from lipfx.core.values import Colour
from lipfx.errors import InputError
from lipfx.video.clip import Clip, ColourTags, Stream
from lipfx.video.ffmpeg.formats import is_full_range_format, planar_format
from lipfx.video.ffmpeg.tools import find_tool
from lipfx.video.orientation import Orientation, from_display_matrix

PROBE_SECONDS = 6.0
PROTOCOLS = "file,pipe"
MAX_PIXELS = 1 << 27
# Lists of other files, and text: ffmpeg would follow or render them.
REFUSED_CONTAINERS = (
    "concat",
    "hls",
    "dash",
    "applehttp",
    "sdp",
    "rtsp",
    "tty",
    "imf",
    "webm_dash_manifest",
    "image2",
)
# Containers whose own clock starts at 0; elsewhere (broadcast streams) it starts anywhere.
ZERO_BASED = ("mov", "matroska", "avi", "nut", "gif", "ogg", "flv")
RATE_SAMPLE = 1000
FIRST_PACKETS = 4  # of all streams, among which the first frame of the pictures usually is
FIRST_FRAME_PACKETS = (1, 200)  # an edit list may hide the first ones
UNTAGGED = {None, "", "unknown", "unspecified", "reserved"}

Json = Mapping[str, Any]


def file_url(path: Path) -> str:
    """`path` as ffmpeg takes it literally, whatever it begins with or contains."""
    return f"file:{path}"


def probe(path: str | Path) -> Clip:
    """What is in the video file at `path`.

    Raises: InputError when it is missing or not a video that can be read; MissingToolError.
    """
    path = Path(path)
    _check_file(path)
    with ThreadPoolExecutor(1) as aside:  # starting ffprobe takes most of its time
        times = aside.submit(_packet_times, path)
        data = _described(path)
        streams = [(_stream(raw), raw) for raw in data.get("streams", [])]
        video, raw = _main_video(path, streams)
        first = _first_frame(path, video.index, data.get("frames", []))
        rate = _frame_rate(raw, times.result())
    raw = {**raw, **_known(first)}
    return _build(path, data, tuple(stream for stream, _ in streams), video, raw, first, rate)


def _described(path: Path) -> dict[str, Any]:
    """What ffprobe says of the file, its streams, its chapters and its first frames.

    Raises: InputError when it is not a video file that can be read.
    """
    first = ("-show_frames", "-read_intervals", f"%+#{FIRST_PACKETS}")
    data = _ask(path, "-show_format", "-show_streams", "-show_chapters", *first)
    container = data.get("format", {}).get("format_name", "")
    if any(name in REFUSED_CONTAINERS for name in container.split(",")):
        raise InputError(
            f"{path} is a playlist or text ({container}), not a video; give the video file itself"
        )
    return data


def count_frames(path: Path) -> int | None:
    """How many frames a file says that it holds, None where it does not say; its first one can be decoded.

    Raises: InputError when it is not a video that can be read.
    """
    for packets in FIRST_FRAME_PACKETS:
        interval = ("-read_intervals", f"%+#{packets}")
        data = _ask(path, "-select_streams", "V:0", *interval, "-show_streams", "-show_frames")
        if data.get("frames"):
            return _stream(data["streams"][0]).frame_count
    raise InputError(f"{path} holds no picture that can be decoded")


def _build(
    path: Path,
    data: Json,
    streams: tuple[Stream, ...],
    video: Stream,
    raw: Json,
    first: Json,
    rate: Fraction | None,
) -> Clip:
    stored = str(raw.get("pix_fmt", "unknown"))
    pixels = planar_format(stored)
    if pixels is None:
        raise InputError(
            f"{path} has pictures in the format {stored}, which lipfx cannot take; convert it first"
        )
    orientation = _orientation(raw)
    width, height = orientation.size(int(raw["width"]), int(raw["height"]))
    if width * height > MAX_PIXELS:
        raise InputError(f"{path} has frames of {width}x{height} pixels, at most {MAX_PIXELS} are taken")
    tags = _tags(raw)
    time_base = Fraction(raw["time_base"])
    container = str(data["format"]["format_name"])
    duration = video.duration or float(data["format"].get("duration", 0.0))
    aspect = _ratio(raw.get("sample_aspect_ratio", "").replace(":", "/"))
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
        colour=_resolve(tags, stored, int(raw["width"]), int(raw["height"])),
        tags=tags,
        orientation=orientation,
        frame_rate=rate,
        time_base=time_base,
        origin=_origin(container, data["format"]),
        duration=duration,
        frame_count=_frame_count(video, raw, duration),
        sample_aspect_ratio=1 / aspect if aspect and orientation.swaps_sides else aspect,
        field_order=_field_order(raw, first),
        bit_rate=int(raw["bit_rate"]) if "bit_rate" in raw else None,
        hdr=_hdr(raw, first),
        dynamic_hdr=_dynamic_hdr(raw, first),
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


def _ask(path: Path, *arguments: str) -> dict[str, Any]:
    command = [find_tool("ffprobe"), "-v", "error", "-protocol_whitelist", PROTOCOLS]
    command += [*arguments, "-of", "json", "-i", file_url(path)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{path} could not be understood within {PROBE_SECONDS:.0f} seconds; it may be damaged"
        ) from None
    if done.returncode:
        raise InputError(_reason(path, done.stderr.decode("utf-8", "replace")))
    answer: dict[str, Any] = json.loads(done.stdout.decode("utf-8", "replace"))
    return answer


def _reason(path: Path, words: str) -> str:
    if "moov atom not found" in words and _looks_like_mp4(path):
        return f"{path} is truncated: its index (moov) is missing; copy or record it again"
    if "not on whitelist" in words:
        return f"{path} refers to other files or to the network, which is refused; give the video file itself"
    last = next((line for line in reversed(words.splitlines()) if line.strip()), "no reason given")
    return f"{path} is not a video that ffmpeg can read ({last.split(': ')[-1].strip()})"


def _looks_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"mdat", b"moov", b"free", b"wide", b"skip")


def _main_video(path: Path, streams: Sequence[tuple[Stream, Json]]) -> tuple[Stream, Json]:
    pictures = [(s, raw) for s, raw in streams if s.kind == "video" and not s.is_cover_art]
    if not pictures:
        kinds = ", ".join(sorted({s.kind for s, _ in streams})) or "nothing"
        raise InputError(f"{path} has no video stream (found: {kinds}); a video is wanted")
    video, raw = pictures[0]
    if video.codec == "unknown" or not raw.get("width") or raw.get("pix_fmt", "unknown") == "unknown":
        raise InputError(f"{path} has a video stream ({video.codec}) that this ffmpeg cannot decode")
    return video, raw


def _stream(raw: Json) -> Stream:
    return Stream(
        index=int(raw["index"]),
        kind=str(raw.get("codec_type", "data")),
        codec=str(raw.get("codec_name", "unknown")),
        tag=str(raw.get("codec_tag_string", "")),
        start=float(raw.get("start_time", 0.0)),
        duration=float(raw["duration"]) if "duration" in raw else None,
        frame_count=int(raw["nb_frames"]) if "nb_frames" in raw else None,
        disposition=frozenset(name for name, on in raw.get("disposition", {}).items() if on),
        metadata=dict(raw.get("tags", {})),
    )


def _first_frame(path: Path, index: int, seen: Sequence[Json]) -> Json:
    """The first decoded frame's own properties: among those `seen`, or looked for in more packets.

    Raises: InputError when there is none.
    """
    for frame in seen:
        if frame.get("stream_index") == index:
            return frame
    for packets in FIRST_FRAME_PACKETS:
        arguments = ("-select_streams", str(index), "-read_intervals", f"%+#{packets}", "-show_frames")
        frames = _ask(path, *arguments).get("frames", [])
        if frames:
            return dict(frames[0])
    raise InputError(f"{path} holds no picture that can be decoded; it may be truncated")


def _known(frame: Json) -> dict[str, Any]:
    names = ("pix_fmt", "color_range", "color_space", "color_primaries", "color_transfer", "chroma_location")
    return {name: frame[name] for name in names if frame.get(name) not in UNTAGGED}


def _orientation(raw: Json) -> Orientation:
    for side in raw.get("side_data_list", []):
        if "displaymatrix" in side:
            rows = [row.split(":")[1].split() for row in side["displaymatrix"].split("\n") if ":" in row]
            return from_display_matrix([int(number) for row in rows for number in row])
    return Orientation()


def _tags(raw: Json) -> ColourTags:
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


def _resolve(tags: ColourTags, stored: str, width: int, height: int) -> Colour:
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


def _ratio(text: str) -> Fraction | None:
    with contextlib.suppress(ValueError, ZeroDivisionError):
        ratio = Fraction(text)
        return ratio if ratio > 0 else None
    return None


def _packet_times(path: Path) -> list[int]:
    """When the first frames of the pictures are shown, in order, in ticks of their stream.

    Raises: InputError when the file cannot be read.
    """
    arguments = ("-select_streams", "V:0", "-read_intervals", f"%+#{RATE_SAMPLE}", "-show_entries")
    packets = _ask(path, *arguments, "packet=pts,flags").get("packets", [])
    return sorted(p["pts"] for p in packets if "pts" in p and "D" not in p.get("flags", ""))


def _frame_rate(raw: Json, times: Sequence[int]) -> Fraction | None:
    """The stream's constant rate; None when the distances of `times` show that it varies."""
    time_base = Fraction(raw["time_base"])
    real, mean = _ratio(raw.get("r_frame_rate", "")), _ratio(raw.get("avg_frame_rate", ""))
    if real is None:
        return mean
    gaps = {after - before for before, after in itertools.pairwise(times[:-1])}
    return real if gaps and all(abs(gap * time_base - 1 / real) <= time_base for gap in gaps) else None


def _origin(container: str, form: Json) -> float:
    if container.startswith(ZERO_BASED):
        return 0.0
    return max(0.0, float(form.get("start_time", 0.0)))


def _frame_count(video: Stream, raw: Json, duration: float) -> int | None:
    if video.frame_count is not None:
        return video.frame_count
    mean = _ratio(raw.get("avg_frame_rate", ""))
    return round(duration * mean) if mean and duration else None


def _field_order(raw: Json, first: Json) -> str:
    """The first picture's own word counts more than the container's."""
    if "interlaced_frame" not in first:
        return str(raw.get("field_order", "progressive"))
    if not first["interlaced_frame"]:
        return "progressive"
    return "tt" if first.get("top_field_first") else "bb"


def _hdr(raw: Json, first: Json) -> dict[str, dict[str, str]]:
    wanted = ("Mastering display metadata", "Content light level metadata")
    sides = [*raw.get("side_data_list", []), *first.get("side_data_list", [])]
    return {
        side["side_data_type"]: {k: str(v) for k, v in side.items() if k != "side_data_type"}
        for side in sides
        if side.get("side_data_type") in wanted
    }


def _dynamic_hdr(raw: Json, first: Json) -> tuple[str, ...]:
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
