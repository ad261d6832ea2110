"""Every command in README.md works as it is written there, on the sample, in a folder of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
LAST_LINE = re.compile(r"\S+: \d+ frames?, \d+ faces?, \d+\.\d s(, \d+\.\dx real time)?")
SHELL = [text for language, text in BLOCKS if language == "sh"]


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
    instead = {  # `make test` runs this test; a release is installed for good in a clean environment
        "make ": f"make --dry-run -C {ROOT} ",
        "pip install .": f"pip install --quiet --dry-run --no-deps --no-build-isolation {ROOT}",
    }
    commands = "\n".join(
        next((line.replace(own, other) for own, other in instead.items() if line.startswith(own)), line)
        for line in block.splitlines()
    )
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", activate + commands], cwd=folder, capture_output=True, text=True, check=False
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
