"""The effects that docs/cookbook.md shows: each keeps the contract and changes the picture."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lipfx.compositing.compose import Compositor
from lipfx.core.values import Frame
from lipfx.effects import Effect, Renderer
from lipfx.effects.registry import load_file
from lipfx.effects.scaffold import write_project
from lipfx.testing import Scene, broken_rules
from lipfx.testing.shown import BEAT
from tests.conftest import RunLipfx
from tests.effects.test_plugins import install
from tests.helpers.commands import ROOT, blocks

SHOWN = {
    re.sub(r"# (\S+)\n.*", r"\1", text, flags=re.DOTALL): text
    for language, text in blocks(ROOT / "docs" / "cookbook.md")
    if language == "python"
}


def made_up(effect: Effect, person: str, track_id: int) -> Frame:
    """A frame of one mouth, whose person and track are these."""
    scene = Scene("close", width=100, size=(240, 160), centres=((120.0, 80.0),))
    (face,) = scene.faces(0)
    return Compositor([effect]).render(scene.frame(0), [replace(face, person=person, track_id=track_id)])


def test_glitter_is_a_persons_own_across_tracks(tmp_path: Path) -> None:
    file = tmp_path / "glitter.py"
    file.write_text(SHOWN["glitter.py"])
    glitter = load_file(file)()
    ada, later, bea, nobody, other = (
        made_up(glitter, person, track).planes[0]
        for person, track in (("ada", 1), ("ada", 7), ("bea", 1), ("", 1), ("", 2))
    )
    assert np.array_equal(ada, later)
    for one, two in ((ada, bea), (nobody, other), (ada, nobody)):
        assert np.abs(one.astype(int) - two).max() > 50


@pytest.mark.slow
@pytest.mark.parametrize("name", ["glitter", "trail", "behind", "beat"])
def test_one_becomes_a_package_that_is_installed_and_used(
    name: str, lipfx: RunLipfx, talking: Path, tmp_path: Path
) -> None:
    project = write_project(name, tmp_path)
    (project / f"lipfx_{name}.py").write_text(SHOWN[f"{name}.py"])
    environment = install(project, tmp_path / "site")
    done = lipfx("effects", "check", name, env=environment)
    assert done.returncode == 0, done.stdout
    done = lipfx("apply", name, talking, tmp_path / "out.mkv", "--end", 0.4, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mkv").is_file()


def test_nine_are_shown() -> None:
    assert len(SHOWN) == 9
    assert all(10 <= text.count("\n") <= 60 for text in SHOWN.values())


@pytest.mark.parametrize("name", SHOWN)
def test_one_keeps_the_contract_and_does_something(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(SHOWN[name])
    effect = load_file(file)()
    assert broken_rules(effect) == []
    scene = Scene("open", opening=0.15, width=80, size=(480, 160), centres=((120.0, 80.0),))
    before, compositor = scene.frame(25), Compositor([effect], loudness=BEAT)
    for index in range(25 - effect.history, 26):
        after = compositor.render(scene.frame(index), scene.faces(index))
    if isinstance(effect, Renderer):
        assert after.planes[0].max() > 128
    else:
        changed = [np.ptp(a.astype(int) - b) for a, b in zip(after.planes, before.planes, strict=True)]
        assert max(changed) > 10
