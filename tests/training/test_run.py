"""A whole training of a tiny set: it ends, a killed run resumes to the same losses, its weights load."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lipfx.tcnn import checkpoint
from lipfx.tcnn.cascade import Cascade
from lipfx.video.ffmpeg.probe import probe
from tests.helpers.drawn import make_helen, make_maps

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


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    subprocess.run(_command("all", data, out, 0.01), check=True)
    return out


def test_one_command_trains_weights_that_apply_uses(trained: Path, talking: Path, tmp_path: Path) -> None:
    cascade = Cascade.load(trained, "cpu")
    assert cascade.description.heads == 2
    assert cascade.description.training["counts"] == {"helen": 40}
    assert set(cascade.description.training["data"]) == {"helen", "test_names"}
    result = tmp_path / "made-up.mp4"
    command = [sys.executable, "-m", "lipfx", "apply", "lipstick", str(talking), str(result)]
    subprocess.run([*command, "--weights", str(trained), "--end", "0.4"], check=True)
    assert probe(result).video.frame_count == 10


def test_one_seed_gives_the_same_weights_to_the_last_digit(data: Path, trained: Path, tmp_path: Path) -> None:
    subprocess.run(_command("all", data, tmp_path, 0.01), check=True)
    for name in ("cascade.safetensors", "locator.onnx", "backbone.onnx", "refiner.onnx"):
        assert (tmp_path / name).read_bytes() == (trained / name).read_bytes(), name


def test_label_maps_alone_train_what_they_can(tmp_path: Path) -> None:
    make_maps(tmp_path / "data/mine", 12)
    done = subprocess.run(
        _command("all", tmp_path / "data", tmp_path / "out", 0.01),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "it comes from" in line]
    assert [line.split(":")[1].strip() for line in lines] == ["base", "router", "heads"]
    assert "training: refiner 1/1: loss " in done.stderr
    trained, shipped = Cascade.load(tmp_path / "out", "cpu"), Cascade.load(device="cpu")
    assert trained.description.heads == shipped.description.heads
    assert trained.description.training["counts"] == {"mine": 12}


def test_training_on_keeps_every_other_network(data: Path, tmp_path: Path) -> None:
    start = checkpoint.shipped_folder()
    subprocess.run([*_command("all", data, tmp_path, 0.01), "--start", str(start)], check=True)
    before, after = checkpoint.load(start).tensors, checkpoint.load(tmp_path).tensors
    changed = {k.split(".")[0] for k in after if not np.array_equal(before.get(k, -1), after[k])}
    assert changed == {"refiner"}


def test_another_seed_does_not_resume(data: Path, tmp_path: Path) -> None:
    subprocess.run(_command("base", data, tmp_path, 0.01), check=True)
    again = [*_command("base", data, tmp_path, 0.01), "--seed", "8"]
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "made with seed 7, wanted 8" in done.stderr
