"""Broken plugins: `check` and `apply` name the rule, the file and the line, and nothing else breaks.

The first lines of each say which words `check` answers with, and `apply`; the line that both name is marked.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lipfx.compositing.compose import Compositor
from lipfx.effects import Effect
from lipfx.effects.registry import parse_chain
from lipfx.errors import EffectError, LipfxError
from lipfx.testing import CONTRACT, scenes
from lipfx.testing.contract import reason_of
from tests.conftest import RunLipfx

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.py"))
ENDING = ("dies", "hangs")
ALIVE = [file for file in FILES if file.stem not in ENDING]


def told(file: Path) -> tuple[str, str, str]:
    """What check says, what apply says, and the place that both name; "" where there is none."""
    check, apply, *lines = file.read_text().splitlines()
    marked = [number for number, line in enumerate(lines, start=3) if line.endswith("# here")]
    return (
        check.removeprefix("# check: "),
        apply.removeprefix("# apply: "),
        f"{file.name}:{marked[0]}" if marked else file.name,
    )


def made_up(effects: Sequence[Effect]) -> None:
    """Some frames of a scene, as `apply` renders them."""
    scene, compositor = scenes()[-1], Compositor(effects)
    for index in range(3):
        compositor.render(scene.frame(index), scene.faces(index))
    compositor.end()


@pytest.mark.parametrize("file", ALIVE, ids=lambda file: file.stem)
def test_apply_names_file_and_line(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    _, words, place = told(file)
    caplog.set_level(logging.WARNING)
    if words == "works":
        made_up(parse_chain(str(file)))
        return
    if file.stem == "slow":
        made_up(parse_chain(str(file)))
        (said,) = (record.getMessage() for record in caplog.records)
    else:
        with pytest.raises(LipfxError) as caught:
            made_up(parse_chain(str(file)))
        said = str(caught.value)
    assert re.search(words, said)
    assert place in said
    assert "\n" not in said


@pytest.mark.parametrize("file", ALIVE, ids=lambda file: file.stem)
def test_the_rule_names_file_and_line(file: Path) -> None:
    words, _, place = told(file)
    rule = next((rule for rule in CONTRACT if words.startswith(rule.name)), None)
    if rule is None:
        with pytest.raises(LipfxError, match=words):
            parse_chain(str(file))
        return
    reason = reason_of(rule, parse_chain(str(file))[0])
    assert re.search(words, f"{rule.name}: {reason}")
    assert place in reason
    assert "\n" not in reason


@pytest.mark.parametrize("stem", ["dies", pytest.param("hangs", marks=pytest.mark.slow)])
def test_check_answers_with_every_rule_whatever_an_effect_does(lipfx: RunLipfx, stem: str) -> None:
    words, _, place = told(FOLDER / f"{stem}.py")
    done = lipfx("effects", "check", FOLDER / f"{stem}.py")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == len(CONTRACT)
    assert re.match(f"BROKEN  {words}", lines[1])
    assert place in lines[1]
    assert "not tried" in lines[2]
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("file", ALIVE, ids=lambda file: file.stem)
def test_the_commands_answer_in_a_line(file: Path, lipfx: RunLipfx, talking: Path, tmp_path: Path) -> None:
    check, apply, place = told(file)
    done = lipfx("effects", "check", file)
    said = done.stdout + done.stderr
    assert done.returncode == (2 if "ParameterError" in said else 1)
    assert re.search(check, said)
    assert place in said
    assert done.stderr.count("\n") == 1
    assert "internal error" not in said
    done = lipfx("apply", file, talking, tmp_path / "out.mkv", "--end", 0.2)
    assert done.returncode == (0 if apply == "works" or file.stem == "slow" else 1)
    assert apply == "works" or (re.search(apply, done.stderr) and place in done.stderr)
    assert "internal error" not in done.stderr


def test_broken_plugins_disturb_no_other_command(lipfx: RunLipfx, tmp_path: Path) -> None:
    metadata = tmp_path / "broken_pack-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-pack\nVersion: 1.0\n")
    classes = {file.stem: "".join(part.title() for part in file.stem.split("_")) for file in FILES}
    points = "".join(f"{stem.replace('_', '-')} = {stem}:{name}\n" for stem, name in classes.items())
    (metadata / "entry_points.txt").write_text(f"[lipfx.effects]\n{points}")
    path = os.pathsep.join([str(tmp_path), str(FOLDER)])
    done = lipfx("effects", "list", env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert {stem.replace("_", "-") for stem in classes} < set(lines)
    for stem in ("missing_package", "malformed", "exits_at_import"):
        assert "BROKEN" in lines[stem.replace("_", "-")]
        assert told(FOLDER / f"{stem}.py")[2] in lines[stem.replace("_", "-")]
    assert lines["raises"].endswith("Asks for what no patch has. [broken-pack 1.0]")


def test_an_error_within_a_library_is_the_authors_line() -> None:
    file = FOLDER / "raises_in_numpy.py"
    with pytest.raises(EffectError) as caught:
        made_up(parse_chain(str(file)))
    assert caught.value.place.endswith(told(file)[2])
    assert not caught.value.place.startswith(sys.prefix)
