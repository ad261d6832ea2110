"""What a killed run left goes with the next one: its own alone, known by the lock that it held."""

from __future__ import annotations

import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lipfx.core.rooms import Growing, growing, scratch_folder
from tests.conftest import RunLipfx

KILLED = """
import os, signal, sys
from pathlib import Path
from lipfx.core.rooms import Growing
for name in sys.argv[1:]:
    room = Growing(Path(name))
    room.begin()
    room.file.mkdir()
    (room.file / "000000.png").write_text("half a picture")
    globals()[name] = room
os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_a_run(*outputs: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, *map(str, outputs)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_masks_remove_what_a_killed_run_left(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    running = Growing(tmp_path / "masks")
    running.begin()
    kill_a_run(tmp_path / "masks", tmp_path / "other")
    assert len(list(tmp_path.iterdir())) == 3
    lipfx("masks", talking, tmp_path / "masks", "--end", "0.1", check=True)
    kept = {path.name for path in tmp_path.iterdir()}
    assert running.folder.name in kept
    assert len([name for name in kept if name.startswith(".masks.")]) == 1
    assert len([name for name in kept if name.startswith(".other.")]) == 1
    assert sorted(p.name for p in (tmp_path / "masks").iterdir()) == [
        "000000.png",
        "000001.png",
        "000002.png",
        "frames.csv",
    ]
    running.end()


def test_what_others_named_like_scratch_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = ["lipfx-999999-holiday", "lipfx-notes", ".out.lipfx-999999"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis").write_text("years of work")
    (tmp_path / ".out.lipfx-999999.mp4").write_text("a film")
    with scratch_folder() as folder, growing(tmp_path / "out.mp4") as new:
        (folder / "survey.jsonl").write_text("faces")
        new.write_text("part")
        assert len(list(tmp_path.iterdir())) == 6
    assert {path.name for path in tmp_path.iterdir()} == {*names, ".out.lipfx-999999.mp4"}
    assert all((tmp_path / name / "thesis").exists() for name in names)


@pytest.mark.skipif(os.geteuid() != 0, reason="process numbers of their own take the rights of root")
def test_a_run_that_counts_processes_from_one_leaves_running_ones_alone(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import sys; from lipfx.core.rooms import growing\n"
        "with growing(Path(sys.argv[1])): pass"
    )
    running = Growing(tmp_path / "out.mp4")
    running.begin()
    command = [
        "unshare",
        "--pid",
        "--fork",
        "--mount-proc",
        sys.executable,
        "-c",
        code,
        str(tmp_path / "out.mp4"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if "unshare" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    assert running.folder.exists()
    running.end()
    kill_a_run(tmp_path / "out.mp4")
    with growing(tmp_path / "out.mp4"):
        assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("moment", ["lipfx.core.rooms.try_lock", "lipfx.core.rooms.shutil.rmtree"])
def test_a_signal_while_a_room_is_made_or_removed_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    comes = iter([True])

    def interrupted(*given: object, **named: object) -> object:
        if next(comes, False):
            raise KeyboardInterrupt
        return usual(*given, **named)

    usual = pkgutil.resolve_name(moment)
    monkeypatch.setattr(moment, interrupted)
    with pytest.raises(KeyboardInterrupt), scratch_folder() as folder:
        (folder / "half").write_text("")
    assert list(tmp_path.iterdir()) == []
