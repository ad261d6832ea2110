"""Owns how ffmpeg is told to put a file on the clip's clock; must not know frames or outputs."""

from __future__ import annotations

from lipfx.video.clip import Clip


def shifted(clip: Clip, start: float) -> dict[str, str]:
    """Options of ffmpeg for `clip` as an input whose `start` (seconds on the clip's clock) is to be 0.

    A clock that may start again is left to ffmpeg, which then counts from the file's earliest time.
    """
    counted = clip.begin if clip.restarts else 0.0
    offset = counted - clip.origin - start
    return {"itsoffset": f"{offset:.6f}"} if offset else {}
