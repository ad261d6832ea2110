"""`lipfx live` as a user starts it where it cannot be: one line, and before that all is read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import RunLipfx

BLIND = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": ""}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a window needs no display to be named")
@pytest.mark.parametrize("options", [["--input", "talking.mp4"], ["--camera", "0", "--virtual-camera"]])
def test_without_a_display_it_says_so(lipfx: RunLipfx, tmp_path: Path, options: list[str]) -> None:
    done = lipfx("live", "everyday:shade=plum", *options, env=BLIND, cwd=tmp_path)
    wanted = "lipfx: no window can be opened, there is no display; run it in a desktop's terminal\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", wanted)
    assert list(tmp_path.iterdir()) == []


def test_an_opencv_without_windows_says_so(lipfx: RunLipfx, tmp_path: Path) -> None:
    headless = "import cv2\ncv2.currentUIFramework = lambda: ''\n"
    (tmp_path / "sitecustomize.py").write_text(headless)
    done = lipfx("live", "lipstick", env={**BLIND, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "built without windows; pip uninstall opencv-python-headless, then pip install" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no chain of effects is named"),
        (["lipstick", "--camera", "1", "--input", "a.mp4"], "choose one"),
        (["lipstick:shade@anna=ruby", "--person", "anna=1,1"], "--person wants a whole clip"),
        (["lipstick:shade=rubi"], "rubi"),
        (["lipstick", "--start", "x"], "'x' is no time"),
    ],
)
def test_what_is_wrong_is_said_before_a_window_opens(
    lipfx: RunLipfx, arguments: list[str], words: str
) -> None:
    done = lipfx("live", *arguments, env=BLIND)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
