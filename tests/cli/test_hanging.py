"""Programs in ffmpeg's place that never answer: lipfx ends within seconds, and nothing stays."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from lipfx.errors import InputError
from lipfx.video.ffmpeg import patience
from lipfx.video.ffmpeg.probe import probe
from lipfx.video.reader import Reader
from lipfx.video.source import open_source
from tests.conftest import LIPFX, RunLipfx
from tests.helpers.waiting import within

SECONDS = 60


def put(folder: Path, name: str, code: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{code}\n")
    (folder / name).chmod(0o755)


def sleeping(mark: str) -> bool:
    """Whether a process with `mark` in its command line runs."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in entry.read_bytes() and int(entry.parent.name) != os.getpid():
                return True
        except OSError:
            continue
    return False


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="/proc is not there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("tool", ["ffmpeg", "ffprobe"])
def test_a_signal_ends_a_run_whose_tool_never_answers(
    tool: str, number: signal.Signals, talking: Path, tmp_path: Path
) -> None:
    seconds = f"{300 + os.getpid() % 1000}.{number.value}"
    put(tmp_path / "bin", tool, f"touch {tmp_path}/asked; sleep {seconds}")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [*LIPFX, "apply", "lipstick", str(talking), str(tmp_path / "out.mp4")]
    with subprocess.Popen(
        command, env={**os.environ, "PATH": path}, stderr=subprocess.PIPE, text=True
    ) as run:
        assert within(SECONDS, (tmp_path / "asked").exists)
        run.send_signal(number)
        _, said = run.communicate(timeout=SECONDS)
    assert (run.returncode, said) == (130, "lipfx: interrupted\n")
    assert within(5, lambda: not sleeping(f"sleep\0{seconds}"))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["asked", "bin"]


def test_what_ffprobe_says_is_not_trusted(
    talking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    whole = '{"format": {"format_name": "mov"}, "streams": [{"index": "x", "codec_type": "video"}]}'
    for said in ("[]", "rubbish", "{}", '{"format": 7}', '{"format": {"format_name": []}}', whole):
        put(tmp_path / "bin", "ffprobe", f"cat <<'END'\n{said}\nEND")
        with pytest.raises(InputError, match=r"ffprobe|no format"):
            probe(talking)


def test_a_pipe_named_like_a_picture_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in.png")
    with pytest.raises(InputError, match="a pipe or a device"):
        open_source(tmp_path / "in.png")


def test_a_decoder_that_gives_nothing_is_ended_with_a_word(
    talking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SILENCE", 2.0)
    clip = probe(talking)
    put(tmp_path / "bin", "ffmpeg", "sleep 300")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(InputError, match="gave no picture"), Reader(clip) as reader:
        next(reader)
    assert shutil.which("ffmpeg") == str(tmp_path / "bin" / "ffmpeg")


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        ("ffmpeg", 'echo "ffmpeg version 4.2.7"; [ "$1" = -version ]'),
        ("ffprobe", 'echo \'{"program_version": {"version": "n4.2.7"}}\'; exit 1'),
    ],
)
def test_too_old_a_version_is_said_by_every_run(
    tool: str, code: str, lipfx: RunLipfx, talking: Path, tmp_path: Path
) -> None:
    put(tmp_path / "bin", tool, code)
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = lipfx("track", talking, tmp_path / "out.jsonl", env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"lipfx: {tool} 4.2.7 is too old, 5.1 or newer is wanted; install")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {0}\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><BaseURL>{0}</BaseURL></Period></MPD>',
    ],
)
def test_what_a_playlist_names_is_not_opened(text: str, tmp_path: Path) -> None:
    """A pipe tells when somebody opens it: its other end can be opened without waiting only then."""
    os.mkfifo(tmp_path / "next.ts")
    (tmp_path / "in.m3u8").write_text(text.format("next.ts"))
    opened = []

    def watch() -> None:
        with (tmp_path / "next.ts").open("wb"):
            opened.append(True)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    with pytest.raises(InputError, match=r"is a playlist or text|is not a video"):
        probe(tmp_path / "in.m3u8")
    assert not opened
    os.close(os.open(tmp_path / "next.ts", os.O_RDONLY | os.O_NONBLOCK))  # lets the watcher go
    watcher.join()
