"""Owns fixtures that all tests share: sample clips, the shared data, the command line as a process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import pytest
from numpy.typing import NDArray

from samples import make

Variant: TypeAlias = Callable[[str], Path]
RunLipfx: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]

Keep: TypeAlias = Callable[[str, NDArray[Any]], None]

LIPFX = (sys.executable, "-m", "lipfx")
COMMAND_SECONDS = 240

_PICTURES = pytest.StashKey[dict[str, NDArray[Any]]]()


@pytest.fixture(autouse=True, scope="session")
def _interrupts_reach_children() -> None:
    """A shell that starts tests in the background has interrupts ignored, in all that the tests start too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared photographs and clips, which is not part of the project."""
    folder = os.environ.get("LIPFX_SHARED")
    if not folder:
        pytest.skip("LIPFX_SHARED is not set: it names the folder of shared data and clips")
    path = Path(folder)
    if not path.is_dir():
        pytest.skip(f"LIPFX_SHARED names {folder}, which is not a folder")
    return path


@pytest.fixture(scope="session")
def talking() -> Path:
    """The committed sample: a talking face with sound, 512x512, 125 frames at 25 a second."""
    return make.SAMPLE


@pytest.fixture(scope="session")
def variant(tmp_path_factory: pytest.TempPathFactory) -> Variant:
    """Makes a clip of samples/make.py by name, once per run."""
    folder = tmp_path_factory.mktemp("clips")

    def get(name: str) -> Path:
        path = folder / name
        if not path.exists():
            make.VARIANTS[name](path)
        return path

    return get


@pytest.fixture(scope="session")
def lipfx() -> RunLipfx:
    """Runs the command line in a process of its own, as a user does."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [*LIPFX, *map(str, arguments)]
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command,
            **{"capture_output": True, "text": True, "timeout": COMMAND_SECONDS, "check": False, **options},
        )

    return run


_LAST_LINE = re.compile(
    r"^[^\n]+: \d+ frames?, \d+ faces?(, \d+ doubtful stretch(es)?)?, \d+\.\d s(, \d+\.\dx real time)?\n\Z",
    re.MULTILINE,
)


def odd(done: subprocess.CompletedProcess[str]) -> str:
    """What a run that went well wrote on standard error beside its last line, which must be there."""
    rest, lines = _LAST_LINE.subn("", done.stderr)
    assert lines == 1, done.stderr
    return rest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Saves the pictures that a failed test kept, and says where they are."""
    report = yield
    kept = item.stash.get(_PICTURES, {})
    if report.when == "call" and report.failed and kept:
        folder = item.config.rootpath / "out" / "failed" / re.sub(r"[^\w.-]+", "-", item.name)
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in kept.items():
            cv2.imwrite(str(folder / f"{name}.png"), picture if picture.ndim == 2 else picture[..., ::-1])
        report.sections.append(("pictures", f"kept in {folder}"))
    return report


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Keep:
    """Remembers pictures, (h, w) or RGB (h, w, 3), by name; a failing test leaves them in out/failed/."""
    kept: dict[str, NDArray[Any]] = request.node.stash.setdefault(_PICTURES, {})
    return kept.__setitem__
