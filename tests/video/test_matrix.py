"""Codecs by rates by geometry, colour, depth and streams: what ffprobe sees going in comes out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lipfx.video.writing.encoding import Encoding
from tests.helpers import media

TAGS = ("color_range", "color_space", "color_primaries", "color_transfer")
UNEVEN = "settb=1/60000,setpts='(N+0.2*mod(N\\,4)+3*gt(N\\,6))/(24*TB)'"


@dataclass(frozen=True)
class Way:
    """A container in, a container out, the encoder and its pixel format; lossless where that can be asked."""

    source: str
    output: str
    codec: str
    pixels: str
    lossless: bool = True

    @property
    def encoding(self) -> Encoding:
        if self.codec in ("libx264", "libx264rgb"):
            return Encoding(codec=self.codec, crf=0, preset="ultrafast")
        if self.codec == "libx265":
            extra = ("-x265-params", "lossless=1")
            return Encoding(codec=self.codec, preset="ultrafast", extra=extra)
        if self.codec == "libvpx-vp9":
            return Encoding(codec=self.codec, extra=("-lossless", "1", "-deadline", "realtime"))
        return Encoding(codec=self.codec)


WAYS = (
    Way(".mp4", ".mp4", "libx264", "yuv420p"),
    Way(".mp4", ".mkv", "ffv1", "yuv422p10le"),
    Way(".mov", ".mov", "libx265", "yuv420p10le"),
    Way(".mkv", ".mp4", "libx264", "yuv444p"),
    Way(".mkv", ".mkv", "ffv1", "yuv444p12le"),
    Way(".mov", ".mov", "prores_ks", "yuv422p10le", lossless=False),
    Way(".webm", ".webm", "libvpx-vp9", "yuv420p"),
    Way(".mkv", ".mov", "libx264", "yuvj420p"),
)
RATES = ("24000/1001", "30000/1001", "50", "uneven")
TURNS = ("upright", "turned-90", "mirrored", "turned-180")
COLOURS = (
    (),
    ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    ("-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"),
    ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67"),
)
SOUNDS = ("none", "one", "late", "two")
CASES = [
    (way, rate, TURNS[(i + j) % 4], COLOURS[(i + j // 2 + k) % 4], SOUNDS[(i * 2 + j + k) % 4])
    for (i, way), (j, rate), k in itertools.product(enumerate(WAYS), enumerate(RATES), range(2))
]


def name(case: tuple[Way, str, str, tuple[str, ...], str]) -> str:
    way, rate, turn, colour, sound = case
    tags = colour[1] if colour else "untagged"
    return "-".join((way.source[1:], way.codec, way.output[1:], rate, turn, tags, sound))


def source_arguments(way: Way, rate: str, colour: tuple[str, ...], sound: str) -> list[object]:
    arguments: list[object] = list(media.moving(rate="24" if rate == "uneven" else rate, frames=16))
    if sound == "late":
        arguments += ["-itsoffset", "0.31"]
    if sound != "none":
        arguments += media.tone(0.8)
    if sound == "two":
        arguments += media.tone(0.6)
    arguments += ["-map", "0", *(["-map", "1"] if sound != "none" else [])]
    arguments += ["-map", "2"] if sound == "two" else []
    arguments += ["-vf", UNEVEN, "-fps_mode", "passthrough", "-enc_time_base", "1/60000"] * (rate == "uneven")
    codec = {".webm": "libvpx-vp9", ".mov": "prores_ks"}.get(way.source, "libx264")
    if way.pixels == "yuv420p10le":
        codec = "libx265"
    if way.pixels == "yuv444p12le":
        codec = "ffv1"
    arguments += ["-c:v", codec, "-pix_fmt", way.pixels, *colour]
    arguments += [] if way.source == ".webm" else ["-c:a", "aac"]
    return [*arguments, "-metadata", "title=A clip", "-metadata:s:v:0", "language=fra"]


def facts(path: Path) -> dict[str, Any]:
    """What must come out as it went in."""
    answer = media.probe_json(path, "-show_streams", "-show_format")
    video = next(stream for stream in answer["streams"] if stream["codec_type"] == "video")
    sounds = [stream for stream in answer["streams"] if stream["codec_type"] == "audio"]
    return {
        # Where no range is said, as x264 does beside no other tag, the limited one is meant.
        "tags": {"color_range": "tv", **{name: video[name] for name in TAGS if name in video}},
        "rate": video["r_frame_rate"],
        "aspect": video.get("sample_aspect_ratio"),
        "sounds": [(stream["codec_name"], stream["sample_rate"]) for stream in sounds],
        "title": answer["format"].get("tags", {}).get("title"),
    }


def first_sound(path: Path) -> float:
    answer = media.probe_json(path, "-select_streams", "a:0", "-show_entries", "packet=pts_time")
    return min(float(packet["pts_time"]) for packet in answer["packets"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "rate", "turn", "colour", "sound"),
    CASES,
    ids=list(map(name, CASES)),
)
def test_what_goes_in_comes_out(
    way: Way, rate: str, turn: str, colour: tuple[str, ...], sound: str, tmp_path: Path
) -> None:
    source = media.make(tmp_path / f"in{way.source}", *source_arguments(way, rate, colour, sound))
    if turn != "upright" and way.source in (".mp4", ".mov"):
        media.set_display_matrix(source, turn)
    output = tmp_path / f"out{way.output}"
    media.copy_through(source, output, way.encoding)
    tick = 0.0006 if ".mkv" in (way.source, way.output) or way.output == ".webm" else 2e-5
    assert media.frame_times(output) == pytest.approx(media.frame_times(source), abs=tick)
    before, after = facts(source), facts(output)
    if rate == "uneven":
        before.pop("rate"), after.pop("rate")
    assert after == before
    if way.lossless:
        # ffmpeg itself cannot turn 4:2:2 by a quarter without resampling its chroma.
        luma = ("-pix_fmt", "gray10le") if "422" in way.pixels and "90" in turn else ()
        assert media.frame_hashes(output, *luma) == media.frame_hashes(source, *luma)
    if sound != "none":
        # ffmpeg writes Opus' delay of 6.5 ms, rounded, into WebM without moving its times by it.
        slack = 0.0076 if way.output == ".webm" else 0.0011
        assert first_sound(output) == pytest.approx(first_sound(source), abs=slack)
        assert media.packet_hash(output, "a") == media.packet_hash(source, "a")
