"""The guide from pictures to a better model: its commands work as written there, on a few drawn faces."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lipfx.tcnn import checkpoint
from lipfx.video.ffmpeg.probe import probe
from tests.helpers.drawn import make_maps

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(
    r"^```sh\n(.*?)^```$", (ROOT / "docs/training.md").read_text(), re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, talking: Path) -> Path:
    """What a reader has: a checkout, pictures with label maps, a clip; after all of the guide's commands."""
    folder = tmp_path_factory.mktemp("guide")
    make_maps(folder / "MY/portraits", 26)
    for name in ("training", "lipfx"):
        (folder / name).symlink_to(ROOT / name)
    cut = ["ffmpeg", "-v", "error", "-i", str(talking), "-t", "0.4", "-c", "copy", str(folder / "CLIP.mp4")]
    subprocess.run(cut, check=True)
    commands = "".join(COMMANDS).replace("training all", "training all --quick 0.01")
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    assert "training: measuring: 2 of 2" in done.stderr
    return folder


def test_the_guide_ends_in_weights_that_are_used(folder: Path) -> None:
    assert checkpoint.load(folder / "OUT").description.training["counts"] == {"portraits": 26}
    assert (probe(folder / "RESULT.mp4").video.frame_count or 0) > 5


def test_the_guide_shows_curves_and_figures(folder: Path) -> None:
    assert (folder / "OUT/refiner.curve.png").is_file()
    report = (folder / "OUT/report-held-out/report.md").read_text()
    assert report.startswith("# The cascade on portraits's held-out training pictures")
    assert re.search(r"^\| refiner \| 2 \|", report, re.MULTILINE)


def test_no_test_pictures_without_helen(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "training", "evaluate", "--data", "MY", "--out", "OUT"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("training: MY/helen: no such folder")
    assert "--held-out" in done.stderr
