"""How many frames a job expects of a part of a clip."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lipfx.pipeline.options import SourceOptions
from lipfx.video.ffmpeg.probe import probe
from tests.conftest import Variant


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (None, None, 25),
        (0.0, None, 25),
        (0.3, 0.7, 10),
        (0.32, None, 17),
        (None, 0.04, 1),
        (0.9, 99.0, 2),
        (5.0, None, 0),
    ],
)
def test_frames_of_a_part(variant: Variant, start: float | None, end: float | None, frames: int) -> None:
    clip = probe(variant("no_audio.mp4"))
    assert SourceOptions(start, end).frames_of(clip) == frames
    assert SourceOptions(start, end).frames_of(replace(clip, frame_count=None)) is None
    about = SourceOptions(start, end).frames_of(replace(clip, frame_rate=None))
    assert about is not None
    assert abs(about - frames) <= 1
