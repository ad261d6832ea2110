"""`python -m benchmarks compare` runs two checkouts in turns."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.helpers import media

ROOT = Path(__file__).parents[1]


def compared(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", "compare", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_two_checkouts_are_run_in_turns(talking: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("lipfx", "effects"):
        (other / name).symlink_to(ROOT / name)
    clip = media.make(tmp_path / "short.mp4", "-i", talking, "-frames:v", 3, "-c:v", "libx264")
    done = compared(ROOT, other, clip, "--runs", 1)
    assert done.returncode == 0, done.stderr
    row = done.stdout.splitlines()[-1]
    ratio = r"\d+\.\d{3} \(\d+\.\d{3} to \d+\.\d{3}\)"
    assert re.fullmatch(rf"\| short\.mp4 \| {ratio} \| {ratio} \|", row)


def test_what_is_no_checkout_is_said(tmp_path: Path) -> None:
    done = compared(ROOT, tmp_path)
    assert done.returncode == 2
    assert "holds no lipfx" in done.stderr
    assert "name two" in compared(ROOT, ROOT).stderr
