"""Owns where the files are that plugin packages bring beside effects; must not know what is in them.

    [project.entry-points."lipfx.presets"]
    acme = "acme_lips:presets.toml"

The value names a package and a file in it. No code of the package runs, whatever asks for its files.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

from lipfx.effects.plugins import declared, owner, version

PRESETS, PALETTES = "lipfx.presets", "lipfx.shades"
_VALUE = re.compile(r"\s*(\w+(?:\.\w+)*)\s*:\s*(\w[\w.]*)\s*")


@dataclass(frozen=True, slots=True)
class Pack:
    """A file that a distribution declares. name: that of the entry point. whose: the distribution and its
    version. problem: why there is no such file; "" where it is there."""

    name: str
    whose: str
    file: Path
    problem: str = ""


def packs(group: str) -> tuple[Pack, ...]:
    """What is declared in a group of entry points, by name, then by distribution."""
    points = [point for _, named in sorted(declared(group).items()) for point in named]
    return tuple(
        _pack(point.name, f"{owner(point)} {version(point)}".rstrip(), point.value, group) for point in points
    )


def _pack(name: str, whose: str, value: str, group: str) -> Pack:
    said = f"{whose}: {name!r} of {group} is {value!r}"
    written = _VALUE.fullmatch(value)
    if written is None:
        return Pack(name, whose, Path(), f'{said}, wanted "PACKAGE:FILE" without hyphens')
    package, file = written.groups()
    for folder in _folders(package):
        if (folder / file).is_file():
            return Pack(name, whose, folder / file)
    return Pack(name, whose, Path(), f"{said}, no file of a package; is it among those that are built?")


def _folders(package: str) -> list[Path]:
    """The folders of a package, found without importing it: only a parent's code would run for a child."""
    top, *within = package.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except Exception:  # noqa: BLE001 - finders of strangers may raise anything
        return []
    places = spec.submodule_search_locations if spec is not None else None
    return [Path(place, *within) for place in places or ()]
