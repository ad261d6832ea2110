"""Every command in README.md works as it is written there, on the sample, in a folder of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.commands import ROOT, blocks, shell, tried

BLOCKS = blocks(ROOT / "README.md")
LAST_LINE = re.compile(r"\S+: \d+ frames?(, \d+ faces?)?, \d+\.\d s(, \d+\.\dx real time)?")
SHELL = shell(ROOT / "README.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, talking: Path) -> Path:
    """What a reader has after the set-up: the sample, the virtual environment, the files README shows."""
    if not Path(sys.prefix, "bin", "activate").is_file():
        pytest.skip("not run in a virtual environment, which README's commands activate")
    folder = tmp_path_factory.mktemp("readme")
    (folder / "samples").mkdir()
    shutil.copy(talking, folder / "samples")
    shutil.copy(ROOT / "Makefile", folder)
    (folder / ".venv").symlink_to(sys.prefix)
    for language, text in BLOCKS:
        if language == "python":
            name = re.match(r"# (\S+\.py)\n", text)
            assert name, "a Python block names its file in its first line"
            (folder / name[1]).write_text(text)
    return folder


@pytest.mark.parametrize("block", SHELL, ids=[block.split("\n")[0] for block in SHELL])
def test_commands_work(folder: Path, block: str) -> None:
    activate = "" if block.startswith(("make", ". ")) else ". .venv/bin/activate\n"
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", activate + tried(block)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert [line for line in lines if not LAST_LINE.fullmatch(line)] == []


def test_results_are_where_readme_says(folder: Path) -> None:
    written = re.findall(r"\S+\.(?:mp4|mkv|jsonl)\b", "".join(SHELL))
    assert len(set(written)) > 6
    assert [name for name in written if not (folder / name).is_file()] == []
    assert len(list((folder / "masks").glob("*.png"))) == 25
    assert len(list(folder.glob("plum-*.png"))) == 20
    assert all((folder / name).is_file() for name in ("sheet.png", "wine.png", "first.mp4"))


def test_only_blocks_of_known_kinds() -> None:
    assert {language for language, _ in BLOCKS} == {"sh", "python"}
