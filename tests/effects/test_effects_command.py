"""`lipfx effects` as users and programs call it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.conftest import RunLipfx

BAD_EFFECT = """
from lipfx.effects import Effect

class Bad(Effect, frozen=True, kw_only=True):
    "Writes into the patch."

    def render(self, patch):
        patch.rgb.setflags(write=True)
        patch.rgb[:] = 0
        return patch.rgb
"""


def test_list_names_every_effect_and_preset(lipfx: RunLipfx) -> None:
    result = lipfx("effects", "list")
    assert result.returncode == 0
    words = {line.split()[0] for line in result.stdout.splitlines() if line}
    assert {"lipstick", "teeth-whiten", "liner", "blur", "pixelate", "mask", "cutout", "overlay"} <= words
    assert {"ombre", "gloss", "tint", "plump", "evening"} <= words


def test_list_names_every_shade(lipfx: RunLipfx) -> None:
    lines = lipfx("effects", "list", "--shades").stdout.splitlines()
    shades = {line.split()[0]: line.split()[1] for line in lines if line.startswith(" ")}
    assert len(shades) >= 60
    assert shades["ruby"] == "#9b1127"
    assert {"nude", "red", "bold"} <= set(lines)


def test_list_shows_a_broken_plugin_with_its_reason(lipfx: RunLipfx, tmp_path: Path) -> None:
    metadata = tmp_path / "broken_pack-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-pack\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[lipfx.effects]\nbroken = no_such_module:Effect\n")
    result = lipfx("effects", "list", env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert result.returncode == 0
    (line,) = (line for line in result.stdout.splitlines() if line.startswith("broken"))
    assert "BROKEN" in line
    assert "no_such_module" in line
    assert "lipstick" in result.stdout


def test_describe_says_what_is_taken(lipfx: RunLipfx) -> None:
    text = lipfx("effects", "describe", "lipstick").stdout
    assert "opacity=0.9" in text
    assert "0 to 1" in text
    assert "matte, satin, gloss, shimmer, metallic" in text
    described = json.loads(lipfx("effects", "describe", "liner", "--json").stdout)
    width = next(parameter for parameter in described["parameters"] if parameter["name"] == "width")
    assert (width["minimum"], width["maximum"], width["unit"]) == (0.005, 0.1, "mouth widths")


def test_check_tells_which_rule_is_broken(lipfx: RunLipfx, tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text(BAD_EFFECT)
    result = lipfx("effects", "check", str(file))
    assert result.returncode == 1
    assert "BROKEN  input untouched" in result.stdout
    assert result.stderr.strip().count("\n") == 0
    assert lipfx("effects", "check", "mask").returncode == 0


def test_wrong_names_are_wrong_usage(lipfx: RunLipfx, tmp_path: Path) -> None:
    for arguments in (("describe", "lipstik"), ("check", "nowhere.py"), ("new", "Bad"), ("new", "lipstick")):
        result = lipfx("effects", *arguments, cwd=tmp_path)
        assert result.returncode == 2
        assert result.stderr.strip().count("\n") == 0
    assert not list(tmp_path.iterdir())
