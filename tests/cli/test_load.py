"""Many runs at once on a busy machine: none takes its slowness for a fault of the file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import LIPFX
from tests.helpers import media

RUNS = 20


@pytest.mark.slow
def test_twenty_runs_at_once_all_succeed(talking: Path, tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mp4", "-i", talking, "-vf", "scale=256:-2", "-t", "0.6")
    outputs = [tmp_path / f"out{number}.mp4" for number in range(RUNS)]
    runs = [
        subprocess.Popen(
            [*LIPFX, "apply", "lipstick", str(source), str(output)], stderr=subprocess.PIPE, text=True
        )
        for output in outputs
    ]
    said = [run.communicate(timeout=500)[1] for run in runs]
    assert [(run.returncode, words) for run, words in zip(runs, said, strict=True) if run.returncode] == []
    first = media.frame_hashes(outputs[0])
    assert len(first) == 15
    assert all(media.frame_hashes(output) == first for output in outputs[1:])
