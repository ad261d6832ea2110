"""Effects that listen: what they hear, when, in which part of a clip; and where there is nothing to hear."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import lipfx
from lipfx.compositing.compose import Compositor
from lipfx.core.loudness import SILENCE, Loudness
from lipfx.core.values import Float32
from lipfx.effects import AudioAware, Effect, FrameEffect, Patch, Picture, Region
from lipfx.pipeline.beside import beside
from lipfx.pipeline.options import SourceOptions
from lipfx.testing import Scene, check_effect
from tests.helpers import media
from tests.pipeline.test_over_time import run

SCENE = Scene("talking", opening=0.1, width=80, size=(200, 140), centres=((100.0, 70.0),))
BEEP = "sine=440:d=3,volume='if(between(t,1,1.2),1,0)':eval=frame"
"""Sound that is heard from 1 s to 1.2 s, an eighth of full scale at its peaks: 21 decibels below it."""
PULSE = '''\
from typing import ClassVar

import numpy as np
from lipfx.effects import AudioAware, FrameEffect, Picture, Region


class Pulse(AudioAware, FrameEffect, frozen=True, kw_only=True):
    """Lightens the picture with the sound."""

    def render_frame(self, picture: Picture) -> np.ndarray:
        return picture.rgb + np.float32(0.5 * picture.sound.level)
'''


class Hears(AudioAware, FrameEffect, frozen=True, kw_only=True):
    """Notes what it hears."""

    region: ClassVar[Region] = Region.FRAME
    heard: ClassVar[list[tuple[float, float, float]]] = []

    def render_frame(self, picture: Picture) -> Float32:
        assert all(mouth.sound == picture.sound for mouth in picture.mouths)
        self.heard.append((picture.time, picture.sound.loudness, picture.sound.level))
        return picture.rgb * np.float32(1 - 0.5 * picture.sound.level)


class Pulses(AudioAware, frozen=True, kw_only=True):
    """Lightens lips with the sound."""

    def render(self, patch: Patch) -> Float32:
        return patch.rgb * np.float32(1 + patch.sound.level)


class Deaf(Effect, frozen=True, kw_only=True):
    """Does not say that it listens."""

    def render(self, patch: Patch) -> Float32:
        assert patch.sound.loudness == SILENCE
        return patch.rgb


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("clip.mp4", ()),
        ("clip.ts", ("-c:a", "mp2", "-output_ts_offset", 7)),  # its clock does not begin at 0
        ("clip.mkv", ("-c:a", "pcm_s16le")),
        ("late.mov", ("-c:a", "pcm_s16le")),
    ],
)
def test_what_is_heard_is_what_players_play_then(
    tmp_path: Path, name: str, options: tuple[object, ...]
) -> None:
    clip = tmp_path / name
    late = ("-itsoffset", 0.5) if name == "late.mov" else ()
    picture, sound = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3"), ("-f", "lavfi", "-i", BEEP)
    media.make(clip, *picture, *late, *sound, "-c:v", "mpeg2video", *options)
    told = beside(SourceOptions().open(clip).clip, [Pulses()]).loudness
    begin = 1.5 if late else 1.0
    loud = [k for k in range(75) if told.share(told.during(k / 25, 1 / 25)) > 0.5]
    assert loud[0] == pytest.approx(25 * begin, abs=1)
    assert loud[-1] == pytest.approx(25 * begin + 4, abs=1)
    assert told.during(begin + 0.08, 0.04) == pytest.approx(-21.1, abs=0.7)
    assert told.during(0.5, 0.04) == pytest.approx(SILENCE, abs=20)


def test_a_curve_between_its_quiet_and_its_loud_parts() -> None:
    starts = 0.01 * np.arange(400.0)
    told = Loudness(starts, np.where(np.arange(400.0) % 100 < 50, -40.0, -20.0))
    assert told.during(0.5, 0.04) == pytest.approx(-20)
    assert told.during(0.48, 0.04) == pytest.approx(-22.97, abs=0.01)  # half of the power
    assert [told.share(level) for level in (-90, -40, -30, -20, 0)] == [0, 0, 0.5, 1, 1]
    assert told.during(9, 0.04) == SILENCE
    hum = Loudness(starts, np.full(400, -30.0) + 0.1 * (np.arange(400.0) % 2))
    assert hum.share(-30) > 0.95
    assert Loudness().share(Loudness().during(0, 0.04)) == 0


def test_an_effect_hears_its_frame_and_only_who_listens_does() -> None:
    Hears.heard.clear()
    curve = Loudness(0.01 * np.arange(100.0), np.where(np.arange(100.0) < 50, -10.0, -50.0))
    compositor = Compositor([Hears(), Deaf()], loudness=curve)
    for index in (0, 12, 20):  # at 0, 0.48 and 0.8 s, for 0.04 s each
        compositor.render(SCENE.frame(index), SCENE.faces(index))
    assert [round(loudness) for _, loudness, _ in Hears.heard] == [-10, -13, -50]
    assert [level for *_, level in Hears.heard] == pytest.approx([1, 0.925, 0], abs=0.01)
    check_effect(Pulses())


def test_parts_hear_what_the_whole_hears(talking: Path, tmp_path: Path) -> None:
    clip, pulse = tmp_path / "clip.mp4", tmp_path / "pulse.py"
    pulse.write_text(PULSE)
    picture, sound = ("-t", 3, "-i", talking), ("-f", "lavfi", "-i", BEEP)
    maps = ("-map", "0:v", "-map", "1:a", "-vf", "scale=320:-2", "-c:v", "libx264", "-g", 20)
    media.make(clip, *picture, *sound, *maps)
    run("track", clip, tmp_path / "clip.jsonl")
    words = ("--codec", "ffv1", "--tracks", tmp_path / "clip.jsonl")
    whole, jobs, part = (tmp_path / f"{name}.mkv" for name in ("whole", "jobs", "part"))
    run("apply", pulse, clip, whole, *words)
    assert "in one piece" not in run("apply", pulse, clip, jobs, *words, "--jobs", 2)
    run("apply", pulse, clip, part, *words, "--start", 0.8, "--end", 1.4)
    hashes, ours = media.frame_hashes(whole), media.frame_hashes(part)
    assert media.frame_hashes(jobs) == hashes
    at = hashes.index(ours[0])
    assert ours == hashes[at : at + len(ours)]
    plain = tmp_path / "plain.mkv"
    media.make(plain, "-i", clip, "-c:v", "ffv1")
    changed = [k for k, (a, b) in enumerate(zip(hashes, media.frame_hashes(plain), strict=True)) if a != b]
    assert changed[0] == pytest.approx(25, abs=1)
    assert len(changed) < 9


def test_where_there_is_no_sound_it_is_silent(
    talking: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mute = tmp_path / "mute.mp4"
    media.make(mute, "-f", "lavfi", "-i", "testsrc2=s=64x48:d=1", "-an")
    assert beside(SourceOptions().open(mute).clip, [Pulses()]).loudness.levels.size == 0
    assert beside(SourceOptions().open(talking).clip, [Deaf()]).loudness.levels.size == 0
    frames = [np.zeros((48, 64, 3), np.uint8)]
    list(lipfx.process_frames(frames, [Hears()], rate=25))
    assert Hears.heard[-1][1:] == (SILENCE, 0)
    assert ["listens" in words for words in caplog.messages] == [True]
