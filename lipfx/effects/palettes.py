"""Owns palettes: files that name a brand's colours and how they shine, a user's own or of plugin packages;
must not know parameters or pigments.

{"shades": {"Velvet Rope": {"colour": "#7a1120", "finish": "matte"}, "Bare": "#c4897d"}}
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from lipfx.core.places import check_file
from lipfx.effects.packs import PALETTES, packs
from lipfx.effects.parameters import nearest

LARGEST = 1 << 20
"""Bytes that a palette may have."""

FinishName: TypeAlias = Literal[
    "matte", "satin", "gloss", "shimmer", "metallic", "vinyl", "velvet", "stain", "glitter"
]

_IN_FILE = re.compile(r"(.+\.json):(.+)", re.IGNORECASE)


class Shade(msgspec.Struct, frozen=True):
    """A colour as #rrggbb, and how it shines, where that is said."""

    colour: str
    finish: FinishName | None = None


class _File(msgspec.Struct, frozen=True):
    shades: dict[str, Shade | str]


@dataclass(frozen=True, slots=True)
class Palette:
    """Shades of a plugin package. shades: by their names in small letters, with hyphens. whose: the
    distribution and its version. problem: why it cannot be used; "" where it can."""

    name: str
    whose: str
    shades: Mapping[str, Shade]
    problem: str = ""


def installed_palettes() -> tuple[Palette, ...]:
    """What plugin packages declare, by name; broken ones with their problem."""
    found = []
    for pack in packs(PALETTES):
        problem, shades = pack.problem, dict[str, Shade]()
        try:
            shades = {} if problem else _read(str(pack.file))
        except ValueError as error:
            problem = f"{pack.whose}: {error}"
        found.append(Palette(pack.name, pack.whose, shades, problem))
    return tuple(found)


def shade_names(taken: Collection[str] = ()) -> dict[str, str]:
    """#rrggbb of every shade of plugin packages, by the name under which it is found: with its palette, as
    `acme:ruby`, where the name alone is one of `taken` or another palette's too."""
    return {name: colour for _, named in named_shades(taken) for name, colour in named.items()}


def named_shades(taken: Collection[str] = ()) -> list[tuple[Palette, dict[str, str]]]:
    """The same for each palette."""
    palettes = installed_palettes()
    often = Counter(name for one in palettes for name in one.shades)

    def known_as(palette: Palette, name: str) -> str:
        return f"{palette.name}:{name}" if name in taken or often[name] > 1 else name

    return [
        (one, {known_as(one, name): shade.colour for name, shade in one.shades.items()}) for one in palettes
    ]


def find_shade(text: str) -> Shade | None:
    """What a palette says of a shade: of `FILE.json:NAME` a file's, of `PALETTE:NAME` or `NAME` a plugin
    package's; None where no palette is named and none has it. Case, spaces and hyphens make no difference.

    Raises: ValueError: there is no such file or palette, it has no such shade, or two palettes have.
    """
    written = _IN_FILE.fullmatch(text)
    if written is not None:
        return _in(f"palette {written[1]}", _read(written[1]), written[2])
    palette, colon, name = text.rpartition(":")
    palettes = installed_palettes()
    meant = [one for one in palettes if not colon or one.name == palette]
    having = [one for one in meant if plain_name(name) in one.shades]
    if len(having) == 1:
        return having[0].shades[plain_name(name)]
    if having:
        owners = " and ".join(f"{one.name} ({one.whose})" for one in having)
        instead = "uninstall one" if colon else f"write one of them, as in {having[0].name}:{name}"
        raise ValueError(f"shade {name!r} is in the palettes {owners}; {instead}")
    if not colon:
        return None
    if not meant:
        names = dict.fromkeys(one.name for one in palettes)
        raise ValueError(f"no palette is called {palette!r}; {nearest(palette, names, 'there are')}")
    if meant[0].problem:
        raise ValueError(meant[0].problem)
    return _in(f"palette {palette}", meant[0].shades, name)


def _in(what: str, shades: Mapping[str, Shade], name: str) -> Shade:
    if plain_name(name) not in shades:
        hint = nearest(plain_name(name), list(shades), "it has")
        raise ValueError(f"{what} has no shade {name!r}; {hint}")
    return shades[plain_name(name)]


def plain_name(name: str) -> str:
    """A name as it is looked up."""
    return re.sub(r"[\s_-]+", "-", name.strip().lower())


def _read(file: str) -> dict[str, Shade]:
    """The shades of the palette at a path.

    Raises: ValueError: there is none, or it is something else.
    """
    if not Path(file).is_file():
        raise ValueError(f"palette {file} is not a file; name one that exists")
    return _shades(file, Path(file).stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _shades(file: str, _changed: int) -> dict[str, Shade]:
    wanted = 'wanted {"shades": {"NAME": "#rrggbb"}}'
    try:
        check_file(Path(file), LARGEST)
        written = msgspec.json.decode(Path(file).read_bytes(), type=_File).shades
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:  # a device, not UTF-8, not JSON
        raise ValueError(f"palette {file} is no palette: {error}; {wanted}") from error
    except OSError as error:
        raise ValueError(f"palette {file} cannot be read: {error.strerror}") from error
    return {
        plain_name(name): Shade(entry) if isinstance(entry, str) else entry for name, entry in written.items()
    }
