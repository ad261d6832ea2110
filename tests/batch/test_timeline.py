"""Owns the promise that an edited timeline renders what it uses, and comes back pointing to the results."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.batch.timeline import read_timeline
from lipfx.errors import InputError
from tests.conftest import RunLipfx

otio = pytest.importorskip("opentimelineio", reason="no OpenTimelineIO for this Python")
FILM = Fraction(24000, 1001)
TIMECODE = "01:00:00:00"


def time(frame: float, rate: float = 24.0) -> Any:
    return otio.opentime.RationalTime(frame, rate)


def span(frame: float, length: float, rate: float = 24.0) -> Any:
    return otio.opentime.TimeRange(time(frame, rate), time(length, rate))


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips of 48 frames at 23.976 whose timecode begins at one hour."""
    folder = tmp_path_factory.mktemp("media")
    for name, pattern in (("a.mov", "gradients"), ("b.mov", "testsrc2")):
        source = f"{pattern}=s=160x120:r=24000/1001:d=2.002"
        words = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "48", "-c:v", "mjpeg"]
        subprocess.run([*words, "-q:v", "2", "-timecode", TIMECODE, str(folder / name)], check=True)
    return folder


def cut(name: str, first: int, length: int, available: Any = None) -> Any:
    reference = otio.schema.ExternalReference(name, available)
    return otio.schema.Clip(name, reference, span(first, length))


def written(media: Path, *cuts: Any) -> Path:
    timeline = otio.schema.Timeline("cut")
    track = otio.schema.Track("V1", kind="Video")
    track.extend(cuts)
    timeline.tracks.append(track)
    path = media / "cut.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


def pictures(path: Path) -> NDArray[Any]:
    with av.open(str(path)) as container:
        return np.array([frame.to_ndarray() for frame in container.decode(video=0)])


def first_and_count(path: Path) -> tuple[str, int]:
    with av.open(str(path)) as container:
        tags = {**container.metadata, **container.streams.video[0].metadata}
        return {k.lower(): v for k, v in tags.items()}["timecode"], sum(1 for _ in container.decode(video=0))


def test_three_cuts_of_two_clips_are_three_parts_and_the_timeline_points_to_them(
    lipfx: RunLipfx, media: Path, tmp_path: Path
) -> None:
    hour = 24 * 3600
    path = written(
        media,
        cut("a.mov", hour + 10, 8, span(hour, 48)),
        otio.schema.Gap(source_range=span(0, 5)),
        cut("b.mov", hour + 2, 6),  # its timecode tells where it begins
        cut("a.mov", 30, 10, span(0, 48)),
    )
    out = tmp_path / "out"
    done = lipfx("batch", "blur", path, "--out", out, "--handles", "4", "--jobs", "1", "--codec", "ffv1",
                 "--name", "{folder}/{stem}.mkv")  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = sorted((out / "cut").iterdir())
    assert [result.name for result in results] == ["001-a.mkv", "002-b.mkv", "003-a.mkv"]
    wanted = [("01:00:00:06", 16), ("01:00:00:00", 12), ("01:00:01:02", 18)]
    assert [first_and_count(result) for result in results] == wanted
    for result, (clip, start) in zip(results, [("a.mov", 6), ("b.mov", 0), ("a.mov", 26)], strict=True):
        there, source = pictures(result), pictures(media / clip)
        assert np.array_equal(there, source[start : start + len(there)])
    relinked = otio.adapters.read_from_file(str(out / "cut.otio"))
    before = otio.adapters.read_from_file(str(path))
    clips = list(relinked.find_clips())
    assert [clip.media_reference.target_url for clip in clips] == [f"cut/{r.name}" for r in results]
    assert [clip.source_range for clip in clips] == [clip.source_range for clip in before.find_clips()]
    assert [clip.range_in_parent() for clip in clips] == [c.range_in_parent() for c in before.find_clips()]
    available = [clip.media_reference.available_range for clip in clips]
    assert available == [span(hour + 6, 16), span(hour, 12), span(26, 18)]
    assert all((out / clip.media_reference.target_url).is_file() for clip in clips)


def test_no_timeline_takes_the_place_of_another(lipfx: RunLipfx, media: Path, tmp_path: Path) -> None:
    path = written(media, cut("a.mov", 10, 8, span(0, 48)))
    before = path.read_bytes()
    done = lipfx("batch", "blur", path, "--out", media, "--overwrite")
    assert (done.returncode, "which is read" in done.stderr, path.read_bytes()) == (2, True, before)
    other = tmp_path / "other"
    other.mkdir()
    (other / "cut.otio").write_bytes(before.replace(b'"a.mov"', str(media / "a.mov").join('""').encode()))
    done = lipfx("batch", "blur", path, other / "cut.otio", "--out", tmp_path / "out")
    assert (done.returncode, "would both become" in done.stderr) == (2, True)
    there = tmp_path / "there" / "cut.otio"
    there.parent.mkdir()
    there.write_text("{}")
    command = ("batch", "blur", path, "--out", there.parent, "--jobs", "1")
    done = lipfx(*command)
    assert (done.returncode, "no batch wrote it" in done.stderr, there.read_text()) == (2, True, "{}")
    for more in (("--overwrite",), ()):  # the second one meets a timeline of the first
        done = lipfx(*command, *more)
        assert done.returncode == 0, done.stderr


def test_parts_are_frames_of_the_files_rate_and_once_where_they_are_the_same(media: Path) -> None:
    timeline = read_timeline(written(media, cut("a.mov", 7, 5), cut("a.mov", 7, 5), cut("a.mov", 8, 5)))
    first, second = timeline.parts
    assert first.start == pytest.approx(7 / FILM, abs=1e-5)
    assert first.end == pytest.approx(12 / FILM, abs=1e-5)
    assert first.frames == 5
    assert second.start == pytest.approx(8 / FILM, abs=1e-5)


def test_edit_decision_lists_count_in_the_clips_timecode(media: Path) -> None:
    edl = media / "list.edl"
    edl.write_text(
        "TITLE: list\nFCM: NON-DROP FRAME\n\n"
        "001  A        V     C        01:00:00:10 01:00:00:18 00:00:00:00 00:00:00:08\n"
        "* FROM CLIP NAME: a.mov\n"
        "002  B        V     C        01:00:01:00 01:00:01:06 00:00:00:08 00:00:00:14\n"
        "* FROM CLIP NAME: b.mov\n"
    )
    parts = read_timeline(edl).parts
    assert [(Path(part.source).name, part.frames) for part in parts] == [("a.mov", 8), ("b.mov", 6)]
    assert [part.start for part in parts] == [pytest.approx(f / FILM, abs=1e-5) for f in (10, 24)]


def test_final_cuts_timelines_are_read(media: Path) -> None:
    available = span(24 * 3600, 48)
    cuts = [cut((media / "a.mov").as_uri(), 24 * 3600 + k, 8, available) for k in (10, 30)]
    whole = otio.adapters.read_from_file(str(written(media, *cuts)))
    otio.adapters.write_to_file(whole, str(media / "final.fcpxml"))
    parts = read_timeline(media / "final.fcpxml").parts
    assert [part.start for part in parts] == [pytest.approx(f / FILM, abs=1e-5) for f in (10, 30)]
    assert [part.frames for part in parts] == [8, 8]


def test_what_cannot_be_used_is_said(media: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"uses c\.mov, which is not there"):
        read_timeline(written(media, cut("c.mov", 0, 5)))
    with pytest.raises(InputError, match="a cut of it begins at 99"):
        read_timeline(written(media, cut("a.mov", 99, 5)))
    broken = tmp_path / "broken.otio"
    broken.write_text("{")
    with pytest.raises(InputError, match="no timeline that can be read"):
        read_timeline(broken)
    code = (
        "import sys; sys.modules['opentimelineio'] = None;"
        "from lipfx.__main__ import main; sys.argv = ['lipfx', *sys.argv[1:]]; main()"
    )
    command = [sys.executable, "-c", code, "batch", "blur", str(broken), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("pip install 'lipfx[editor]'\n")
