"""Names, folders, moments: nothing of the user's is overwritten, whatever it is called, wherever it lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lipfx.core.folders import NewContent
from lipfx.core.rooms import growing
from lipfx.errors import InputError, LipfxError, OutputError
from lipfx.pipeline.mask_files import new_folder
from lipfx.pipeline.mattes import MaskOptions
from lipfx.video.ffmpeg import ask as asking
from lipfx.video.ffmpeg.ask import ask
from lipfx.video.ffmpeg.pipe import FramePipe
from lipfx.video.ffmpeg.probe import probe
from lipfx.video.ffmpeg.whole import truncation
from lipfx.video.source import open_source, open_writer
from lipfx.video.writing.encoding import Encoding
from tests.conftest import RunLipfx
from tests.helpers import media

FAST = Encoding(codec="libx264", preset="ultrafast")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound = media.tone(0.4)
    return media.make(
        tmp_path_factory.mktemp("clip") / "in.mp4", *media.moving(frames=10), *sound, "-pix_fmt", "yuv420p"
    )


def pictures(source: Path, pattern: Path, *, overwrite: bool = False) -> None:
    with open_source(source) as reader, open_writer(pattern, reader.clip, overwrite=overwrite) as writer:
        for frame in reader:
            writer.write(frame)


def test_a_name_that_comes_to_be_meanwhile_is_left_alone(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, finish = tmp_path / "out.mp4", FramePipe.finish

    def finish_late(pipe: FramePipe) -> None:
        finish(pipe)
        output.write_text("precious")

    monkeypatch.setattr(FramePipe, "finish", finish_late)
    with pytest.raises(OutputError, match="left alone"):
        media.copy_through(clip, output, FAST)
    assert output.read_text() == "precious"
    assert len(media.frame_times(tmp_path / "out.suspect.mp4")) == 10


@pytest.mark.parametrize("overwrite", [False, True])
def test_pictures_that_come_to_be_meanwhile_are_left_alone(
    overwrite: bool, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, finish = tmp_path / "out", FramePipe.finish

    def finish_late(pipe: FramePipe) -> None:
        finish(pipe)
        (folder / "0003.png").write_text("precious")

    folder.mkdir()
    monkeypatch.setattr(FramePipe, "finish", finish_late)
    with pytest.raises(OutputError, match=r"0003\.png has come to be"):
        pictures(clip, folder / "%04d.png", overwrite=overwrite)
    assert (folder / "0003.png").read_text() == "precious"
    assert len(list((tmp_path / "out.suspect").glob("*.png"))) == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.suspect"]


def test_overwriting_keeps_links_and_modes_and_makes_no_file_of_a_pipe(clip: Path, tmp_path: Path) -> None:
    behind, link, dangling, pipe = (tmp_path / name for name in ("a/b.mp4", "b.mp4", "c.mp4", "d.mp4"))
    behind.parent.mkdir()
    behind.write_text("older")
    behind.chmod(0o600)
    link.symlink_to(behind)
    dangling.symlink_to(behind.with_name("c.mp4"))
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="exists already"):
        media.copy_through(clip, link, FAST)
    with open_source(clip) as reader, open_writer(link, reader.clip, FAST, overwrite=True) as writer:
        for frame in reader:
            writer.write(frame)
    media.copy_through(clip, dangling, FAST)
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert len(media.frame_times(behind)) == len(media.frame_times(dangling)) == 10
    assert behind.stat().st_mode & 0o777 == 0o600
    with (
        open_source(clip) as reader,
        pytest.raises(OutputError, match="device or a pipe"),
        open_writer(pipe, reader.clip, FAST, overwrite=True),
    ):
        pass
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "a",
        "b.mp4",
        "b.mp4",
        "c.mp4",
        "c.mp4",
        "d.mp4",
    ]


def test_a_folder_behind_a_link_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    behind, link = tmp_path / "behind", tmp_path / "out"
    behind.mkdir()
    link.symlink_to(behind)
    content = NewContent(link, "test", lambda name: name.endswith(".png"))
    content.begin((), overwrite=True)
    (content.room / "7.png").write_text("new")
    content.commit()
    content.abandon()
    assert link.is_symlink()
    assert (behind / "7.png").read_text() == "new"


@pytest.mark.parametrize("late", ["out", "out/7.png"])
def test_a_new_folder_replaces_nothing_that_comes_to_be_meanwhile(late: str, tmp_path: Path) -> None:
    content = NewContent(tmp_path / "out", "test", lambda name: name.endswith(".png"))
    content.begin((), overwrite=True)
    (content.room / "7.png").write_text("new")
    (tmp_path / late).parent.mkdir(exist_ok=True)
    (tmp_path / late).write_text("precious")
    with pytest.raises(OutputError, match="left alone"):
        content.commit()
    content.abandon()
    assert (tmp_path / late).read_text() == "precious"
    assert (tmp_path / "out.suspect" / "7.png").read_text() == "new"


@pytest.mark.parametrize(
    "name", [b"caf\xe9.mp4", b"50%d %s.mp4", "ä".encode() * 120 + b".mp4", b"x" * 251 + b".mp4"]
)
def test_names_of_any_bytes_and_length(name: bytes, clip: Path, tmp_path: Path) -> None:
    source = tmp_path / os.fsdecode(b"in-" + name[3:])
    try:
        shutil.copy(clip, source)
    except OSError:
        pytest.skip("this file system takes no such name")
    output = tmp_path / os.fsdecode(b"out" + name[3:])
    media.copy_through(source, output, FAST)
    assert len(media.frame_times(output)) == 10
    assert sorted(tmp_path.iterdir()) == sorted([source, output])


def test_patterns_in_folders_are_literal(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "50%02d"
    folder.mkdir()
    pictures(clip, folder / "%04d.png")
    assert len(list(folder.glob("*.png"))) == 10


@pytest.mark.parametrize("suffix", [".avi", ".mkv", ".mp4", ".mov"])
def test_tags_of_any_bytes_are_no_reason_to_throw_a_render_away(suffix: str, tmp_path: Path) -> None:
    source = media.make(
        tmp_path / f"in{suffix}", *media.moving(frames=5), "-metadata", "title=Cafe!!", "-pix_fmt", "yuv420p"
    )
    source.write_bytes(source.read_bytes().replace(b"Cafe!!", b"Caf\xe9!!"))
    assert media.copy_through(source, tmp_path / f"out{suffix}", FAST) == []


def test_earlier_pictures_give_way_and_foreign_files_stay(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.txt").write_text("deep")
    pictures(clip, folder / "%04d.png")
    shorter = media.make(tmp_path / "short.mp4", *media.moving(frames=3), "-pix_fmt", "yuv420p")
    with pytest.raises(OutputError, match="--overwrite"):
        pictures(shorter, folder / "%04d.png")
    pictures(shorter, folder / "%04d.png", overwrite=True)
    assert len(list(folder.glob("*.png"))) == 3
    assert (folder / "mine.txt").read_text() == "mine"
    assert (folder / "sub" / "deep.txt").read_text() == "deep"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "short.mp4"]
    (folder / "0007.png").write_text("a photograph")
    with pytest.raises(OutputError, match="not written by lipfx"):
        pictures(shorter, folder / "%04d.png", overwrite=True)


def test_inputs_are_never_replaced_by_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "sq"
    folder.mkdir()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(folder / "000000.png")
    (tmp_path / "link").symlink_to(folder)
    for pattern in (folder / "%06d.png", tmp_path / "link" / "%06d.png", folder / "%06d.PNG"):
        with pytest.raises(OutputError, match="input"):
            pictures(folder, pattern, overwrite=True)
    with pytest.raises(OutputError, match="input"):
        pictures(folder, folder / "000000.png", overwrite=True)
    for target in (folder, tmp_path / "link"):
        with pytest.raises(OutputError, match="input"), open_source(folder) as photographs:
            new_folder(target, photographs.clip, MaskOptions(overwrite=True)).__enter__()


def test_masks_of_a_shorter_clip_leave_none_of_the_longer_one(lipfx: RunLipfx, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    for frames in (6, 3):
        source = media.make(tmp_path / f"{frames}.mp4", *media.moving(frames=frames), "-pix_fmt", "yuv420p")
        lipfx("masks", source, masks, "--overwrite", check=True)
        (masks / "mine.txt").write_text("mine")
    assert len((masks / "frames.csv").read_text().splitlines()) == 1 + 3
    assert sorted(path.name for path in masks.iterdir()) == [
        "000000.png",
        "000001.png",
        "000002.png",
        "frames.csv",
        "mine.txt",
    ]


KILLED = """
import sys
from pathlib import Path
from lipfx.core.folders import NewContent
content = NewContent(Path(sys.argv[1]), "test", lambda name: name.endswith(".png"))
content.begin((), overwrite=True)
for number in range(40):
    (content.room / f"{number:02d}.png").write_text("new")
content.commit()
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not there")
@pytest.mark.parametrize("call", ["rename", "renameat2", "link", "unlink", "unlinkat", "rmdir"])
def test_a_kill_leaves_all_old_or_all_new(call: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    content = NewContent(folder, "test", lambda name: name.endswith(".png"))
    content.begin((), overwrite=False)
    for number in range(50):
        (content.room / f"{number:02d}.png").write_text("old")
    content.commit()
    content.abandon()
    (folder / "mine.txt").write_text("mine")
    kill = ("strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when=1")
    subprocess.run([*kill, sys.executable, "-c", KILLED, str(folder)], check=False, capture_output=True)
    found = {path.read_text() for path in folder.glob("*.png")}
    assert (found, len(list(folder.glob("*.png")))) in (({"old"}, 50), ({"new"}, 40))
    assert (folder / "mine.txt").read_text() == "mine"


def test_file_systems_without_links_get_files_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(number: int) -> None:
        content = NewContent(tmp_path / "out", "test", lambda name: name.endswith(".png"))
        content.begin((), overwrite=True)
        for name in range(number):
            (content.room / f"{name}.png").write_text(str(number))
        content.commit()
        content.abandon()

    def no_links(*_: object) -> None:
        raise OSError("no links here")

    write(5)
    (tmp_path / "out" / "mine.txt").write_text("mine")
    monkeypatch.setattr(os, "link", no_links)
    write(3)
    assert sorted(path.name for path in (tmp_path / "out").glob("*.*")) == [
        ".lipfx-test.list",
        "0.png",
        "1.png",
        "2.png",
        "mine.txt",
    ]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "out"]


def test_a_file_that_gives_no_byte_is_told_apart_from_damage(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = tmp_path / "ffprobe"
    stuck.write_text("#!/bin/sh\nexec sleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(asking, "find_tool", lambda _name: str(stuck))
    with pytest.raises(InputError, match=r"no byte for 1 seconds.*--probe-timeout") as caught:
        ask(clip, patience=0.6)
    assert "damage" not in str(caught.value)


def test_a_busy_probe_is_waited_for(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "ffprobe"
    slow.write_text("#!/bin/sh\nfor n in 1 2 3 4 5 6 7 8; do sleep 0.2; cat /dev/null; done\necho '{}'\n")
    slow.chmod(0o755)
    monkeypatch.setattr(asking, "find_tool", lambda _name: str(slow))
    assert ask(clip, patience=1.0) == {}


def half_missing(path: Path) -> None:
    """Sound whose second half lies beyond the end of the file."""
    source = path.with_name("whole.mp4")
    media.make(source, *media.moving(frames=25), *media.tone(1.0), "-c:a", "aac", "-pix_fmt", "yuv420p")
    data = bytearray(source.read_bytes())
    at = data.rindex(b"stco") + 8
    count = int.from_bytes(data[at : at + 4], "big")
    for number in range(count // 2, count):
        data[at + 4 + 4 * number : at + 8 + 4 * number] = (len(data) + 10_000).to_bytes(4, "big")
    path.write_bytes(bytes(data))


def damaged_sound(path: Path) -> None:
    """Sound some packets of which hold something else."""
    source = path.with_name("whole.mp4")
    media.make(source, *media.moving(frames=25), *media.tone(1.0), "-c:a", "aac", "-pix_fmt", "yuv420p")
    data = bytearray(source.read_bytes())
    packets = media.probe_json(source, "-select_streams", "a", "-show_packets")["packets"]
    for packet in packets[10:20]:
        at, size = int(packet["pos"]), int(packet["size"])
        data[at : at + size] = np.random.default_rng(at).bytes(size)
    path.write_bytes(bytes(data))


def half_avi(path: Path) -> None:
    whole = media.make(
        path.with_name("whole.avi"), *media.moving(frames=40), "-pix_fmt", "yuv420p", "-g", "5"
    )
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])


def half_gif(path: Path) -> None:
    whole = media.make(path.with_name("whole.gif"), *media.moving(frames=8))
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])


def half_ts(path: Path) -> None:
    whole = media.make(path.with_name("whole.ts"), *media.moving(frames=20), "-pix_fmt", "yuv420p")
    path.write_bytes(whole.read_bytes()[: 188 * 20 + 77])


def half_sound(path: Path) -> None:
    """Sound that stops where a container names no numbers."""
    media.make(path, *media.moving(frames=50), *media.tone(1.0), "-c:a", "mp2")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("in.mpg", half_sound),
        ("in.ts", half_sound),
        ("in.mp4", half_missing),
        ("in.mp4", damaged_sound),
        ("in.avi", half_avi),
        ("in.gif", half_gif),
        ("in.ts", half_ts),
    ],
)
def test_what_is_missing_is_never_silent(name: str, damage: Callable[[Path], None], tmp_path: Path) -> None:
    source, told = tmp_path / name, []
    damage(source)
    try:
        with open_source(source) as reader, open_writer(tmp_path / "out.mkv", reader.clip) as writer:
            for frame in reader:
                writer.write(frame)
        told = [*reader.notes, *writer.notes]
    except LipfxError as error:
        told = [str(error)]
    words = ("truncated", "rest is lost", "rest may be lost", "damaged")
    assert any(word in note for note in told for word in words), told


def test_samples_that_an_index_counts_are_not_taken_for_packets(tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mov", *media.moving(), *media.tone(0.48), "-c:a", "pcm_s16le")
    with open_source(source) as reader, open_writer(tmp_path / "out.mov", reader.clip) as writer:
        for frame in reader:
            writer.write(frame)
    assert [*reader.notes, *writer.notes] == []


@pytest.mark.parametrize(("words", "packet"), [((), 188), (("-mpegts_m2ts_mode", 1), 192)])
def test_a_cut_between_the_packets_of_a_ts_is_told(
    words: tuple[object, ...], packet: int, tmp_path: Path
) -> None:
    """Unless it falls between two pictures or pieces of sound: then nothing is missing that anybody named."""
    made = ("-pix_fmt", "yuv420p", "-b:v", "2M", "-c:a", "aac", *words)
    whole = media.make(tmp_path / "in.ts", *media.moving("320x240", frames=20), *media.tone(0.8), *made)
    clip, data = probe(whole), whole.read_bytes()
    assert truncation(clip, 20) is None
    short = replace(clip, path=tmp_path / "short.ts")
    cuts = range(len(data) // packet // 2, len(data) // packet)
    told = 0
    for cut in cuts:
        short.path.write_bytes(data[: cut * packet])
        told += truncation(short, 20) is not None
    assert told > 0.8 * len(cuts)


def test_a_killed_encoder_names_the_reason(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(LipfxError, match=r"SIGKILL|File too large|SIGXFSZ") as caught:
        subprocess_limited(clip, tmp_path / "out.mp4")
    assert "0x" not in str(caught.value)


def subprocess_limited(clip: Path, output: Path) -> None:
    """Writes the clip where a file may have 2 kB."""
    code = (
        "import resource, sys; from pathlib import Path; from tests.helpers import media\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))\n"
        "media.copy_through(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(clip), str(output)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LipfxError(done.stderr.strip().splitlines()[-1])


def test_temporary_names_fit_into_255_bytes(tmp_path: Path) -> None:
    with growing(tmp_path / ("x" * 251 + ".mp4")) as new:
        new.write_text("part")
