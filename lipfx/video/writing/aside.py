"""Owns streams that are put into files of their own on their way to an output; must not know the output."""

from __future__ import annotations

from pathlib import Path

import ffmpeg

from lipfx.video.clip import Clip, Stream
from lipfx.video.ffmpeg.ask import PROTOCOLS
from lipfx.video.ffmpeg.graph import command, named
from lipfx.video.ffmpeg.process import Process

HOLDERS = {"mov_text": "mp4"}
"""Formats of files that hold text of a codec; Matroska holds the others."""


def extract_cover(clip: Clip, cover: Stream, path: Path) -> None:
    """Copies cover art into the file `path`, from which ffmpeg can attach it.

    Raises: FfmpegError.
    """
    source = ffmpeg.input(named(clip.path), protocol_whitelist=PROTOCOLS)
    settings = {"c": "copy", "format": "image2", "update": 1, "frames:v": 1}
    output = ffmpeg.output(source[str(cover.index)], named(path), **settings)
    _run(command(output, "-v", "error", "-y"), f"the cover art of {clip.path} could not be read")


def convert_text(clip: Clip, index: int, codec: str, path: Path) -> None:
    """Writes the subtitles of stream `index`, with their times, to the file `path` as another codec.

    Raises: FfmpegError.
    """
    source = ffmpeg.input(named(clip.path), protocol_whitelist=PROTOCOLS)
    settings = {"c": codec, "format": HOLDERS.get(codec, "matroska"), "avoid_negative_ts": "disabled"}
    output = ffmpeg.output(source[str(index)], named(path), **settings)
    words = command(output, "-v", "error", "-copyts", "-y")
    _run(words, f"the subtitles {index} of {clip.path} could not be read")


def _run(words: list[str], failure: str) -> None:
    with Process(words) as process:
        if process.wait():
            raise process.failure(failure)
