"""Plugin projects as strangers have them: they install, are found and keep the contract."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lipfx.effects.registry import load_file
from lipfx.effects.scaffold import Kind, write_project
from lipfx.errors import OutputError, UsageError
from lipfx.testing import broken_rules

EXAMPLE = Path(__file__).parents[2] / "samples" / "plugin_example"


def install(project: Path, folder: Path) -> dict[str, str]:
    """Installs a project into a folder of its own; the environment in which it is found."""
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(project)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return os.environ | {"PYTHONPATH": str(folder)}


def lipfx(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "lipfx", *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_example_installs_is_listed_and_keeps_the_contract(tmp_path: Path) -> None:
    environment = install(EXAMPLE, tmp_path / "site")
    listed = lipfx(environment, "effects", "list").splitlines()
    ours = [line.split()[0] for line in listed if line.endswith("[lipfx-aurora 0.1.0]")]
    assert ours == ["aurora", "northern"]
    assert "polar-night  #3a2350" in lipfx(environment, "effects", "list", "--shades")
    assert '"strength"' in lipfx(environment, "effects", "describe", "aurora", "--json")
    assert "BROKEN" not in lipfx(environment, "effects", "check", "aurora:strength=80")


def test_new_project_installs_and_passes_its_own_test(tmp_path: Path) -> None:
    project = write_project("soft-glow", tmp_path)
    environment = install(project, tmp_path / "site")
    assert "BROKEN" not in lipfx(environment, "effects", "check", "soft-glow")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project)]
    result = subprocess.run(
        command, env=environment, cwd=project, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_a_new_project_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, written = Path.write_text, []

    def write_two(path: Path, text: str, **options: Any) -> int:
        written.append(path)
        if len(written) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, text, **options)

    monkeypatch.setattr(Path, "write_text", write_two)
    with pytest.raises(OutputError, match="No space left"):
        write_project("glow", tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert write_project("glow", tmp_path).is_dir()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("colour", "soft-glow"), ("colour", "none"), ("colour", "patch"), ("colour", "annotated")),
        *(("warp", "soft-glow"), ("warp", "warp"), ("render", "soft-glow"), ("frame", "picture")),
        ("frame", "soft-glow"),
    ],
)
def test_every_kind_of_new_project_keeps_the_contract(tmp_path: Path, kind: Kind, name: str) -> None:
    project = write_project(name, tmp_path, kind)
    assert broken_rules(load_file(project / f"lipfx_{name.replace('-', '_')}.py")()) == []


def test_new_project_is_not_written_over_anything_or_badly_named(tmp_path: Path) -> None:
    write_project("glow", tmp_path)
    with pytest.raises(OutputError, match="exists already"):
        write_project("glow", tmp_path)
    for name in ("Glow", "1glow", "glow_", "glow--x", "../glow", ""):
        with pytest.raises(UsageError, match="cannot name an effect"):
            write_project(name, tmp_path)
