"""Owns named chains: where their files are and what they hold; must not know which effects exist.

A name stands for the last of these: a shipped preset, the user's own. What plugin packages and the working
folder bring replaces neither of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lipfx.effects.chain import Item, is_path, items_from_table, read_toml
from lipfx.effects.packs import PRESETS, packs
from lipfx.effects.parameters import nearest
from lipfx.errors import LipfxError, UsageError

SHIPPED = Path(__file__).with_name("presets.toml")
PROJECT = Path("lipfx-presets.toml")


@dataclass(frozen=True, slots=True)
class Preset:
    """A chain with a name. help: one line. file: where it is written. whose: the distribution that brings it
    and its version; "" of shipped ones and the user's."""

    name: str
    help: str
    items: tuple[Item, ...]
    file: Path
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Presets:
    """All that go by a name alone. problems: of plugin packages and of the working folder's file, a line
    each. shared: by name, why it stands for none of those that several packages bring."""

    named: Mapping[str, Preset]
    problems: tuple[str, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)


def user_file() -> Path:
    """Where a user's own presets are, which go before the shipped ones."""
    from typer import get_app_dir

    return Path(get_app_dir("lipfx")) / "presets.toml"


def presets() -> Presets:
    """The shipped presets, the user's, and what plugin packages and the file in the working folder add.

    That file may come from anybody, with a folder of clips: like a package's it replaces no name, names no
    code, and where it is broken it is left out.

    Raises:
        InputError: the user's file cannot be read or is not TOML.
        UsageError: a preset of it holds no chain.
    """
    own = _own()
    brought: dict[str, list[Preset]] = {}
    problems: list[str] = []
    for pack in packs(PRESETS):
        problems += [pack.problem] if pack.problem else []
        for preset in () if pack.problem else _added(pack.file, pack.whose, own, problems):
            brought.setdefault(preset.name, []).append(preset)
    shared = {name: _shared(several) for name, several in brought.items() if len(several) > 1}
    found = own | {name: several[0] for name, several in brought.items() if len(several) == 1}
    if PROJECT.is_file():
        found |= {preset.name: preset for preset in _added(PROJECT, "", found, problems)}
    shared = {name: why for name, why in shared.items() if name not in found}
    return Presets(found, (*problems, *shared.values()), shared)


def preset_called(name: str) -> Preset | None:
    """The preset that goes by a name alone; packages are looked through only where it is not one's own.

    Raises: InputError, UsageError: as `presets`.
    """
    return _own().get(name) or presets().named.get(name)


def _own() -> dict[str, Preset]:
    """The shipped presets, and the user's in their place."""
    own = dict(read_presets(SHIPPED))
    return own | dict(read_presets(user_file())) if user_file().is_file() else own


def _added(file: Path, whose: str, there: Mapping[str, Preset], problems: list[str]) -> list[Preset]:
    """The presets of a file that are good, and of a name that is not there; why others are not is added to
    the problems."""
    said, found = f"{whose}: " if whose else "", []
    try:
        table = read_toml(file)
    except LipfxError as error:
        problems.append(f"{said}{error}")
        return []
    for name, entry in table.items():
        try:
            if name in there:
                instead = f"write {file}:{name}" if whose else "choose another name"
                raise UsageError(f"{file}: {name!r} stands for another preset; {instead}")
            found.append(replace(_without_code(_preset(name, entry, file)), whose=whose))
        except LipfxError as error:
            problems.append(f"{said}{error}")
    return found


def _shared(several: Sequence[Preset]) -> str:
    owners, one = " and ".join(preset.whose for preset in several), several[0]
    return f"{owners} both bring a preset {one.name!r}; uninstall one, or write {one.file}:{one.name}"


def read_presets(file: Path) -> Mapping[str, Preset]:
    """The presets of one file; otherwise as `presets`."""
    return {name: _preset(name, table, file) for name, table in read_toml(file).items()}


def preset_in(file: Path, name: str) -> Preset:
    """One preset of a file; the name may be left out where there is only one.

    Raises:
        InputError: the file cannot be read or is not TOML.
        UsageError: there is no such preset.
    """
    table = read_toml(file)
    if not name and len(table) == 1:
        name = next(iter(table))
    if name not in table:
        asked = f"no preset {name!r}" if name else f"{len(table)} presets"
        raise UsageError(f"{file} has {asked}; {nearest(name, table, f'write {file}:NAME, with one of')}")
    return _preset(name, table[name], file)


def _without_code(preset: Preset) -> Preset:
    """Raises: UsageError when a file is named where an effect is meant."""
    for item in preset.items:
        if is_path(item.target):
            raise UsageError(
                f"{preset.file}: {preset.name!r} would run {item.target}; if you trust it, write "
                f"{preset.file}:{preset.name}"
            )
    return preset


def _preset(name: str, table: Any, file: Path) -> Preset:
    if not isinstance(table, dict):
        raise UsageError(f'{file} has {name!r} outside a preset; write [NAME] and chain = "..." below it')
    return Preset(name, str(table.get("help", "")), items_from_table(table, file), file)
