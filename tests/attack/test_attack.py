"""Damaged inputs, failing tools and kills: whatever comes, a run ends well or says in its own words why."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES, KILLS, SEED = 300, 20, 20260

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="/proc is not there"),
]


def test_nothing_goes_wrong_that_is_not_told() -> None:
    command = [sys.executable, "-m", "tests.attack", f"--cases={CASES}", f"--kills={KILLS}", f"--seed={SEED}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{CASES + KILLS} in all, wrong: 0" in done.stdout
