"""A night's work: two hundred clips with ten bad ones, killed again and again; shards; a full disk."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lipfx.batch.folder import LocalFolder
from lipfx.batch.records import Records
from samples import make
from tests.batch.test_batch import left_over, outcomes, records
from tests.conftest import LIPFX, RunLipfx
from tests.helpers import media, tiny

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

CLIPS = 190
KILLS = 5


def _add_broken(folder: Path, good: Path) -> None:
    """Ten files that are no good, each in a way of its own."""
    content = good.read_bytes()
    moov = content.index(b"moov")
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("Dear diary\n" * 100)
    (folder / "cut-head.mp4").write_bytes(content[: moov - 8] if moov > 200 else content[:100])
    media.make(folder / "whole.mkv", "-i", good, "-c", "copy")
    matroska = (folder / "whole.mkv").read_bytes()
    (folder / "whole.mkv").unlink()
    (folder / "cut-tail.mkv").write_bytes(matroska[: len(matroska) // 3])
    media.make(folder / "sound.mp4", "-i", good, "-vn", "-c:a", "copy")
    make.make_interlaced(folder / "interlaced.mp4")
    (folder / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:1,\n000.mp4\n")
    (folder / "gone.mp4").symlink_to("nowhere.mp4")
    (folder / "picture.mp4").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    start = content.index(b"mdat")
    (folder / "noise.mp4").write_bytes(
        content[: start + 4] + np.random.default_rng(0).bytes(len(content) - start - 4)
        if moov < start
        else content[:start] + bytes(moov - 4 - start) + content[moov - 4 :]
    )


@pytest.fixture(scope="module")
def clips(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """190 good clips, in folders, and ten bad ones."""
    folder = tmp_path_factory.mktemp("night") / "clips"
    for number, path in enumerate(tiny.make_clips(talking, folder, CLIPS)):
        if number % 3:
            (folder / f"day {number % 3}").mkdir(exist_ok=True)
            path.rename(folder / f"day {number % 3}" / path.name)
    _add_broken(folder, folder / "000.mp4")
    return folder


def _command(clips: Path, out: Path) -> list[str]:
    return [*LIPFX, "batch", "lipstick", str(clips), "--out", str(out), "--jobs", "2"]


def _state(out: Path) -> dict[str, tuple[object, ...]]:
    """All that is the same however often a batch was killed."""
    return {
        name: tuple(r[k] for k in ("outcome", "size", "digest", "settings", "frames", "faces", "error"))
        for name, r in records(out).items()
    }


@pytest.fixture(scope="module")
def undisturbed(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A batch's folder after one run, and the seconds it took."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    start = time.monotonic()
    done = subprocess.run(_command(clips, out), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return out, time.monotonic() - start


def test_ten_bad_clips_of_two_hundred(clips: Path, undisturbed: tuple[Path, float]) -> None:
    out, seconds = undisturbed
    found = records(out)
    assert Counter(record["outcome"] for record in found.values()) == {"done": CLIPS, "failed": 10}
    failed = {name: record["error"] for name, record in found.items() if record["outcome"] == "failed"}
    assert all(
        "\n" not in error and "internal error" not in error and len(error) > 20 for error in failed.values()
    )
    done = [out / name for name, record in found.items() if record["outcome"] == "done"]
    assert all(path.stat().st_size > 1000 for path in done)
    assert {record["frames"] for record in found.values() if record["outcome"] == "done"} == {tiny.FRAMES}
    assert all((clips / path.relative_to(out)).exists() for path in done)
    assert left_over(out) == []
    words = "\n".join(f"  {name}: {error}" for name, error in sorted(failed.items()))
    print(f"200 clips in {seconds:.0f} s; failed:\n{words}")  # noqa: T201 - `pytest -s` shows it


def test_killed_at_random_moments_ends_as_if_it_never_was(
    clips: Path, undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    whole, seconds = undisturbed
    out, begun, recorded = tmp_path / "out", Counter[str](), list[int]()
    for moment in np.random.default_rng(7).uniform(2.0, seconds / KILLS * 1.3, KILLS):
        with (tmp_path / "said").open("ab") as said:
            command = [*_command(clips, out), "--log-json"]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said) as run:
                time.sleep(moment)
                run.send_signal(signal.SIGKILL)
        recorded.append(sum(r.outcome != "started" for r in Records(LocalFolder(out)).read().values()))
        assert [path for path in out.rglob("*.mp4") if not _complete(path)] == []
    with (tmp_path / "said").open("ab") as said:
        last = subprocess.run([*_command(clips, out), "--log-json"], stderr=said, check=False)
    assert last.returncode == 1
    for line in (tmp_path / "said").read_text().splitlines():
        event = json.loads(line) if line.endswith("}") else {}
        if event.get("event") == "clip" and event["state"] in ("done", "failed"):
            begun[event["output"]] += 1
    assert set(begun.values()) == {1}, "something recorded was done twice"
    assert _state(out) == _state(whole)
    assert left_over(out) == []
    for name in list(outcomes(whole))[::40]:
        if outcomes(whole)[name] == "done":
            assert media.frame_hashes(out / name) == media.frame_hashes(whole / name)
    print(f"records when it was killed: {recorded}")  # noqa: T201 - `pytest -s` shows it


def _complete(path: Path) -> bool:
    return path.name.startswith(".") or len(media.frame_times(path)) == tiny.FRAMES


def test_shards_are_the_whole_also_when_a_clip_comes_between(
    clips: Path, talking: Path, tmp_path: Path
) -> None:
    some = tmp_path / "some"
    some.mkdir()
    for number in range(24):
        shutil.copy(clips / "000.mp4", some / f"{number:02}.mp4")
    out, whole = tmp_path / "out", tmp_path / "whole"
    for number in (1, 2, 3, 4):
        shard = [*_command(some, out), "--shard", f"{number}/4"]
        assert subprocess.run(shard, capture_output=True, check=False).returncode == 0
        if number == 2:
            tiny.make_clip(talking, some / "late.mp4")
    first = [*_command(some, out), "--shard", "1/4"], [*_command(some, out), "--shard", "2/4"]
    for command in first:  # what came late may belong to a part that was done
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert subprocess.run(_command(some, whole), capture_output=True, check=False).returncode == 0
    assert _state(out) == _state(whole)
    assert len(_state(out)) == 25
    for name in _state(whole):
        assert media.frame_hashes(out / name) == media.frame_hashes(whole / name)


def test_full_disk_in_the_middle(clips: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        some = tmp_path / "some"
        some.mkdir()
        for number in range(12):
            shutil.copy(clips / "000.mp4", some / f"{number:02}.mp4")
        filler = disk / "filler"
        filler.write_bytes(bytes((2 << 20) - (150 << 10)))
        done = lipfx(
            "batch", "lipstick", some, "--out", disk / "out", "--codec", "ffv1", "--name", "{stem}.mkv"
        )
        assert done.returncode == 1
        assert "internal error" not in done.stderr
        filler.unlink()
        again = lipfx(
            *("batch", "lipstick", some, "--out", disk / "out", "--codec", "ffv1"),
            *("--name", "{stem}.mkv", "--retry-failed"),
        )
        assert again.returncode == 0, again.stderr
        assert set(outcomes(disk / "out").values()) == {"done"}
        assert left_over(disk / "out") == []
    finally:
        subprocess.run(["umount", str(disk)], check=False)
