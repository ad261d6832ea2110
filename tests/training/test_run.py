"""A whole training of a tiny set: it ends, a killed run resumes to the same losses, its weights load."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lipfx.tcnn.cascade import Cascade
from lipfx.video.ffmpeg.probe import probe
from tests.helpers.drawn import make_helen

PATIENCE_S = 60


def _command(stage: str, data: Path, out: Path, quick: float) -> list[str]:
    options = ["--data", str(data), "--out", str(out), "--quick", str(quick), "--heads", "2"]
    return [sys.executable, "-W", "ignore", "-m", "training", stage, *options]


def _log(out: Path, name: str) -> list[dict[str, float]]:
    path = out / f"{name}.log.json"
    try:
        return list(json.loads(path.read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return []


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_helen(tmp_path_factory.mktemp("data"), 40)


def test_a_killed_run_resumes_to_the_losses_of_an_unbroken_one(data: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(_command("base", data, whole, 0.05), check=True)
    process = subprocess.Popen(_command("base", data, broken, 0.05))
    deadline = time.monotonic() + PATIENCE_S
    while not _log(broken, "base"):
        assert time.monotonic() < deadline, "no epoch was finished"
        assert process.poll() is None, "ended before it could be killed"
    process.kill()
    process.wait()
    assert len(_log(broken, "base")) < len(_log(whole, "base"))
    subprocess.run(_command("base", data, broken, 0.05), check=True)
    assert _log(broken, "base") == _log(whole, "base")


def test_one_command_trains_weights_that_apply_uses(data: Path, talking: Path, tmp_path: Path) -> None:
    subprocess.run(_command("all", data, tmp_path, 0.01), check=True)
    cascade = Cascade.load(tmp_path, "cpu")
    assert cascade.description.heads == 2
    assert cascade.description.training["counts"] == {"helen": 40}
    assert set(cascade.description.training["data"]) == {"helen", "test_names"}
    result = tmp_path / "made-up.mp4"
    command = [sys.executable, "-m", "lipfx", "apply", "lipstick", str(talking), str(result)]
    subprocess.run([*command, "--weights", str(tmp_path), "--end", "0.4"], check=True)
    assert probe(result).video.frame_count == 10


def test_another_seed_does_not_resume(data: Path, tmp_path: Path) -> None:
    subprocess.run(_command("base", data, tmp_path, 0.01), check=True)
    again = [*_command("base", data, tmp_path, 0.01), "--seed", "8"]
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "made with seed 7, wanted 8" in done.stderr
