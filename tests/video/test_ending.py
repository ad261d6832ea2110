"""However writing ends, there is the complete file or none, no temporary file and no process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lipfx.core.rooms import Growing
from lipfx.errors import FfmpegError, InputError, LipfxError, OutputError
from lipfx.video.ffmpeg.pipe import FramePipe
from lipfx.video.ffmpeg.probe import probe
from lipfx.video.reader import Reader
from lipfx.video.source import open_source, open_writer
from lipfx.video.writing.encoding import Encoding
from lipfx.video.writing.writer import Writer
from tests.helpers import media
from tests.helpers.waiting import within

COPY = """
import sys
import tempfile
from pathlib import Path
from tests.helpers import media
from lipfx.video.writing.encoding import Encoding
print("started", flush=True)
media.copy_through(Path(sys.argv[1]), Path(sys.argv[2]), Encoding(preset="veryslow"))
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds with sound, which take a second or more to encode."""
    path = tmp_path_factory.mktemp("clip") / "in.mp4"
    picture = media.moving("320x240", frames=250)
    return media.make(path, *picture, *media.tone(10), "-pix_fmt", "yuv420p", "-preset", "ultrafast")


def processes_about(folder: Path) -> list[str]:
    """Command lines of running processes that name `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in words and int(entry.parent.name) != os.getpid():
            found.append(words)
    return found


def copy_until(index: int, source: Path, output: Path) -> None:
    """Copies frames and fails at frame `index`."""
    with open_source(source) as reader, open_writer(output, reader.clip) as writer:
        for frame in reader:
            writer.write(frame)
            if frame.index == index:
                raise RuntimeError("stop")


def test_an_error_between_frames_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        copy_until(20, clip, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []
    assert processes_about(tmp_path) == []


def test_an_error_keeps_an_older_output(clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    output.write_text("older")
    reader = open_source(clip)
    with pytest.raises(OutputError, match="no frame"), reader, Writer(output, reader.clip, overwrite=True):
        pass
    assert output.read_text() == "older"
    assert list(tmp_path.iterdir()) == [output]


def test_an_encoder_that_dies_is_quoted(clip: Path, tmp_path: Path) -> None:
    broken = Encoding(codec="libx264", extra=("-profile:v", "nonsense"))
    with pytest.raises(FfmpegError) as caught:
        media.copy_through(clip, tmp_path / "out.mp4", broken)
    assert "libx264" in caught.value.details
    assert "nonsense" in caught.value.details
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is not there")
def test_a_full_disk_is_one_clear_line(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "out.mkv"
    begin = Growing.begin

    def begin_on_a_full_disk(room: Growing) -> Path:
        folder = begin(room)
        room.file.symlink_to("/dev/full")
        return folder

    monkeypatch.setattr(Growing, "begin", begin_on_a_full_disk)
    with pytest.raises(LipfxError, match="No space left"):
        media.copy_through(clip, output)
    assert list(tmp_path.iterdir()) == []


def without_pictures(path: Path) -> None:
    """Zeros in place of all that `path`, whose index comes first, holds."""
    content = path.read_bytes()
    start = content.index(b"mdat") + 4
    path.write_bytes(content[:start] + bytes(len(content) - start))


def with_fewer_frames(path: Path) -> None:
    shorter = path.with_name("shorter.mp4")
    media.make(shorter, "-i", path, "-c", "copy", "-frames:v", "200")
    shorter.replace(path)


@pytest.mark.parametrize(
    ("damage", "words"), [(without_pictures, "cannot be decoded"), (with_fewer_frames, "200 of 250 frames")]
)
def test_a_file_that_came_out_damaged_or_short_is_kept_under_another_name(
    clip: Path, tmp_path: Path, damage: Callable[[Path], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, finish = tmp_path / "out.mp4", FramePipe.finish

    def finish_and_damage(pipe: FramePipe) -> None:
        finish(pipe)
        damage(next(tmp_path.glob(".out.lipfx-*/*.mp4")))

    monkeypatch.setattr(FramePipe, "finish", finish_and_damage)
    with pytest.raises(OutputError, match=words):
        media.copy_through(clip, output, Encoding(preset="ultrafast"))
    assert [path.name for path in tmp_path.iterdir()] == ["out.suspect.mp4"]  # no hour's work is thrown away


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="/proc is not there")
@pytest.mark.parametrize("moment", [0.0, 0.15, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_at_any_moment(clip: Path, tmp_path: Path, number: signal.Signals, moment: float) -> None:
    output = tmp_path / "out.mp4"
    command = [sys.executable, "-c", COPY, str(clip), str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(moment)
        child.send_signal(number)
        child.wait(20)
    assert within(2, lambda: processes_about(tmp_path) == [])
    if output.exists():
        assert len(media.frame_times(output)) == 250
    left = [path.name for path in tmp_path.iterdir()]
    if number is signal.SIGKILL and left not in ([], ["out.mp4"]):  # killed before its guard began
        output.unlink(missing_ok=True)
        media.copy_through(clip, output, Encoding(preset="ultrafast"))
        left = [path.name for path in tmp_path.iterdir()]
    assert left in ([], ["out.mp4"])


def test_leaving_the_reader_early_ends_its_decoder(clip: Path) -> None:
    with Reader(probe(clip)) as reader:
        next(reader)
    assert processes_about(clip.parent) == []


def test_a_decoder_starts_before_its_frames_are_asked_for(clip: Path) -> None:
    """So that it is ready when the networks are, which load in the meantime."""
    with Reader(probe(clip)):
        assert within(2, lambda: processes_about(clip.parent) != [])  # for a moment it has no words yet
    assert processes_about(clip.parent) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"hello, this is no video\n" * 20, "not a video"),
        (
            "list.m3u8",
            b"#EXTM3U\n#EXTINF:1,\nhttp://localhost:1/a.ts\n#EXT-X-ENDLIST\n",
            "refused|playlist|not a",
        ),
        ("list.txt", b"ffconcat version 1.0\nfile 'in.mp4'\n", "playlist|not a video"),
        ("archive.mp4", b"PK\x03\x04" + bytes(400), "not a video"),
    ],
)
def test_what_is_no_video_is_one_clear_line(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        open_source(path)
    assert "\n" not in str(caught.value)


def test_missing_files_and_sound_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        open_source(tmp_path / "none.mp4")
    with pytest.raises(InputError, match="no video stream"):
        open_source(media.make(tmp_path / "sound.m4a", *media.tone()))
    cover = (*media.moving(frames=1), "-c:v", "png", "-disposition:v", "attached_pic")
    with pytest.raises(InputError, match="found: audio, cover art"):
        open_source(media.make(tmp_path / "song.m4a", *media.tone(), *cover))


@pytest.mark.parametrize("part", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_truncated_clips_are_refused(suffix: str, part: float, clip: Path, tmp_path: Path) -> None:
    whole = media.make(tmp_path / f"whole{suffix}", "-i", clip, "-c", "copy", "-movflags", "+faststart")
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * part)])
    with pytest.raises(InputError, match="truncated"), open_source(path) as reader:
        list(reader)


@pytest.mark.parametrize("name", ["-x.mp4", "%03d.mp4", "a:b.mp4", "http:x.mp4", "[1] 'q' \"d\" ü.mp4"])
def test_names_are_taken_literally(
    name: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).symlink_to(clip)
    output = Path(f"out{name}")
    media.copy_through(Path(name), output, Encoding(preset="ultrafast"))
    assert {path.name for path in Path().iterdir()} == {name, output.name}


def test_outputs_that_cannot_be_are_refused_first(clip: Path, tmp_path: Path) -> None:
    source = probe(clip)
    for path, words in (
        (clip, "input itself"),
        (tmp_path / "none" / "out.mp4", "not a folder"),
        (tmp_path / "out.xyz", "no video"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(OutputError, match=words), open_writer(path, source, overwrite=True):
            pass
    (tmp_path / "there.mp4").write_text("older")
    with pytest.raises(OutputError, match="--overwrite"), open_writer(tmp_path / "there.mp4", source):
        pass
