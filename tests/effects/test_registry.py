"""Chains as users write them, plugins as strangers install them, and what goes wrong with either."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from lipfx.effects import Effect
from lipfx.effects.chain import chain_text, read_chain_file
from lipfx.effects.presets import presets
from lipfx.effects.registry import effect_names, find_effect, installed_effects, load_chain_file, parse_chain
from lipfx.errors import EffectError, InputError, ParameterError, UnknownEffectError, UsageError

PLUGIN = """
from typing import Annotated
from lipfx.effects import Effect, Meta

class Glow(Effect, frozen=True, kw_only=True):
    "Brightens the lips."
    amount: Annotated[float, Meta(ge=0, le=1, description="how much brighter")] = 0.3

    def render(self, patch):
        return patch.rgb * (1 + self.amount)
"""


def values(effect: Effect) -> dict[str, object]:
    return msgspec.structs.asdict(effect)


def install(folder: Path, distribution: str, name: str, module: str, code: str) -> None:
    """What pip leaves behind for a plugin of one module and one effect."""
    (folder / f"{module}.py").write_text(code)
    metadata = folder / f"{distribution}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[lipfx.effects]\n{name} = {module}:Glow\n")


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_importing_the_effect_contract_is_light() -> None:
    heavy = ("torch", "cv2", "dlib", "sklearn", "av", "PIL", "lipfx_effects")
    code = f"import sys, lipfx.effects.registry; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_what_is_installed_is_looked_through_once_a_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """All metadata of all distributions took as long as the whole start of a run."""
    looked, whole = [0, 0], importlib.metadata.distributions
    owners = {
        point.dist.name for point in importlib.metadata.entry_points(group="lipfx.effects") if point.dist
    }
    metadata = importlib.metadata.PathDistribution.metadata.fget  # type: ignore[attr-defined]

    def distributions() -> Iterable[importlib.metadata.Distribution]:
        looked[0] += 1
        return whole()

    def parsed(distribution: importlib.metadata.Distribution) -> object:
        looked[1] += 1
        return metadata(distribution)

    monkeypatch.setattr(importlib.metadata, "distributions", distributions)
    monkeypatch.setattr(importlib.metadata.PathDistribution, "metadata", property(parsed), raising=False)
    parse_chain("everyday+gloss:amount=0.4")
    assert looked[0] == 1
    assert looked[1] <= len(owners)


def test_chain_keeps_order_and_parameters() -> None:
    chain = parse_chain("blur:strength=0.5+lipstick:shade='#102030',finish=\"gloss\"")
    assert [type(effect).__name__ for effect in chain] == ["Blur", "Lipstick"]
    assert values(chain[0])["strength"] == 0.5
    assert [values(e)["opacity"] for e in parse_chain("tint+lipstick:opacity=.25")[1:]] == [0.25]
    assert values(chain[1])["shade"] == "#102030"
    assert values(chain[1])["finish"] == "gloss"


def test_set_changes_a_single_effect() -> None:
    (effect,) = parse_chain("lipstick:opacity=0.2", overrides=["opacity=0.4", "shade=ruby"])
    assert values(effect)["opacity"] == 0.4
    assert values(effect)["shade"] == "ruby"
    with pytest.raises(UsageError, match="single effect"):
        parse_chain("lipstick+blur", overrides=["opacity=0.4"])
    with pytest.raises(ParameterError, match="KEY=VALUE"):
        parse_chain("lipstick", overrides=["opacity"])


def test_a_parameter_may_be_for_one_person() -> None:
    chain = parse_chain("lipstick:shade=petal,shade@anna=ruby,opacity=0.5+tint:amount@ben=0.1")
    assert values(chain.of("ben")[1])["amount"] == 0.1
    assert [values(chain.of(who)[0])["shade"] for who in ("anna", "ben", "")] == ["ruby", "petal", "petal"]
    assert values(chain.of("anna")[0])["opacity"] == 0.5
    assert chain.of("anna")[1] == chain[1]
    changed = parse_chain("lipstick:shade@anna=plum", overrides=["shade=petal", "shade@anna=ruby"])
    assert [values(changed.of(who)[0])["shade"] for who in ("anna", "")] == ["ruby", "petal"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lipstick:shade@anna=rubi", "did you mean ruby"),
        ("lipstick:shad@anna=ruby", "did you mean shade"),
        ("lipstick:shade@=ruby", "key=value"),
        ("lipstick:shade@anna=ruby,shade@anna=plum", "twice"),
        ("lipstik", "did you mean lipstick"),
        ("lipstick:opasity=1", "did you mean opacity"),
        ("lipstick:opacity=2", "0 to 1"),
        ("lipstick:opacity=nan", "opacity=nan"),
        ("lipstick:opacity=much", "number, 0 to 1"),
        ("lipstick:finish=glos", "did you mean gloss"),
        ("lipstick:shade=rubi", "did you mean ruby"),
        ("lipstick:shade=#12345", "colour"),
        ("lipstick:opacity=1,opacity=0", "twice"),
        ("lipstick:opacity", "key=value"),
        ("lipstick:", "key=value"),
        ("lipstick++blur", "character 10"),
        ("lipstick+", "nothing"),
        ("", "nothing"),
        ("mask+blur", "last"),
    ],
)
def test_wrong_chains_say_what_to_do(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_chain(text)
    assert "\n" not in str(caught.value)
    assert caught.value.status == 2


@pytest.mark.parametrize("name", ["glow.py", "my+glow.py", "a:b.py", "v1.py+v2.py", "C:\\glow.py"])
def test_effect_from_a_file_whatever_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(PLUGIN)
    for target in (name, f"'{name}'", str(tmp_path / name)):
        first, second = parse_chain(f"{target}:amount=0.5+blur")
        assert values(first) == {"amount": 0.5}
        assert type(second).__name__ == "Blur"


def test_file_that_is_missing_broken_or_not_one_effect(tmp_path: Path) -> None:
    with pytest.raises(UnknownEffectError, match="not a file"):
        parse_chain("./nowhere.py")
    broken = tmp_path / "broken.py"
    broken.write_text("import no_such_module_anywhere\n")
    with pytest.raises(EffectError, match="no_such_module_anywhere"):
        find_effect(str(broken))
    empty = tmp_path / "empty.py"
    empty.write_text("from lipfx.effects import Effect\n")
    with pytest.raises(EffectError, match="defines 0 effects"):
        find_effect(str(empty))
    two = tmp_path / "two.py"
    two.write_text(PLUGIN + PLUGIN.replace("Glow", "Glare"))
    with pytest.raises(EffectError, match="Glow, Glare"):
        find_effect(str(two))


def test_spaces_may_stand_around_what_joins() -> None:
    for text in (
        "lipstick + gloss",
        " lipstick : shade = ruby , finish = gloss + gloss ",
        "lipstick+\ngloss",
    ):
        assert [type(effect).__name__ for effect in parse_chain(text)] == ["Lipstick", "Gloss"]
    assert values(parse_chain("lipstick: shade=ruby + gloss")[0])["shade"] == "ruby"


def test_text_that_must_match_is_told_so(tmp_path: Path) -> None:
    meta = 'Annotated[str, Meta(pattern="^#[0-9a-f]{6}$", description="a colour")] = "#ff0000"'
    path = tmp_path / "dot.py"
    path.write_text(PLUGIN.replace("    def", f"    colour: {meta}\n\n    def"))
    with pytest.raises(ParameterError, match=r"colour=blue is not allowed; give text that matches \^#\[0-9"):
        parse_chain(f"{path}:colour=blue")


def test_installed_plugin_is_found_by_name(plugins: Path) -> None:
    install(plugins, "glow-pack", "glow", "glow_pack_a", PLUGIN)
    assert "glow" in effect_names()
    (effect,) = parse_chain("glow:amount=0.1")
    assert values(effect) == {"amount": 0.1}


def test_one_broken_plugin_is_listed_and_disturbs_nobody(plugins: Path) -> None:
    install(plugins, "broken-pack", "broken", "broken_pack", "raise RuntimeError('no licence\\nat all')")
    listed = {entry.name: entry for entry in installed_effects()}
    assert "RuntimeError: no licence" in listed["broken"].problem
    assert "broken-pack" in listed["broken"].problem
    assert listed["lipstick"].problem == ""
    assert parse_chain("lipstick")
    with pytest.raises(EffectError, match="no licence"):
        parse_chain("broken")


def test_two_plugins_of_one_name_are_an_error_that_names_both(plugins: Path) -> None:
    install(plugins, "first-pack", "glow", "first_pack", PLUGIN)
    install(plugins, "second-pack", "glow", "second_pack", PLUGIN)
    with pytest.raises(EffectError, match="first-pack and second-pack"):
        parse_chain("glow")
    assert parse_chain("lipstick")
    assert [entry.distribution for entry in installed_effects() if entry.name == "glow"] == [
        "first-pack",
        "second-pack",
    ]


def test_chain_in_a_toml_file(tmp_path: Path) -> None:
    (tmp_path / "glow.py").write_text(PLUGIN)
    file = tmp_path / "look.toml"
    file.write_text(
        '[[effect]]\nuse = "./glow.py"\namount = 1\n'
        '[[effect]]\nuse = "lipstick"\nopacity = 0.5\nshade = "plum"\n'
    )
    glow, lipstick = load_chain_file(file)
    assert values(glow) == {"amount": 1.0}
    assert values(lipstick)["shade"] == "plum"
    file.write_text('chain = "lipstick:opacity=0.25"\n')
    assert values(load_chain_file(file)[0])["opacity"] == 0.25
    (tmp_path / "looks.toml").write_text(
        '[mine]\nchain = "lipstick:shade=plum"\n[other]\nchain = "lipstick"\n'
    )
    file.write_text('chain = "looks.toml:mine:opacity=0.5+tint"\n')
    chain = load_chain_file(file)
    assert [values(chain[0])[name] for name in ("shade", "opacity")] == ["plum", 0.5]
    assert chain_text(read_chain_file(file)) == f"{tmp_path / 'looks.toml'}:mine:opacity=0.5+tint"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("chain = [", InputError),
        ("", UsageError),
        ("[[effect]]\nshade = 'ruby'\n", UsageError),
        ("[[effect]]\nuse = 'lipstick'\nopacity = 'much'\n", ParameterError),
    ],
)
def test_wrong_toml_is_one_clear_line(text: str, error: type[Exception], tmp_path: Path) -> None:
    file = tmp_path / "look.toml"
    file.write_text(text)
    with pytest.raises(error) as caught:
        load_chain_file(file)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="cannot be read"):
        load_chain_file(tmp_path / "absent.toml")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration folder, and an empty folder to work in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "lipfx").mkdir(parents=True)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "config" / "lipfx"


@pytest.mark.usefixtures("config")
def test_every_shipped_preset_is_a_chain() -> None:
    shipped = presets().named
    assert shipped
    for name, preset in shipped.items():
        assert parse_chain(name)
        assert preset.help


@pytest.mark.skipif(sys.platform != "linux", reason="the configuration folder is elsewhere")
def test_presets_of_the_user_go_before_the_shipped(config: Path) -> None:
    (config / "presets.toml").write_text('[evening]\nchain = "blur"\n[mine]\nchain = "blur+lipstick"\n')
    assert [type(effect).__name__ for effect in parse_chain("evening")] == ["Blur"]
    assert [type(effect).__name__ for effect in parse_chain("mine+mask")] == ["Blur", "Lipstick", "Mask"]


@pytest.mark.usefixtures("config")
def test_presets_of_the_working_folder_add_names_and_neither_replace_nor_run_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Path("evil.py").write_text(f"open('ran', 'w').close()\n{PLUGIN}")
    file = Path("lipfx-presets.toml")
    file.write_text(
        '[evening]\nchain = "evil.py"\n[own]\nchain = "mask"\n[code]\n[[code.effect]]\nuse="evil.py"\n[o]\n'
    )
    assert [type(effect).__name__ for effect in parse_chain("own")] == ["Mask"]
    assert len(parse_chain("evening")) == 3
    with pytest.raises(UnknownEffectError, match=r"'code' would run .*; if you trust it"):
        parse_chain("code")
    assert len(presets().problems) == 3
    assert not Path("ran").exists()
    assert [type(effect).__name__ for effect in parse_chain("lipfx-presets.toml:code")] == ["Glow"]
    assert caplog.messages == ["lipfx-presets.toml runs the code in evil.py"]
    file.write_text("[" * 100)
    assert len(parse_chain("evening")) == 3
    with pytest.raises(UnknownEffectError, match="is not a TOML file"):
        parse_chain("own")


@pytest.mark.usefixtures("config")
def test_preset_of_a_file() -> None:
    Path("looks.toml").write_text('[one]\nchain = "blur"\n[two]\nchain = "lipstick:opacity=0.1"\n')
    blur, lipstick = parse_chain("looks.toml:one+./looks.toml:two")
    assert type(blur).__name__ == "Blur"
    assert values(lipstick)["opacity"] == 0.1
    with pytest.raises(UsageError, match="did you mean two"):
        parse_chain("looks.toml:twoo")
    with pytest.raises(UsageError, match="2 presets"):
        parse_chain("looks.toml")
    with pytest.raises(InputError, match="cannot be read"):
        parse_chain("nowhere.toml:one")


@pytest.mark.usefixtures("config")
def test_preset_that_names_a_preset_or_is_given_parameters() -> None:
    Path("lipfx-presets.toml").write_text('[loop]\nchain = "loop"\n')
    with pytest.raises(UsageError, match="name effects only"):
        parse_chain("loop")
    with pytest.raises(
        ParameterError, match=r"2 effects with a parameter 'opacity'; say which: .*lipstick\.op"
    ):
        parse_chain("evening:opacity=1")
    with pytest.raises(ParameterError, match="has 0 effects with a parameter 'shade' of 'teeth-"):
        parse_chain("evening:teeth-whiten.shade=ruby")
    with pytest.raises(UnknownEffectError, match="did you mean evening"):
        parse_chain("evenin")


def test_an_effects_name_says_whose_parameter_is_meant() -> None:
    before, after = parse_chain("evening"), parse_chain("evening:lipstick.opacity=0.25")
    told = [values(effect).get("opacity") for effect in after]
    assert told.count(0.25) == 1
    assert type(after[told.index(0.25)]).__name__ == "Lipstick"
    assert [a for a, b in zip(after, before, strict=True) if a == b] != []
    with pytest.raises(ParameterError, match=r"lipstick has no parameter 'lipstick\.opacity'"):
        parse_chain("lipstick:lipstick.opacity=1")


@pytest.mark.parametrize("content", ["[" * 5000, 'chain = "' + "x" * (1 << 20), "a = " + "9" * 5000, None])
def test_a_toml_file_of_any_content_is_one_clear_line(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "looks.toml"
    if content is None:
        os.mkfifo(file)
    else:
        file.write_text(content)
    with pytest.raises((InputError, UsageError), match=r"looks\.toml") as caught:
        load_chain_file(file)
    assert len(str(caught.value)) < 500
