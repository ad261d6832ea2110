"""Owns the command that decodes a clip's pictures; starts no process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from lipfx.core.cores import cores
from lipfx.video.clip import Clip
from lipfx.video.ffmpeg.ask import PROTOCOLS
from lipfx.video.ffmpeg.formats import frame_bytes
from lipfx.video.ffmpeg.graph import command, named, ratio
from lipfx.video.ffmpeg.nut import NUT_OPTIONS
from lipfx.video.ffmpeg.shift import shifted
from lipfx.video.ffmpeg.tools import decodable_codecs
from lipfx.video.limits import FRAME_PIXELS

TINY = 16
THREADS_BYTES = 32_000_000  # of frames that the decoder's threads work on
WEAVING = ("h264", "mpeg2video", "mpeg4", "vc1", "dvvideo")  # codecs that interlace some pictures
TICK, TOLD = re.compile(r"#tb 0: (\d+)/(\d+)"), re.compile(r"0, +-?\d+, +(-?\d+), +\d+, +\d+,")


def decoder_command(
    clip: Clip, deinterlace: bool = False, fitted: bool = False, *, after: float | None = None
) -> list[str]:
    """The ffmpeg command that writes the clip's pictures, as stored, in NUT to its standard output.

    fitted: those of another size get bars; otherwise they come as they are. after: begin at the last key
    frame up to there, in seconds on the clip's clock.
    """
    options: dict[str, Any] = {"vcodec": clip.decoder} if clip.decoder else {}
    if after is not None:
        sought = f"{clip.origin + after:.6f}"
        options |= {"ss": sought, "seek_timestamp": 1, "noaccurate_seek": None}
    source = ffmpeg.input(
        named(clip.path),
        protocol_whitelist=PROTOCOLS,
        noautorotate=None,
        max_pixels=FRAME_PIXELS,
        threads=_threads(clip),
        **options,
        **(shifted(clip, 0.0) if clip.restarts else {"copyts": None}),
    )
    settings: dict[str, Any] = {
        "format": "nut",
        **NUT_OPTIONS,
        "vcodec": "rawvideo",
        "fps_mode": "passthrough",
        "enc_time_base": ratio(clip.time_base),
        "map_metadata": "-1",
        "map_chapters": "-1",
        "noautoscale": None,
    }
    stored = clip.orientation.inverse.pixel_format(clip.pixel_format)
    if fitted or (clip.stored_format != stored.name and not clip.stored_format.startswith("yuvj")):
        settings["pix_fmt"] = stored.name
    filters = []
    if clip.stored_format == "pal8":
        filters.append("format=bgra")  # straight to planar, swscale would round colours
    width, height = clip.orientation.size(clip.width, clip.height)
    if not fitted and "pix_fmt" not in settings:
        # Pictures of another size or chroma become tiny ones, which cannot be taken for those of the first.
        same = f"eq(iw\\,{width})*eq(ih\\,{height})"
        same += f"*eq(hsub\\,{1 << stored.chroma_shift_x})*eq(vsub\\,{1 << stored.chroma_shift_y})"
        filters.append(f"scale=w=if({same}\\,iw\\,{TINY}):h=if({same}\\,ih\\,{TINY})")
    if fitted:
        filters.append(f"scale={width}:{height}:force_original_aspect_ratio=decrease:flags=bicubic")
        filters.append(f"pad={width}:{height}:-1:-1,setsar=1")
    if deinterlace:
        filters.append("bwdif=mode=send_frame:deint=interlaced")
    if filters:
        settings["vf"] = ",".join(filters)
    output = ffmpeg.output(source[str(clip.video.index)], "pipe:1", **settings)
    flags = ("-hide_banner", "-nostdin", "-loglevel", "error")
    return [*command(output, *flags), *([] if deinterlace else _watched(clip)), *_heard(clip)]


def _threads(clip: Clip) -> int:
    """Each holds a frame. Half of the cores, for the other is for analysis and the encoder."""
    return max(1, min(cores() // 2, THREADS_BYTES // frame_bytes(clip.pixel_format, clip.width, clip.height)))


def _watched(clip: Clip) -> list[str]:
    """A second output, of the first picture that is flagged as interlaced, told on standard error."""
    if clip.video.codec not in WEAVING:
        return []
    first = f"select=not(eq(interlace_type\\,PROGRESSIVE)),scale={TINY}:{TINY}"
    maps = ("-map", f"0:{clip.video.index}", "-vf", first, "-frames:v", "1", "-fps_mode", "passthrough")
    return [*maps, "-enc_time_base", ratio(clip.time_base), "-f", "framecrc", "pipe:2"]


def woven(words: Sequence[str]) -> tuple[list[str], float | None]:
    """What a decoder said beside that, and the seconds from which on pictures are interlaced, if any are."""
    rest, tick, since = [], Fraction(0), None
    for line in words:
        if found := TICK.match(line):
            tick = Fraction(int(found[1]), int(found[2]))
        elif found := TOLD.match(line):
            since = float(int(found[1]) * tick)
        elif not line.startswith("#"):
            rest.append(line)
    return rest, since


def _heard(clip: Clip) -> list[str]:
    """A second output, of the sound, to nowhere: ffmpeg mends a clock by all streams that it reads."""
    sounds = [s for s in clip.streams_of("audio") if s.codec in decodable_codecs()] if clip.restarts else []
    if not sounds:
        return []
    maps = [word for stream in sounds for word in ("-map", f"0:{stream.index}")]
    return [*maps, "-c", "copy", "-f", "null", "-"]
