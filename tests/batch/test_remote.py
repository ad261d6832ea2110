"""Clips and folders that fsspec reaches: in memory, and on an S3 server of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lipfx.batch.folder import open_folder
from lipfx.batch.inputs import find_clips
from lipfx.batch.naming import TEMPLATES, output_name
from lipfx.batch.perform import perform
from lipfx.batch.plan import Rules, Verdict, Wanted, make_plan
from lipfx.batch.records import Records
from lipfx.batch.task import Job, Setup
from lipfx.effects.chain import parse_items
from lipfx.errors import InputError, MissingToolError
from lipfx.pipeline import ApplyOptions
from tests.conftest import RunLipfx
from tests.helpers import media, tiny
from tests.helpers.waiting import within

fsspec = pytest.importorskip("fsspec")


def test_memory_in_and_out(talking: Path, tmp_path: Path) -> None:
    clip = tiny.make_clip(talking, tmp_path / "a.mp4")
    memory = fsspec.filesystem("memory")
    for name in ("in/day 1/a.mp4", "in/.hidden/b.mp4", "in/c.txt"):
        memory.pipe_file(f"/{name}", clip.read_bytes())
    found = find_clips(["memory://in"], "memory://out")
    assert [(f.source, f.relative) for f in found] == [("memory://in/day 1/a.mp4", "day 1/a.mp4")]
    folder = open_folder("memory://out")
    job = Job("apply", ApplyOptions(), parse_items("blur"), text="blur")
    wanted = [Wanted(f, output_name(f, TEMPLATES["apply"]), job) for f in found]
    (planned,) = make_plan(wanted, folder, Records(folder).read(), Rules(keep_tracks=True))
    assert planned.verdict is Verdict.NEW

    setup = Setup(folder="memory://out", room=tmp_path / "room")
    result = perform(planned.task, setup)

    assert result.error == ""
    assert (result.frames, result.faces) == (tiny.FRAMES, 1)
    assert memory.cat_file("/" + f"out/{result.tracks}").startswith(b'{"format":"lipfx-track"')
    (tmp_path / "made-up.mp4").write_bytes(memory.cat_file("/out/day 1/a.mp4"))
    assert len(media.frame_times(tmp_path / "made-up.mp4")) == tiny.FRAMES
    assert list((tmp_path / "room").iterdir()) == []


def test_a_clip_that_scratch_has_no_room_for_is_not_copied(talking: Path, tmp_path: Path) -> None:
    clip = tiny.make_clip(talking, tmp_path / "a.mp4")
    fsspec.filesystem("memory").pipe_file("/large/a.mp4", clip.read_bytes())
    folder = open_folder("memory://large-out")
    job = Job("apply", ApplyOptions(), parse_items("blur"))
    (found,) = find_clips(["memory://large/a.mp4"], "memory://large-out")
    (planned,) = make_plan([Wanted(found, "a.mp4", job)], folder, {}, Rules())
    result = perform(planned.task, Setup("memory://large-out", tmp_path / "room", scratch=100))
    assert "--scratch-limit" in result.error
    assert not folder.has("a.mp4")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server of this machine, for the files in `tmp_path / "web"`."""
    pytest.importorskip("aiohttp")
    (tmp_path / "web").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen([*command, "--directory", tmp_path / "web"], stdout=log, stderr=log)
    try:
        assert within(60, lambda: _answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def test_clips_of_the_web(talking: Path, tmp_path: Path, server: str, lipfx: RunLipfx) -> None:
    clip = tiny.make_clip(talking, tmp_path / "web" / "a.mp4")
    words = ["batch", "blur", f"{server}/a.mp4", "--out", tmp_path / "out", "--codec", "ffv1"]
    done = lipfx(*words, "--name", "{stem}.mkv")
    assert done.returncode == 0, done.stderr
    assert lipfx("apply", "blur", clip, tmp_path / "here.mkv", "--codec", "ffv1").returncode == 0
    assert media.frame_hashes(tmp_path / "out" / "a.mkv") == media.frame_hashes(tmp_path / "here.mkv")
    assert "done already" in lipfx(*words, "--name", "{stem}.mkv", "--dry-run").stdout
    gone = lipfx("batch", "blur", f"{server}/gone.mp4", "--out", tmp_path / "out")
    assert gone.returncode == 1
    assert gone.stderr.startswith(f"lipfx: {server}/gone.mp4 holds no video")


@pytest.mark.parametrize("address", ["memory://nothing/a.mp4", "teleport://x/a.mp4"])
def test_what_is_not_there_is_said(address: str) -> None:
    with pytest.raises((InputError, MissingToolError), match=r"nothing is there|holds no video|teleport"):
        find_clips([address], "out")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server of this machine, known to all processes that are started, with a bucket."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ})
    try:
        assert within(60, lambda: _answers(port))
        _s3("import s3fs; s3fs.S3FileSystem().mkdir('night')")
        yield "s3://night"
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _s3(code: str) -> str:
    """What a process prints: a client's threads and sockets stay out of the tests' own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_s3_in_and_out(talking: Path, tmp_path: Path, bucket: str, lipfx: RunLipfx) -> None:
    clips = tiny.make_clips(talking, tmp_path / "clips", 3)
    (tmp_path / "clips" / "bad.mp4").write_text("this is no video")
    _s3(
        f"import s3fs; s3fs.S3FileSystem().put({str(tmp_path / 'clips')!r} + '/', 'night/in', recursive=True)"
    )
    words = ["batch", "lipstick", f"{bucket}/in", "--out", f"{bucket}/out", "--codec", "ffv1", "--jobs", 2]
    done = lipfx(*words, "--name", "{stem}.mkv")
    assert done.returncode == 1, done.stderr
    assert "3 done (12 frames), 1 failed" in done.stdout
    again = lipfx(*words, "--name", "{stem}.mkv", "--dry-run").stdout
    assert (again.count("done already"), again.count("failed before")) == (3, 1)
    status = lipfx("batch", "--status", f"{bucket}/out")
    assert "3 done (12 frames), 1 failed" in status.stdout, status.stderr

    _s3(f"import s3fs; s3fs.S3FileSystem().get('night/out', {str(tmp_path / 'got')!r}, recursive=True)")
    local = [
        "batch",
        "lipstick",
        *clips,
        "--out",
        tmp_path / "here",
        "--codec",
        "ffv1",
        "--name",
        "{stem}.mkv",
    ]
    assert lipfx(*local).returncode == 0
    for clip in clips:
        name = f"{clip.stem}.mkv"
        assert media.frame_hashes(tmp_path / "got" / name) == media.frame_hashes(tmp_path / "here" / name)
    kept = {path.name for path in (tmp_path / "got").iterdir()}
    assert kept == {"000.mkv", "001.mkv", "002.mkv", "batch.jsonl", "index.html", ".lipfx-batch"}
