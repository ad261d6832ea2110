"""What a killed run left goes with the next one: files and folders, of that output alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import RunLipfx


def number_of_a_dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_masks_remove_what_a_killed_run_left(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    dead = number_of_a_dead_process()
    left, others = tmp_path / f".masks.lipfx-{dead}", tmp_path / f".other.lipfx-{dead}"
    running = tmp_path / f".masks.lipfx-{os.getpid()}"
    for folder in (left, others, running):
        folder.mkdir()
        (folder / "000000.png").write_bytes(b"half a picture")
    lipfx("masks", talking, tmp_path / "masks", "--end", "0.1", check=True)
    assert not left.exists()
    assert (others / "000000.png").exists()
    assert (running / "000000.png").exists()
    assert sorted(p.name for p in (tmp_path / "masks").iterdir()) == [
        "000000.png",
        "000001.png",
        "000002.png",
        "frames.csv",
    ]
