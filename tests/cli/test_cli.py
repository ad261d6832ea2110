"""How the command line starts and ends: help, usage errors, exit statuses, signals, literal names."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Optional

import pytest

from lipfx.cli import common, options
from lipfx.cli.main import run
from lipfx.core import moments
from lipfx.errors import FfmpegError, InputError, UsageError
from tests.conftest import RunLipfx

HEAVY = {"torch", "cv2", "dlib", "sklearn", "av", "numpy", "PIL", "rich", "tqdm"}


def test_help_needs_nothing_heavy() -> None:
    code = "import sys, lipfx.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert HEAVY.isdisjoint(loaded.split())


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command(lipfx: RunLipfx, option: str) -> None:
    done = lipfx(option)
    assert done.returncode == 0
    for command in ("apply", "masks", "track", "live", "effects", "doctor"):
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing command"),
        (["aply"], "Did you mean 'apply'"),
        (["apply", "lipstick"], "wanted CHAIN INPUT [OUTPUT]"),
        (["apply", "--chain", "look.toml", "lipstick", "in.mp4", "out.mp4"], "wanted INPUT [OUTPUT]"),
        (["apply", "lipstick", "in.mp4", "out.mp4", "--start", "soon"], "'soon' is no time"),
        (["apply", "lipstick", "in.mp4", "out.mp4", "--start", "2", "--end", "1:60:x"], "is no time"),
        (
            ["apply", "lipstick", "in.mp4", "out.mp4", "--start", "2", "--end", "0:01.5"],
            "nothing would be left",
        ),
        (["masks", "in.mp4", "out", "--bits", "12"], "'12' is not one of '8', '16'"),
        (["track"], "Missing argument 'INPUT'"),
        (["help", "aply"], "Did you mean 'apply'"),
        (["apply", "lipstick,liner", "in.mp4"], "joined by '+': lipstick+liner"),
        (
            ["apply", "evening:smile=1", "in.mp4"],
            "preset 'evening' has no parameter 'smile'; it takes: amount, ",
        ),
        (["track", "in.mp4", "out.jsonl", "--device", "abacus"], "abacus"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(lipfx: RunLipfx, arguments: list[str], words: str) -> None:
    done = lipfx(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def _raise(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InputError("a.mp4 does not exist; check the name"), 1, "a.mp4 does not exist; check the name"),
        (UsageError("no"), 2, "no"),
        (FfmpegError("ffmpeg failed:\n no space", ["ffmpeg"], "tail"), 1, "ffmpeg failed: no space"),
        (PermissionError(13, "Permission denied", "/x/out.mp4"), 1, "/x/out.mp4: Permission denied"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("oops"), 1, "internal error: ZeroDivisionError: oops; run again with --debug"),
    ],
)  # fmt: skip
def test_every_error_becomes_a_status_and_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, line: str
) -> None:
    assert common.run(lambda: _raise(error), debug=False) == status
    assert capsys.readouterr().err == f"lipfx: {line}\n"


def test_debug_adds_the_traceback_and_ffmpegs_words(capsys: pytest.CaptureFixture[str]) -> None:
    error = FfmpegError("ffmpeg failed", ["ffmpeg", "-i", "a b.mp4"], "moov atom not found")
    assert common.run(lambda: _raise(error), debug=True) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "ffmpeg -i 'a b.mp4'\nmoov atom not found" in shown
    assert shown.endswith("lipfx: ffmpeg failed\n")


def test_debug_may_stand_anywhere(lipfx: RunLipfx) -> None:
    for arguments in (
        ["--debug", "track", "none.mp4", "o.jsonl"],
        ["track", "none.mp4", "o.jsonl", "--debug"],
    ):
        done = lipfx(*arguments)
        assert done.returncode == 1
        assert "Traceback" in done.stderr


def _warn() -> int:
    logging.getLogger("lipfx.pipeline").warning("no face\nfound in %s", "a.mp4")
    return 0


def test_warnings_are_shown_once_and_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert common.run(_warn, debug=False) == 0
    assert capsys.readouterr().err == "lipfx: warning: no face found in a.mp4\n" * 2


HIDING_SIGNAL = """
import os

try:
    os.kill(os.getpid(), {number})
except KeyboardInterrupt:
    raise ImportError("initialization failed")  # as extension modules do
"""
SIGNAL_DURING_IMPORT = """
import importlib.abc, os, signal, sys
import lipfx.__main__

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "lipfx.cli.main":
            exec(f"os.kill(os.getpid(), {sys.argv.pop()})")  # as dataclasses do in most imports

sys.meta_path.insert(0, Finder())
lipfx.__main__.main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_modules_are_imported_ends_with_status_130(number: signal.Signals) -> None:
    command = [sys.executable, "-c", SIGNAL_DURING_IMPORT, "--help", str(int(number))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_a_library_turned_into_an_error_of_its_own_is_still_a_signal(
    lipfx: RunLipfx, tmp_path: Path, number: signal.Signals
) -> None:
    effect = tmp_path / "glow.py"
    effect.write_text(HIDING_SIGNAL.format(number=int(number)))
    done = lipfx("effects", "describe", str(effect))
    assert (done.returncode, done.stderr) == (130, "lipfx: interrupted\n")


@pytest.mark.parametrize(
    ("text", "wanted"), [("12.5", 12.5), ("0", 0.0), ("1:02.5", 62.5), ("1:00:00", 3600.0)]
)
def test_times(text: str, wanted: float) -> None:
    assert moments.seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "x", "-1", "1:-2", "inf", "nan", "1:2:3:4"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        moments.seconds(text)


def test_existing_files_that_look_like_options_are_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("-in.mp4", "--crf", "plain.mp4"):
        Path(name).touch()
    longer = "--" + "x" * 5000  # than the name of any file
    given = ["apply", "-in.mp4", "--crf", "-out.mp4", "plain.mp4", longer]
    wanted = ["apply", "./-in.mp4", "--crf", "-out.mp4", "plain.mp4", longer]
    assert common.with_literal_names(given, is_option=lambda name: name == "--crf") == wanted


def test_an_argument_that_no_name_could_be_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["masks", "in.mp4", "out", "--face-like", "\ud800"]) == 2
    assert capsys.readouterr().err == "lipfx: '\\ud800' is no text that a name could be; write it otherwise\n"


def test_what_python_310_wraps_around_an_argument_is_taken_off() -> None:
    argument = Annotated[str | None, "an argument"]
    assert options._bare(Optional[argument]) is argument  # noqa: UP045 - as `get_type_hints` makes it there
    assert options._bare(argument) is argument
    assert options._bare(str | None) == (str | None)
