"""Owns looking whether a file that was just written can be read back; must not know what should be in it."""

from __future__ import annotations

from pathlib import Path

import av

from lipfx.video.ffmpeg.probe import PROTOCOLS, count_frames, file_url


def frames_held(path: Path) -> int | None:
    """How many frames a file of our own says that it holds, None where it does not say.

    Its first frame is decoded, in this process: that is much less work than to start ffprobe. Only where PyAV
    finds nothing, which may lack a codec that the installed ffmpeg has, ffprobe's word counts.

    Raises: InputError when no picture in it can be decoded.
    """
    try:
        with av.open(file_url(path), options={"protocol_whitelist": PROTOCOLS}) as file:
            stream = file.streams.video[0]
            next(file.decode(stream))
            return stream.frames or None
    except (av.error.FFmpegError, IndexError, StopIteration):
        return count_frames(path)
