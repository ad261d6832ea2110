"""The next clip is looked at meanwhile, once, and again where it has changed since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lipfx.batch import scout as scouting
from lipfx.batch.perform import perform
from lipfx.batch.scout import Scout
from lipfx.batch.task import Job, Setup, Task
from lipfx.effects.chain import parse_items
from lipfx.pipeline import ApplyOptions
from lipfx.video.ffmpeg import probe as probing
from tests.helpers import media, tiny


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that ffprobe was asked about, in order."""
    names: list[str] = []
    probe = probing.probe

    def noted(path: str | Path, asking: probing.Asking | None = None) -> object:
        names.append(Path(path).name)
        return probe(path, asking)

    monkeypatch.setattr(probing, "probe", noted)
    monkeypatch.setattr(scouting, "probe", noted)
    return names


def _task(clip: Path) -> Task:
    options = ApplyOptions(codec="ffv1")
    job = Job("apply", options, parse_items("blur"))
    return Task(clip.stem, str(clip), f"{clip.stem}.mkv", job, "", "")


def test_the_next_clip_is_looked_at_once(talking: Path, tmp_path: Path, asked: list[str]) -> None:
    first, second, third = (_task(clip) for clip in tiny.make_clips(talking, tmp_path / "clips", 3))
    setup, scout = Setup(str(tmp_path / "out"), tmp_path / "room"), Scout()
    for task in (replace(first, upcoming=second), replace(second, upcoming=third)):
        assert perform(task, setup, scout=scout).error == ""
    tiny.make_clip(talking, Path(third.source), "-frames:v", 3)  # meanwhile it has become another one
    assert perform(third, setup, scout=scout).frames == 3
    assert sorted(asked) == ["000.mp4", "001.mp4", "002.mp4", "002.mp4"]
    assert len(media.frame_times(tmp_path / "out" / "002.mkv")) == 3


def test_a_bad_clip_that_was_looked_at_says_why(talking: Path, tmp_path: Path) -> None:
    good = _task(tiny.make_clip(talking, tmp_path / "good.mp4"))
    (tmp_path / "bad.mp4").write_text("this is no video")
    bad, scout = _task(tmp_path / "bad.mp4"), Scout()
    setup = Setup(str(tmp_path / "out"), tmp_path / "room")
    assert perform(replace(good, upcoming=bad), setup, scout=scout).error == ""
    assert "is not a video that ffmpeg can read" in perform(bad, setup, scout=scout).error
