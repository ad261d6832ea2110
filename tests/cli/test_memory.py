"""How much memory whole runs take, with the ffmpeg processes that they start, for one pixel of a frame."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.video.stills.images import read_pixels, write_pixels
from tests.conftest import LIPFX
from tests.helpers import media
from tests.helpers.peak import peak_memory

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the account of memory is Linux's"),
]

BASE = 300_000_000
OWN = 16  # bytes a pixel: lipfx and the decoder
SIDE, TOP = 6000, 60_000
FULL_HD, ULTRA_HD = (1920, 1080), (3840, 2160)
X264 = {FULL_HD: 140, ULTRA_HD: 110}  # bytes a pixel that x264 itself holds, looking 20 frames ahead


def filmed(talking: Path, folder: Path, size: tuple[int, int], frames: int) -> Path:
    """The sample's face, with its sound, in frames of another size."""
    fitted = f"scale=-2:{size[1]},pad={size[0]}:{size[1]}:-1:-1"
    words = ("-vf", fitted, "-frames:v", frames, "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy")
    return media.make(folder / f"{size[1]}.mp4", "-i", talking, *words, "-t", frames / 25)


@pytest.mark.parametrize("size", [FULL_HD, ULTRA_HD])
def test_analysis_holds_few_frames(talking: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    """More wait for the smoother than there is room for: 40 frames of 4K alone would be 500 MB."""
    clip = filmed(talking, tmp_path, size, 50)
    taken = peak_memory(*LIPFX, "track", clip, tmp_path / "out.jsonl", "--quiet")
    assert taken <= BASE + OWN * size[0] * size[1]


@pytest.mark.parametrize("size", [FULL_HD, ULTRA_HD])
def test_a_whole_run_holds_few_more(talking: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    clip = filmed(talking, tmp_path, size, 50)
    taken = peak_memory(*LIPFX, "apply", "lipstick", clip, tmp_path / "out.mp4", "--quiet")
    assert taken <= BASE + (OWN + X264[size]) * size[0] * size[1]


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_pictures_of_16_bits_are_there_twice_at_most(talking: Path, tmp_path: Path, suffix: str) -> None:
    """Once as planes, once as pixels; grain keeps the files themselves large."""
    small = media.make(tmp_path / "small.png", "-i", talking, "-frames:v", "1", "-pix_fmt", "rgb48be")
    pixels = np.asarray(cv2.resize(read_pixels(small), (SIDE, SIDE)), np.uint16)
    pixels += np.random.default_rng(3).integers(0, 300, pixels.shape, np.uint16) * (pixels < TOP)
    source = tmp_path / f"in{suffix}"
    assert write_pixels(source, pixels) == []
    taken = peak_memory(*LIPFX, "apply", "lipstick", source, tmp_path / f"out{suffix}", "--quiet")
    assert taken <= BASE + OWN * SIDE * SIDE
