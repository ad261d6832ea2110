"""Plugins that do what they should not: everything else works beside each, and says what is wrong with it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lipfx.effects import trial
from lipfx.effects.registry import find_effect, installed_effects
from lipfx.errors import EffectError
from tests.conftest import RunLipfx, odd

GOOD = """
from lipfx.effects import Effect
class Horror(Effect, frozen=True, kw_only=True):
    "A quiet one."
    def render(self, patch):
        return patch.rgb
"""
LIAR = "class Liar(type):\n    {}\nclass Horror(metaclass=Liar): pass\n"
CODE: dict[str, str | bytes] = {
    "exits": "import sys; sys.exit(7)",
    "exits-hard": "import os; os._exit(0)",
    "dies": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "kills-its-group": "import os, signal; os.killpg(0, signal.SIGKILL)",
    "interrupts": "raise KeyboardInterrupt",
    "base-exception": "class Own(BaseException): pass\nraise Own('mine')",
    "generator-exit": "raise GeneratorExit",
    "recursion": "def f(): f()\nf()",
    "memory": "raise MemoryError",
    "syntax": "this is no Python",
    "not-utf8": GOOD.encode().replace(b"quiet", b"caf\xe9"),
    "nul": b"\x00\x01\x02",
    "missing-module": "import no_such_module",
    "wrong-kind": "Horror = 7",
    "lacks-it": "x = 1",
    "hostile-repr": "class N:\n    def __repr__(self): raise SystemExit(3)\nHorror = N()",
    "hostile-str": "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
    "hostile-class": LIAR.format("def __getattribute__(cls, name): raise SystemExit(4)"),
    "talks": "import sys; print('hello'); print('hello', file=sys.stderr)\n" + GOOD,
    "closes": "import os; os.close(1); os.close(2)\n" + GOOD,
    "warns": "import warnings; warnings.warn('old'); warnings.simplefilter('error')\n" + GOOD,
    "escapes": GOOD.replace("A quiet one.", "\\x1b]0;title\\x07 loud"),
    "hangs": "while True: pass",
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()\n" + GOOD,
}
WORKING = ("talks", "closes", "warns", "escapes", "threads")


def install(folder: Path, name: str, code: str | bytes, points: bytes | None = None) -> None:
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_bytes(code.encode() if isinstance(code, str) else code)
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    declared = f"[lipfx.effects]\n{name} = {module}:Horror\n".encode()
    (metadata / "entry_points.txt").write_bytes(declared if points is None else points)


@pytest.fixture
def horrors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, code in CODE.items():
        if name != "hangs":
            install(tmp_path, name, code)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("horrors")
def test_every_horror_is_listed_with_what_is_wrong() -> None:
    listed = {entry.name: entry for entry in installed_effects()}
    names = set(CODE) - {"hangs"}
    assert names < set(listed)
    assert {name for name in names if not listed[name].problem} == set(WORKING)
    assert not any(listed[name].problem for name in ("lipstick", "blur"))
    assert "status 0" in listed["exits-hard"].problem
    assert listed["talks"].summary == "A quiet one."


def test_one_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "hangs", CODE["hangs"])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(trial, "LIMIT", 2.0)
    listed = {entry.name: entry for entry in installed_effects()}
    assert "did not load within 2 seconds" in listed["hangs"].problem
    assert not listed["lipstick"].problem


@pytest.mark.usefixtures("horrors")
@pytest.mark.parametrize(
    "name",
    ["exits", "base-exception", "recursion", "not-utf8", "hostile-repr", "hostile-str", "hostile-class"],
)
def test_one_that_is_named_is_an_error_of_ours(name: str) -> None:
    with pytest.raises(EffectError, match=name):
        find_effect(name)


def test_metadata_of_any_content_stops_nothing(tmp_path: Path, lipfx: RunLipfx, talking: Path) -> None:
    install(tmp_path, "bad-points", GOOD, b"[lipfx.effects]\nno equals sign\n")
    install(tmp_path, "not-text", GOOD, b"\xff\xfe[lipfx.effects]\n\x00")
    install(tmp_path, "odd-value", GOOD, b"[lipfx.effects]\nodd = ::::\n")
    install(tmp_path, "nameless", GOOD)
    (tmp_path / "nameless-1.0.dist-info" / "METADATA").unlink()
    install(tmp_path, "folder", GOOD)
    (tmp_path / "folder-1.0.dist-info" / "entry_points.txt").unlink()
    (tmp_path / "folder-1.0.dist-info" / "entry_points.txt").mkdir()
    (tmp_path / "empty-1.0.dist-info").mkdir()
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    listed = lipfx("effects", "list", env=environment)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert re.search(r"^nameless +A quiet one. \[an unnamed distribution\]$", listed.stdout, re.MULTILINE)
    done = lipfx("apply", "lipstick", talking, tmp_path / "out.mp4", "--end", "0.1", env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", CODE)
def test_every_command_works_beside_each(name: str, lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    install(tmp_path / "site", name, CODE[name])
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    output = tmp_path / "out.mp4"
    asked = lipfx("--help", env=environment)
    assert (asked.returncode, asked.stderr) == (0, "")
    done = lipfx("apply", "lipstick", talking, output, "--end", "0.1", env=environment)
    assert (done.returncode, odd(done), output.exists()) == (0, "", True)
    listed = lipfx("effects", "list", env=environment)
    assert (listed.returncode, listed.stderr) == (0, "")
    line = next(line for line in listed.stdout.splitlines() if line.startswith(f"{name} "))
    assert line.isprintable()
    assert ("BROKEN" in line) == (name not in WORKING), line
    assert re.search(r"^lipstick +", listed.stdout, re.MULTILINE)
    told = lipfx("doctor", env=environment)
    assert (told.returncode, told.stderr) == (0, "")
    assert all(line.isprintable() for line in told.stdout.splitlines())
    assert name in told.stdout or name in WORKING
