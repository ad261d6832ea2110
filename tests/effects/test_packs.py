"""What plugin packages bring beside effects: presets, palettes of shades, and files of their own."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.effects import asset, asset_picture, find_shade
from lipfx.effects.presets import presets
from lipfx.effects.registry import load_file, parse_chain
from lipfx.errors import EffectError, ParameterError, UnknownEffectError
from tests.conftest import RunLipfx


class Site:
    """A folder of installed packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, version: str, presets: str = "", shades: object = None) -> Path:
        """Adds a package, as pip would: its folder. Importing it fails."""
        package = self.folder / name.replace("-", "_")
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise RuntimeError('this code is not to run')")
        (package / "looks.toml").write_text(presets)
        (package / "colours.json").write_text(json.dumps({"shades": shades or {}}))
        told = self.folder / f"{package.name}-{version}.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        palette = name.partition("-")[0]
        points = f"[lipfx.presets]\n{palette} = {package.name}:looks.toml\n" if presets else ""
        points += f"[lipfx.shades]\n{palette} = {package.name}:colours.json\n" if shades else ""
        (told / "entry_points.txt").write_text(points)
        return package

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(self.folder)}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return Site(folder)


DUSK = '[dusk]\nhelp = "the end of a day"\nchain = "lipstick:shade=plum"\n'


def test_presets_and_shades_of_a_package_are_used_by_name_and_run_no_code_of_it(site: Site) -> None:
    site.install(
        "aster-lips",
        "1.2",
        DUSK,
        {"Velvet Rope": {"colour": "#7a1121", "finish": "matte"}, "Ruby": "#aa0011"},
    )
    assert parse_chain("dusk:opacity=0.5")[0] == parse_chain("lipstick:shade=plum,opacity=0.5")[0]
    assert find_shade("velvet rope") == find_shade("aster:Velvet-Rope")
    assert parse_chain("lipstick:shade=velvet-rope+tint:shade=aster:ruby").text.endswith("aster:ruby")
    assert "aster_lips" not in sys.modules
    with pytest.raises(ParameterError, match="did you mean velvet-rope"):
        parse_chain("lipstick:shade=velvet-rop")
    for shade, words in (("aster:rub", "palette aster has no shade"), ("astre:ruby", "did you mean aster")):
        with pytest.raises(ParameterError, match=words):
            parse_chain(f"liner:shade={shade}")


def test_the_commands_show_whose_they_are(lipfx: RunLipfx, site: Site) -> None:
    site.install("aster-lips", "1.2", DUSK, {"Velvet Rope": "#7a1121", "Ruby": "#aa0011"})
    listed = lipfx("effects", "list", env=site.environment).stdout.splitlines()
    (dusk,) = (line for line in listed if line.startswith("dusk"))
    assert dusk.endswith("the end of a day [aster-lips 1.2]")
    shades = lipfx("effects", "list", "--shades", env=site.environment).stdout
    family = shades.partition("aster [aster-lips 1.2]\n")[2].split()
    assert family == ["velvet-rope", "#7a1121", "aster:ruby", "#aa0011"]
    described = lipfx("effects", "describe", "dusk", env=site.environment).stdout
    assert str(site.folder / "aster_lips" / "looks.toml") in described
    for typed, words in (
        ("lipfx apply dus", ["dusk\tthe end of a day [aster-lips 1.2]"]),
        ("lipfx apply lipstick:shade=velv", ["lipstick:shade=velvet-rope"]),
        ("lipfx apply lipstick:shade=aster:", ["lipstick:shade=aster:ruby"]),
    ):
        assert lipfx("complete", typed, env=site.environment).stdout.splitlines() == words


def test_what_two_packages_or_lipfx_call_alike_is_named(lipfx: RunLipfx, site: Site) -> None:
    first = site.install(
        "aster-lips",
        "1.2",
        DUSK + '[evening]\nchain = "gloss"\n[blur]\nchain = "gloss"\n',
        {"Noon": "#aa0011"},
    )
    site.install("birch-looks", "0.3", DUSK, {"noon": "#bb0022"})
    with pytest.raises(UnknownEffectError, match="both bring a preset"):
        parse_chain("dusk")
    assert parse_chain(f"{first / 'looks.toml'}:dusk").text == "lipstick:shade=plum"
    assert presets().named["evening"].whose == ""
    with pytest.raises(ParameterError, match=r"aster \(aster-lips 1.2\) and birch \(birch-looks 0.3\)"):
        parse_chain("tint:shade=noon")
    assert parse_chain("tint:shade=birch:noon")
    shown = lipfx("effects", "list", env=site.environment).stdout
    left = [line for line in shown.splitlines() if line.startswith("left out")]
    assert len(left) == 3
    assert "aster-lips 1.2: " in left[0]
    assert "'evening' stands for another preset" in left[0]
    assert "both bring a preset 'dusk'" in left[1]
    assert "'blur' stands for an effect" in left[2]
    shades = lipfx("effects", "list", "--shades", env=site.environment).stdout.split()
    assert {"aster:noon", "birch:noon"} <= set(shades)


@pytest.mark.parametrize(
    ("points", "content", "words"),
    [
        ("[lipfx.presets]\nmine = cedar:looks.toml", "[dusk", "is not a TOML file"),
        ("[lipfx.presets]\nmine = cedar:looks.toml", "[dusk]\nhelp = 'x'", "holds no chain"),
        ("[lipfx.presets]\nmine = cedar:looks.toml", "[dusk]\nchain = 'own.py'", "would run"),
        ("[lipfx.presets]\nmine = cedar:missing.toml", "", "no file of a package"),
        ("[lipfx.presets]\nmine = nowhere:looks.toml", "", "no file of a package"),
        ("[lipfx.presets]\nmine = cedar", "", 'wanted "PACKAGE:FILE"'),
        ("[lipfx.shades]\nmine = cedar:looks.toml", "[dusk", "is no palette"),
        ("[lipfx.shades]\nmine = cedar:missing.json", "", "no file of a package"),
    ],
)
def test_a_broken_pack_is_left_out_with_its_reason(
    site: Site, lipfx: RunLipfx, points: str, content: str, words: str
) -> None:
    package = site.install("cedar", "2.0", DUSK)
    (package / "looks.toml").write_text(content)
    (site.folder / "cedar-2.0.dist-info" / "entry_points.txt").write_text(points)
    asked = ("effects", "list", *(["--shades"] if "shades" in points else []))
    done = lipfx(*asked, env=site.environment)
    assert done.returncode == 0, done.stderr
    (left,) = (line for line in done.stdout.splitlines() if line.startswith("left out"))
    assert left.startswith("left out: cedar 2.0: ")
    assert words in left
    assert parse_chain("lipstick:shade=ruby")


def test_the_doctor_names_what_is_left_out(site: Site, lipfx: RunLipfx) -> None:
    package = site.install("cedar", "2.0", DUSK, {"Noon": "#aa0011"})
    (package / "looks.toml").write_text("[dusk")
    (package / "colours.json").write_text("[")
    done = lipfx("doctor", env=site.environment)
    assert done.returncode == 0
    (line,) = (line for line in done.stdout.splitlines() if "lipstick" in line)
    assert "looks.toml is not a TOML file" in line
    assert "colours.json is no palette" in line


GRAINY = """
from lipfx.effects import Effect, asset, asset_picture

class Grainy(Effect, frozen=True, kw_only=True):
    "Lays a picture of its own over the lips."

    def render(self, patch):
        return patch.rgb * asset_picture(__name__, "grain.png").mean()
"""


def test_files_beside_the_code_are_found_however_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grain = np.dstack([np.full((4, 5), value, np.uint8) for value in (255, 0, 51, 102)])
    cv2.imwrite(str(tmp_path / "grain.png"), grain[..., [2, 1, 0, 3]])
    (tmp_path / "grainy.py").write_text(GRAINY)
    effect = load_file(tmp_path / "grainy.py")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.write(tmp_path / "grainy.py", "grainy_pack/__init__.py")
        archive.write(tmp_path / "grain.png", "grainy_pack/grain.png")
    monkeypatch.syspath_prepend(tmp_path / "packed.zip")
    from grainy_pack import Grainy  # type: ignore[import-not-found]

    for module in (effect.__module__, Grainy.__module__):
        picture = asset_picture(module, "grain.png")
        np.testing.assert_allclose(picture[0, 0], (1, 0, 0.2, 0.4), atol=1e-6)
        assert picture.dtype == np.float32
        assert not picture.flags.writeable
        assert asset(module, "grain.png") == (tmp_path / "grain.png").read_bytes()
        with pytest.raises(EffectError, match=r"no file 'dust.png' beside it, only: .*grain.png"):
            asset(module, "dust.png")
    with pytest.raises(EffectError, match="is no picture"):
        asset_picture(effect.__module__, "grainy.py")
