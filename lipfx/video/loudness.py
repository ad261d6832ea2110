"""Owns measuring how loud a clip is over time, with ffmpeg; must not know what is done with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import ffmpeg
import numpy as np

from lipfx.core.loudness import SILENCE, STEP, Loudness
from lipfx.video.clip import Clip, Stream
from lipfx.video.ffmpeg.ask import PROTOCOLS
from lipfx.video.ffmpeg.graph import command, named
from lipfx.video.ffmpeg.process import Process
from lipfx.video.ffmpeg.shift import shifted
from lipfx.video.ffmpeg.tools import decodable_codecs

RATE = 48000  # Hz
KEY = "lavfi.astats.Overall.RMS_level"
TIME = re.compile(rb"frame:\d+ +pts:\S+ +pts_time:(\S+)")


def loudness_of(clip: Clip) -> Loudness:
    """How loud the sound is that players choose; without values where there is none that can be decoded.

    Raises: FfmpegError: it is damaged.
    """
    stream = None if clip.still or clip.alone else _chosen(clip)
    if stream is None:
        return Loudness()
    with Process(_command(clip, stream)) as process:
        starts, levels = _read(process.stdout)
        if process.wait():
            raise process.failure(f"the sound of {clip.path} could not be measured")
    zero = 0.0 if clip.restarts else clip.origin
    return Loudness(np.array(starts) - zero, np.array(levels))


def _chosen(clip: Clip) -> Stream | None:
    sounds = [stream for stream in clip.streams_of("audio") if stream.codec in decodable_codecs()]
    return next((s for s in sounds if "default" in s.disposition), next(iter(sounds), None))


def _command(clip: Clip, stream: Stream) -> list[str]:
    source = ffmpeg.input(
        named(clip.path),
        protocol_whitelist=PROTOCOLS,
        **(shifted(clip, 0.0) if clip.restarts else {"copyts": None}),
    )
    measured = (
        f"aresample={RATE},asetnsamples=n={round(RATE * STEP)}:p=0,"
        "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level,"
        f"ametadata=mode=print:key={KEY}:file=pipe\\\\:1"
    )
    output = ffmpeg.output(source[str(stream.index)], "-", format="null", af=measured)
    words = command(output, "-hide_banner", "-nostdin", "-loglevel", "error")
    if clip.restarts:  # ffmpeg mends a clock by all streams that it reads
        words += ["-map", f"0:{clip.video.index}", "-c", "copy", "-f", "null", "-"]
    return words


def _read(lines: Iterable[bytes]) -> tuple[list[float], list[float]]:
    """Times and levels as `ametadata` prints them, in the order of time."""
    starts: list[float] = []
    levels: list[float] = []
    for line in lines:
        if found := TIME.match(line):
            at = float(found[1])
        elif line.startswith(KEY.encode()):
            level = float(line.partition(b"=")[2])
            if math.isfinite(at) and (not starts or at > starts[-1]):
                starts.append(at)
                levels.append(max(level, SILENCE) if math.isfinite(level) else SILENCE)
    return starts, levels
