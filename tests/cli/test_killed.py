"""Over the command line: whenever a run is killed there is the complete output or none, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import LIPFX
from tests.helpers import media
from tests.helpers.waiting import within

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="/proc is not there"),
]

MOMENTS = 10
FRAMES = 50
MARK = "LIPFX_TEST_RUN"


def start(source: Path, output: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A run that writes its words to `said(output)`, and the mark in the environment of all its processes."""
    mark = uuid.uuid4().hex
    command = [*LIPFX, "apply", "lipstick", str(source), str(output), "--end", str(FRAMES / 25)]
    with said(output).open("wb") as words:
        return subprocess.Popen(command, stderr=words, env={**os.environ, MARK: mark}), mark


def said(output: Path) -> Path:
    """The file with what the run for `output` wrote on stderr: beside its folder, not in it."""
    return output.parent.with_suffix(".log")


def still_running(mark: str) -> list[str]:
    """Command lines of the processes that carry `mark`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def left_after_the_next_run(source: Path, folder: Path) -> list[str]:
    """What lies in `folder` when a run has followed one whose temporary file nobody could remove."""
    (temporary,) = folder.iterdir()
    assert re.fullmatch(r"\.out\.lipfx-\w{16}", temporary.name)
    run, _ = start(source, folder / "out.mp4")
    assert run.wait() == 0
    return [path.name for path in folder.iterdir()]


@pytest.fixture(scope="module")
def seconds(talking: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a whole run takes here."""
    before = time.monotonic()
    run, _ = start(talking, tmp_path_factory.mktemp("whole") / "out.mp4")
    assert run.wait() == 0
    return time.monotonic() - before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_killed_at_random_moments(
    talking: Path, tmp_path: Path, seconds: float, number: signal.Signals
) -> None:
    moments = np.random.default_rng(int(number)).uniform(0.0, seconds, MOMENTS)
    source = Path(shutil.copy(talking, tmp_path / "in.mp4"))
    complete = 0
    for place, moment in enumerate(sorted(moments)):
        folder = tmp_path / f"{place}"
        folder.mkdir()
        run, mark = start(source, folder / "out.mp4")
        with run:
            time.sleep(moment)
            run.send_signal(number)
            status = run.wait(20)
        words = said(folder / "out.mp4").read_text()
        assert status in (0, 130, -number), words  # the last: before lipfx was there to answer
        assert within(2, lambda mark=mark: not still_running(mark)), still_running(mark)  # type: ignore[misc]
        left = [path.name for path in folder.iterdir()]
        if number is signal.SIGKILL and left not in ([], ["out.mp4"]):
            left = left_after_the_next_run(source, folder)
        assert left in ([], ["out.mp4"]), moment
        assert left or status
        if left:
            complete += 1
            assert len(media.frame_times(folder / "out.mp4")) == FRAMES
    words = f"{number.name}: {complete} of {MOMENTS} runs of {seconds:.1f} s had written their output"
    print(words)  # noqa: T201 - `pytest -s` shows it
