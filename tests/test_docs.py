"""The documentation: its commands work, its schemas are those of the files, it builds without a warning."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.main import get_command

from lipfx.cli.main import app
from scripts import schemas
from tests.conftest import RunLipfx
from tests.helpers.commands import CHANGES, ROOT, blocks, shell, tried

ELSEWHERE = {
    "README.md": "tests/test_readme.py",
    "docs/training.md": "tests/training/test_guide.py",
    "training/README.md": "tests/training/test_guide.py",  # the same, on the data of a reader
}
"""Pages whose commands another test runs."""

EVERY_PAGE = sorted(
    str(path.relative_to(ROOT))
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "effects/*.md",
        "training/*.md",
        "samples/**/*.md",
        "lipfx/**/*.md",
    )
    for path in ROOT.glob(pattern)
)
PAGES = [page for page in EVERY_PAGE if page not in ELSEWHERE and shell(ROOT / page)]
GIVEN = {"--help", "--version"}
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")


@pytest.fixture
def folder(tmp_path: Path, talking: Path) -> Path:
    """What a reader of a page has: the sample, and lipfx on the path."""
    (tmp_path / "samples").mkdir()
    shutil.copy(talking, tmp_path / "samples")
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_work_from_top_to_bottom(folder: Path, page: str) -> None:
    if page == "docs/editors.md":  # what its extra brings, which has no wheels for the newest Python
        pytest.importorskip("opentimelineio")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    commands = "".join(shell(ROOT / page))
    done = subprocess.run(
        ["/bin/bash", "-e", "-c", tried(commands)],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    named = set(re.findall(r"\S+\.(?:mp4|mkv|mov|jsonl|html|json|nk|setting|jsx)\b", commands))
    written = named & set(tried(commands).split())
    assert [name for name in sorted(written) if not (folder / name).is_file()] == []


def test_every_block_says_its_language_and_is_tried_or_left_out_for_a_reason() -> None:
    for page in EVERY_PAGE:
        fences = re.findall(r"^```(.*)$", (ROOT / page).read_text(), re.MULTILINE)
        assert set(fences[::2]) <= {"sh", "python", "toml", "json", "yaml", "text", "mermaid"}, page
        assert set(fences[1::2]) <= {""}, page
    assert all((ROOT / test).is_file() for test in ELSEWHERE.values())
    left = [
        text
        for page in EVERY_PAGE
        for language, text in blocks(ROOT / page)
        if language == "sh" and text not in shell(ROOT / page)
    ]
    assert len(left) == 3  # a container, and two of SLURM
    everything = "\n".join((ROOT / page).read_text() for page in EVERY_PAGE)
    assert [c.pattern for c in CHANGES if not re.search(c.pattern, everything, re.MULTILINE)] == []


def _options(command: Any) -> set[str]:
    """All options of a command line's command and of those below it."""
    own = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return own.union(*(_options(inner) for inner in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_commands_and_options_in_the_text_are_there(page: str) -> None:
    ours, training = get_command(app), get_command(importlib.import_module("training.__main__").app)
    everywhere = _options(ours) | _options(training) | GIVEN
    for span in INLINE.findall(re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.M | re.S)):
        words = span.split()
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        if re.match(r"lipfx [a-z-]", span):
            known: Any = ours
            for word in words[1:]:
                known = getattr(known, "commands", {}).get(word, known)
            assert known is not ours or words[1] in ("help", "--version"), f"{page}: {span}"
            assert options <= _options(known) | GIVEN, f"{page}: {span}"
        elif words[:2] == ["python", "-m"]:
            assert importlib.util.find_spec(words[2]), f"{page}: {span}"
            assert options <= everywhere, f"{page}: {span}"
        elif span.startswith("--"):
            assert options <= everywhere, f"{page}: {span}"


def test_schemas_are_those_of_the_files(lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    schemas.main([str(tmp_path)])
    for path in tmp_path.iterdir():
        assert path.read_text() == (ROOT / "docs" / "schemas" / path.name).read_text(), "run `make docs`"
    done = lipfx("track", talking, "-", "--end", "0.2")
    head, *frames = map(json.loads, done.stdout.splitlines())
    kinds = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in schemas.KINDS}
    jsonschema.validate(head, kinds["track-header"])
    for frame in frames:
        jsonschema.validate(frame, kinds["track-frame"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**frames[0], "faces": [{"track_id": 0}]}, kinds["track-frame"])


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info < (3, 11), reason="the documentation's tools want Python 3.11")
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "python.html").read_text()
    assert all(
        name in page
        for name in ("process_video", "process_frames", "find_lips", "Session", 'class="doc doc-heading"')
    )
