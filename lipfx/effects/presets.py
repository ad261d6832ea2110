"""Owns named chains: where their files are and what they hold; must not know which effects exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipfx.effects.chain import Item, items_from_table, read_toml
from lipfx.effects.parameters import nearest
from lipfx.errors import UsageError

SHIPPED = Path(__file__).with_name("presets.toml")
PROJECT = Path("lipfx-presets.toml")


@dataclass(frozen=True, slots=True)
class Preset:
    """A chain with a name. help: one line. file: where it is written."""

    name: str
    help: str
    items: tuple[Item, ...]
    file: Path


def preset_files() -> tuple[Path, ...]:
    """The files that presets come from, a later one going before an earlier: shipped, user's, project's."""
    from typer import get_app_dir

    return (SHIPPED, Path(get_app_dir("lipfx")) / "presets.toml", PROJECT)


def presets() -> Mapping[str, Preset]:
    """The presets of all files that exist, by name.

    Raises:
        InputError: a file cannot be read or is not TOML.
        UsageError: a preset holds no chain.
    """
    found: dict[str, Preset] = {}
    for file in preset_files():
        if file.is_file():
            found |= read_presets(file)
    return found


def read_presets(file: Path) -> Mapping[str, Preset]:
    """The presets of one file; otherwise as `presets`."""
    return {name: _preset(name, table, file) for name, table in read_toml(file).items()}


def preset_in(file: Path, name: str) -> Preset:
    """One preset of a file; the name may be left out where there is only one.

    Raises:
        InputError: the file cannot be read or is not TOML.
        UsageError: there is no such preset.
    """
    found = read_presets(file)
    if not name and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        asked = f"no preset {name!r}" if name else f"{len(found)} presets"
        raise UsageError(f"{file} has {asked}; {nearest(name, found, f'write {file}:NAME, with one of')}")
    return found[name]


def _preset(name: str, table: Any, file: Path) -> Preset:
    if not isinstance(table, dict):
        raise UsageError(f'{file} has {name!r} outside a preset; write [NAME] and chain = "..." below it')
    return Preset(name, str(table.get("help", "")), items_from_table(table, file), file)
