"""Completion as shells do it: a line is typed, the Tab key is pressed, and what stands there then is read."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import RunLipfx

SHELLS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
START = {
    "bash": "source <(lipfx completion bash)",
    "zsh": "autoload -Uz compinit; compinit -u -d $ZDOTDIR/dump; source <(lipfx completion zsh)",
}
PATIENCE = 60.0
LINES = [
    ("lipfx app", "lipfx apply "),
    ("lipfx effects desc", "lipfx effects describe "),
    ("lipfx apply teeth", "lipfx apply teeth-whiten "),
    ("lipfx apply lipstick:sh", "lipfx apply lipstick:shade="),
    ("lipfx apply lipstick:shade=rub", "lipfx apply lipstick:shade=ruby "),
    ("lipfx apply teeth-whiten+lipstick:opacity=1,shade=rub", "shade=ruby "),
    ("lipfx apply everyd", "lipfx apply everyday "),
    ("lipfx batch lipstick clips --do mas", "--do masks "),
    ("lipfx apply lipstick cli", "lipfx apply lipstick clip.mp4 "),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one clip, and the command `lipfx` on a path of its own."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "clip.mp4").touch()
    command = folder / "bin" / "lipfx"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m lipfx "$@"\n')
    command.chmod(0o755)
    return folder


def _environment(home: Path) -> dict[str, str]:
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(home), "ZDOTDIR": str(home), "TERM": "dumb", "PS1": "> "}


class _Terminal:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def read_until(self, wanted: str) -> str:
        """All that is shown from now until `wanted` is."""
        shown, end = "", time.monotonic() + PATIENCE
        while wanted not in shown:
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"waited for {wanted!r}, saw {shown!r}"
            shown += os.read(self._descriptor, 4096).decode(errors="replace")
        return shown


@contextmanager
def _shell(name: str, home: Path) -> Iterator[_Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        SHELLS[name],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home,
        env=_environment(home),
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield _Terminal(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.parametrize("name", ["bash", pytest.param("zsh", marks=pytest.mark.slow)])
def test_words_are_completed_where_they_are_typed(home: Path, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    with _shell(name, home) as terminal:
        terminal.type(f"{START[name]}; echo rea''dy\n")
        terminal.read_until("ready")
        for line, wanted in LINES:
            terminal.type(f"{line}\t")
            terminal.read_until(wanted)
            terminal.type("\x15")  # takes the line back


@pytest.mark.slow
def test_fish_completes_words(home: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    for line, wanted in LINES:
        code = f"lipfx completion fish | source; complete -C '{line}'"
        done = subprocess.run(
            ["fish", "--no-config", "-c", code],
            cwd=home,
            env=_environment(home),
            capture_output=True,
            text=True,
            check=True,
        )
        words = [row.partition("\t")[0] for row in done.stdout.splitlines()]
        assert any(word.endswith(wanted.split()[-1]) for word in words), (line, words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("lipfx masks --kind ", ["alpha", "labels"]),
        ("lipfx help ef", ["effects"]),
        ("lipfx apply lipstick:shade@anna=wi", ["lipstick:shade@anna=wine"]),
        ("lipfx apply 'ombre:inner=pet", ["ombre:inner=petal"]),
        ("lipfx apply nosuch:sh", []),
        ("lipfx apply lipstick ", []),
    ],
)
def test_answers(lipfx: RunLipfx, line: str, words: list[str]) -> None:
    done = lipfx("complete", line)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row.partition("\t")[0] for row in done.stdout.splitlines()] == words
