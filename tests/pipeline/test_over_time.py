"""Effects that look at frames around their own, on mouths or whole pictures, give the same in parts and in
one piece."""

from __future__ import annotations

import subprocess
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import lipfx
from tests.conftest import LIPFX
from tests.helpers import media

TRAIL = '''\
from typing import ClassVar

import numpy as np
from lipfx.effects import Effect, Patch, Region


class Trail(Effect, frozen=True, kw_only=True):
    """Lets a mouth leave a trail of where it has been, and of where it goes."""

    region: ClassVar[Region] = Region.AROUND
    history: ClassVar[int] = 3
    ahead: ClassVar[int] = 2

    def render(self, patch: Patch) -> np.ndarray:
        return np.mean([*patch.before, patch.rgb, *patch.after], axis=0, dtype=np.float32)
'''

SMEAR = '''\
from typing import ClassVar

import numpy as np
from lipfx.effects import FrameEffect, Picture, Region


class Smear(FrameEffect, frozen=True, kw_only=True):
    """Mixes what is behind with the frames before, and lightens lips."""

    region: ClassVar[Region] = Region.BACKGROUND
    history: ClassVar[int] = 2
    ahead: ClassVar[int] = 1

    def render_frame(self, picture: Picture) -> np.ndarray:
        mixed = np.mean([*picture.before, picture.rgb, *picture.after], axis=0, dtype=np.float32)
        return mixed * np.float32(1 - 0.2 * picture.heads.mean())
'''


def run(*words: object) -> str:
    done = subprocess.run(
        [*LIPFX, *map(str, words)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def room(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of three seconds, a trail, a smear of what is behind, tracks, and all that in one piece."""
    room = tmp_path_factory.mktemp("trail")
    options = ("-t", 3, "-vf", "scale=320:-2", "-c:v", "libx264", "-g", 20, "-c:a", "copy")
    media.make(room / "clip.mp4", "-i", talking, *options)
    (room / "trail.py").write_text(TRAIL)
    (room / "smear.py").write_text(SMEAR)
    run("track", room / "clip.mp4", room / "clip.jsonl")
    run("apply", chain(room), room / "clip.mp4", room / "whole.mkv", "--codec", "ffv1")
    return room


def chain(room: Path) -> str:
    return f"{room / 'trail.py'}+{room / 'smear.py'}+lipstick:finish=matte+{room / 'trail.py'}"


def test_jobs_render_what_one_piece_is(room: Path, tmp_path: Path) -> None:
    said = run("apply", chain(room), room / "clip.mp4", tmp_path / "jobs.mkv", "--codec", "ffv1", "--jobs", 2)
    assert "in one piece" not in said
    assert media.frame_hashes(tmp_path / "jobs.mkv") == media.frame_hashes(room / "whole.mkv")


def test_a_segment_is_that_part_of_the_whole(room: Path, tmp_path: Path) -> None:
    whole = media.frame_hashes(room / "whole.mkv")
    part = tmp_path / "part.mkv"
    words = ("--codec", "ffv1", "--tracks", room / "clip.jsonl", "--start", 1, "--end", 2)
    said = run("apply", chain(room), room / "clip.mp4", part, *words, "--jobs", 2)
    assert "in one piece: its effects look beyond --start or --end" in said
    ours = media.frame_hashes(part)
    at = whole.index(ours[0])
    assert 20 < at < 40
    assert ours == whole[at : at + len(ours)]


def test_a_batch_makes_the_same_with_tracks_that_it_keeps(room: Path, tmp_path: Path) -> None:
    night = tmp_path / "night"
    words = ("--out", night, "--codec", "ffv1", "--name", "{stem}.mkv", "--jobs", 1, "--keep-tracks")
    run("batch", chain(room), room / "clip.mp4", *words)
    whole = media.frame_hashes(room / "whole.mkv")
    assert media.frame_hashes(night / "clip.mkv") == whole


def test_a_batch_of_parts_keeps_tracks_that_reach_as_far_as_the_effects(room: Path, tmp_path: Path) -> None:
    night = tmp_path / "night"
    words = ("--out", night, "--codec", "ffv1", "--name", "{stem}.mkv", "--jobs", 1, "--keep-tracks")
    run("batch", "lipstick", room / "clip.mp4", *words, "--start", 1, "--end", 1.4)
    run("batch", chain(room), room / "clip.mp4", *words, "--start", 1, "--end", 1.4, "--overwrite")
    assert len(media.frame_hashes(night / "clip.mkv")) == 10


def test_frames_that_are_pushed_are_those_of_a_clip_and_live_has_none_ahead(
    room: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import av

    trail = str(room / "trail.py")
    with av.open(str(room / "clip.mp4")) as clip:
        frames = [frame.to_ndarray(format="rgb24") for frame in islice(clip.decode(video=0), 12)]
    whole = list(lipfx.process_frames(frames, trail, rate=25))
    session = lipfx.Session(trail, rate=25)
    pushed = [picture for frame in frames for picture in session.push(frame)] + session.flush()
    np.testing.assert_array_equal(pushed, whole)
    assert not caplog.messages
    live = list(lipfx.process_frames(frames, trail, rate=25, causal=True))
    assert ["wants to look 2 frames ahead" in words for words in caplog.messages] == [True]
    assert len(live) == len(whole)
    assert (live[5] != whole[5]).any()
