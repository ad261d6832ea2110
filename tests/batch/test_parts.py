"""A long clip rendered in parts is the clip rendered in one piece, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from lipfx.core.values import Frame
from lipfx.errors import InputError
from lipfx.video.ffmpeg.probe import probe
from lipfx.video.part import PartReader
from lipfx.video.reader import Reader
from lipfx.video.table import FrameTable
from tests.cli.test_killed import MARK, still_running
from tests.conftest import LIPFX
from tests.helpers import faulty, media
from tests.helpers.waiting import within

LOSSLESS = ("--codec", "libx264", "--crf", "0", "--preset", "ultrafast")


def lipfx(*words: object) -> str:
    """What a run that ends well says on standard error."""
    done = subprocess.run(
        [*LIPFX, *map(str, words)], capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def assert_same(ours: Path, theirs: Path) -> None:
    assert media.frame_times(ours) == media.frame_times(theirs)
    assert media.frame_hashes(ours) == media.frame_hashes(theirs)
    assert media.packet_hash(ours, "a") == media.packet_hash(theirs, "a")
    np.testing.assert_array_equal(media.sound(ours), media.sound(theirs))
    streams = [media.probe_json(path, "-show_streams", "-show_chapters") for path in (ours, theirs)]
    kept = (
        "codec_name",
        "codec_tag_string",
        "start_time",
        "color_space",
        "avg_frame_rate",
        "tags",
        "duration",
    )
    told = [[{k: s.get(k) for k in kept} for s in found["streams"]] for found in streams]
    assert told[0] == told[1]


@pytest.fixture(scope="module")
def short(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, small, with a key frame now and then and pictures that lean on later ones."""
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    options = ("-vf", "scale=320:-2", "-c:v", "libx264", "-g", 20, "-bf", 3, "-c:a", "copy")
    return media.make(path, "-i", talking, "-t", 3, *options)


@pytest.fixture(scope="module")
def cuts(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cuts, frames that last unequally, sound that begins before the pictures."""
    path = tmp_path_factory.mktemp("cuts") / "cuts.mp4"
    vary = (
        "select='not(eq(mod(n\\,7)\\,3))',setpts=PTS+0.3/TB+0.2/TB*gt(N\\,40),hflip=enable='between(n,30,70)'"
    )
    options = ("-vf", f"scale=320:-2,{vary}", "-fps_mode", "passthrough", "-c:v", "libx264", "-c:a", "copy")
    return media.make(path, "-i", talking, *options)


def read(reader: Reader) -> list[Frame]:
    with reader:
        return list(reader)


def test_frames_from_the_middle_are_those_of_the_whole(cuts: Path) -> None:
    clip = probe(cuts)
    whole, table = read(Reader(clip)), FrameTable()
    for frame in whole:
        table.add(frame)
    for first, last in ((0, 7), (33, 50), (len(whole) - 5, len(whole))):
        reader = PartReader(clip, table.part(first, last))
        found = read(reader)
        assert [(f.index, f.pts, f.duration) for f in found] == [
            (f.index, f.pts, f.duration) for f in whole[first:last]
        ]
        for ours, theirs in zip(found, whole[first:last], strict=True):
            np.testing.assert_array_equal(ours.planes[0], theirs.planes[0])
        assert reader.sought == bool(first)


def test_a_frame_that_seeking_gives_otherwise_is_decoded_from_the_beginning(short: Path) -> None:
    clip = probe(short)
    whole, table = read(Reader(clip)), FrameTable()
    for frame in whole:
        table.add(frame)
    part = table.part(30, 40)
    reader = PartReader(clip, part)
    reader._from_key_frame = lambda: iter(whole[29:33] + whole[32:])  # type: ignore[method-assign]
    assert [frame.index for frame in read(reader)] == list(range(30, 40))
    assert not reader.sought
    part.checksums[4] ^= 1
    with pytest.raises(InputError, match="frame 34 is another one"):
        read(PartReader(clip, part))


def test_parts_make_the_same_film(short: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.mkv", tmp_path / "two.mkv"
    said = lipfx("apply", "lipstick", short, one, "--codec", "ffv1")
    again = lipfx("apply", "lipstick", short, two, "--codec", "ffv1", "--jobs", 2)
    assert said.split(" s,")[0].rsplit(",", 1)[0][len(str(one)) :] in again
    assert_same(two, one)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mkv", "two.mkv"]


def test_what_cannot_be_joined_is_rendered_in_one_piece(short: Path, tmp_path: Path) -> None:
    said = lipfx("apply", "lipstick", short, tmp_path / "out.avi", "--jobs", 2, "--end", 0.4)
    assert "out.avi is rendered in one piece: .avi holds no times of its own" in said
    assert [path.name for path in tmp_path.iterdir()] == ["out.avi"]


@pytest.mark.slow
def test_cuts_times_and_sound_stay(cuts: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.mp4", tmp_path / "two.mp4"
    span = ("--start", "0.7", "--end", "4.5")
    lipfx("apply", "lipstick", cuts, one, *LOSSLESS, *span)
    lipfx("apply", "lipstick", cuts, two, *LOSSLESS, *span, "--jobs", 2)
    assert_same(two, one)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_a_cluster_renders_the_same_film(short: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.mkv", tmp_path / "two.mkv"
    lipfx("apply", "lipstick", short, one, "--codec", "ffv1")
    lipfx("apply", "lipstick", short, two, "--codec", "ffv1", "--engine", "ray", "--jobs", 2)
    assert_same(two, one)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mkv", "two.mkv"]


@pytest.mark.slow
def test_a_part_whose_worker_dies_is_rendered_again(short: Path, tmp_path: Path) -> None:
    effect, mark = faulty.make_effect(tmp_path), tmp_path / "mark"
    out = tmp_path / "out.mkv"
    lipfx("apply", f"{effect}:how=die-once,mark={mark}", short, out, "--jobs", 2)
    assert mark.exists()
    assert len(media.frame_times(out)) == len(media.frame_times(short))


WAITING = '''
import time
from pathlib import Path
from typing import ClassVar

from lipfx.effects import Effect, Region


class Waiting(Effect):
    """Waits at frame 60 until it may go on; tells when frame 10 comes after that."""

    region: ClassVar[Region] = Region.LIPS
    folder: str = "."

    def render(self, patch):
        here = Path(self.folder)
        if patch.index == 60:
            (here / "waits").touch()
            while not (here / "go").exists():
                time.sleep(0.02)
        if patch.index == 10 and (here / "go").exists():
            (here / "again").touch()
        return 1 - patch.rgb
'''


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_same_command_goes_on_where_it_was_stopped(
    short: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    folder, carried = tmp_path / "out", uuid.uuid4().hex
    folder.mkdir()
    room = folder / ".out.mp4.lipfx-parts"
    chain = f"{tmp_path / 'waiting.py'}:folder={tmp_path}"
    command = ("apply", chain, short, folder / "out.mp4", *LOSSLESS, "--jobs", 2)
    environment = {**os.environ, MARK: carried}
    with subprocess.Popen([*LIPFX, *map(str, command)], env=environment, stderr=subprocess.DEVNULL) as run:
        assert within(60, lambda: (tmp_path / "waits").exists() and len(whole(room)) == 1)
        run.send_signal(number)
        assert run.wait(20) in (130, -number)
    assert within(5, lambda: not still_running(carried)), still_running(carried)
    assert room.name in [path.name for path in folder.iterdir()]
    assert not (folder / "out.mp4").exists()
    (tmp_path / "go").touch()
    lipfx(*command)
    assert not (tmp_path / "again").exists()
    lipfx("apply", chain, short, folder / "one.mp4", *LOSSLESS)
    assert_same(folder / "out.mp4", folder / "one.mp4")
    assert sorted(path.name for path in folder.iterdir()) == ["one.mp4", "out.mp4"]


def whole(room: Path) -> list[Path]:
    """The parts that need not be rendered again."""
    return list(room.glob("[0-9]*.mov"))
