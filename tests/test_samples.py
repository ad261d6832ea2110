"""The committed sample is what samples/make.py makes, and fit for what the tests and README use it for."""

from __future__ import annotations

from pathlib import Path

import av
import dlib
import numpy as np
import pytest
from skimage.data import astronaut

from samples import make
from samples import talking as portrait
from tests.conftest import Variant


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[np.ndarray]:
    """The sample's pictures, (512, 512, 3) uint8 RGB each."""
    with av.open(str(talking)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def test_sample_is_small_and_has_sound(talking: Path) -> None:
    assert talking.stat().st_size < 1_000_000
    with av.open(str(talking)) as clip:
        assert [stream.codec_context.name for stream in clip.streams] == ["h264", "aac"]
        loudness = np.concatenate([np.abs(frame.to_ndarray()).ravel() for frame in clip.decode(audio=0)])
    assert np.quantile(loudness, 0.9) > 0.02


def test_a_face_is_found_in_every_frame(frames: list[np.ndarray]) -> None:
    detect = dlib.get_frontal_face_detector()
    assert len(frames) == portrait.FRAME_COUNT
    assert {len(detect(frame)) for frame in frames} == {1}


def test_sample_shows_the_mouth_closed_smiling_and_open(frames: list[np.ndarray]) -> None:
    times = np.arange(portrait.FRAME_COUNT) / float(portrait.FPS)
    opening = portrait.opening(times)
    mouths = [frame[270:330, 200:305].astype(int) for frame in frames]
    dark = np.array([np.mean(mouth.max(axis=2) < 60) for mouth in mouths])
    white = np.array([np.mean(mouth.min(axis=2) > 200) for mouth in mouths])
    assert dark[opening > 0.7].min() > 3 * dark[opening < -0.8].max()
    assert white[np.abs(opening) < 0.2].min() > 2 * white[opening < -0.9].max()


def test_sample_is_what_the_script_makes(frames: list[np.ndarray]) -> None:
    for index in (0, 11, 52, 102):
        made = portrait.frame(astronaut(), float(index / portrait.FPS)).astype(float)
        assert np.mean((made - frames[index]) ** 2) < 40  # PSNR above 32 dB: coded, but the same picture


@pytest.mark.parametrize("name", sorted(make.VARIANTS))
def test_every_variant_can_be_made(variant: Variant, name: str) -> None:
    assert variant(name).stat().st_size > 1000


def test_odd_size_is_odd(variant: Variant) -> None:
    with av.open(str(variant("odd_size.mp4"))) as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (301, 303)
