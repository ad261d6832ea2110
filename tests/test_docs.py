"""The documentation: its commands work, its schemas are those of the files, it builds without a warning."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from scripts import schemas
from tests.conftest import RunLipfx

ROOT = Path(__file__).parents[1]
PAGES = ("tutorial", "recipes")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, talking: Path) -> Path:
    """What a reader of a page has: the sample, and lipfx on the path."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "samples").mkdir()
    shutil.copy(talking, folder / "samples")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_work_from_top_to_bottom(folder: Path, page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 5
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", "".join(blocks)],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    written = set(re.findall(r"\S+\.(?:mp4|mkv|mov|jsonl|html|json)\b", "".join(blocks)))
    assert [name for name in sorted(written) if not (folder / name).is_file()] == []


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
    assert all(name in page for name in ("process_video", "process_frames", 'class="doc doc-heading"'))
