"""Owns many small clips with a face, made in no time; must not know lipfx."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.helpers import media

FRAMES = 4


def make_clip(talking: Path, path: Path, *options: object) -> Path:
    """A few frames of the sample, small, with its sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoder = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    picture = ("-vf", "scale=192:192", "-frames:v", FRAMES, "-t", FRAMES / 25)
    return media.make(path, "-i", talking, *picture, *encoder, *options)


def make_clips(talking: Path, folder: Path, count: int) -> list[Path]:
    """As many files of one clip: 000.mp4 ..."""
    first = make_clip(talking, folder / "000.mp4")
    return [first, *(Path(shutil.copy(first, folder / f"{number:03}.mp4")) for number in range(1, count))]
