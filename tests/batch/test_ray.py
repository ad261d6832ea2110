"""A batch on a Ray cluster of two nodes on this machine, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.batch.test_batch import left_over, outcomes, records
from tests.conftest import LIPFX, RunLipfx
from tests.helpers import media, tiny
from tests.helpers.waiting import within

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="/proc is not there"),
]

CLIPS = 40
NODE = "LIPFX_TEST_NODE"


class Cluster:
    """Two nodes of two cores each."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._folder = folder
        self.nodes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        port = self.address.rpartition(":")[2]
        head = ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={self._folder}"]
        self.nodes["head"] = self._start("head", *head)
        assert within(180, lambda: "Ray runtime started" in self.said("head")), self.said("head")
        self.nodes["second"] = self._start("second", f"--address={self.address}")
        assert within(180, lambda: "Ray runtime started" in self.said("second")), self.said("second")

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        command = [str(Path(sys.executable).with_name("ray")), "start", "--block", "--num-cpus=2", *words]
        command += ["--object-store-memory=83886080", "--node-ip-address=127.0.0.1"]
        told = {**os.environ, NODE: name, "RAY_USAGE_STATS_ENABLED": "0"}
        with (self._folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=told, start_new_session=True)

    def said(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def kill(self, name: str) -> None:
        """Ends all processes of a node, as a machine that goes down does."""
        self.nodes[name].kill()
        self.nodes[name].wait()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if f"{NODE}={name}".encode() in (entry / "environ").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
            except (OSError, ProcessLookupError):
                continue


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    # Nodes and whoever uses them show each other the same token.
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "lipfx-test-" + "0" * 32)
    made = Cluster(tmp_path_factory.mktemp("r"))
    try:
        made.start()
        yield made
    finally:
        for name in made.nodes:
            made.kill(name)


def test_all_clips_are_done_though_a_node_dies(
    talking: Path, cluster: Cluster, lipfx: RunLipfx, tmp_path: Path
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    tiny.make_clips(talking, clips, CLIPS)
    words = ["batch", "lipstick", "clips", "--codec", "ffv1", "--name", "{stem}.mkv", "--log-json"]
    engine = ["--engine", "ray", "--address", cluster.address, "--cpus", "1", "--out", "out"]
    with subprocess.Popen([*LIPFX, *words, *engine], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        seen = []
        for line in run.stderr:
            seen.append(json.loads(line))
            done = sum(event.get("state") == "done" for event in seen)
            if done == CLIPS // 4 and "second" in cluster.nodes:
                cluster.kill("second")
                del cluster.nodes["second"]
        status = run.wait(300)
    assert status == 0, seen[-3:]
    assert outcomes(out) == {f"{number:03}.mkv": "done" for number in range(CLIPS)}
    retried = [event for event in seen if event.get("state") == "retried"]
    again = {name for name, record in records(out).items() if record["attempts"] == 2}
    assert retried
    assert {event["output"] for event in retried} == again
    assert left_over(out) == []

    local = lipfx(*words, "--out", tmp_path / "local", cwd=tmp_path)
    assert local.returncode == 0
    for name in outcomes(out):
        assert media.frame_hashes(out / name) == media.frame_hashes(tmp_path / "local" / name)


def test_ray_starts_here_when_no_cluster_is_named(talking: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    tiny.make_clips(talking, tmp_path / "clips", 2)
    done = lipfx(
        "batch", "blur", tmp_path / "clips", "--out", tmp_path / "out", "--engine", "ray", "--cpus", 1
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert outcomes(tmp_path / "out") == {"000.mp4": "done", "001.mp4": "done"}
    assert left_over(tmp_path / "out") == []


def test_a_cluster_that_is_not_there_is_told_at_once(talking: Path, lipfx: RunLipfx, tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        words = ("batch", "blur", talking, "--out", tmp_path / "out", "--engine", "ray", "--address", address)
        done = lipfx(*words, timeout=60)
    assert (done.returncode, f"no cluster at {address}" in done.stderr) == (1, True)
    assert done.stderr.count("\n") == 1
