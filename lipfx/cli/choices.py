"""Owns how the command line says which faces are meant; must not know how they are found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.core.moments import seconds
from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.persons.choice import Choice, Sign, Spot

_NAME = re.compile(r"[A-Za-z][\w-]*")
_SPOT = re.compile(r"\s*(\d+(?:\.\d*)?)\s*,\s*(\d+(?:\.\d*)?)\s*(?:@(.+))?")


def choice(faces: str, spots: Sequence[str], photos: Sequence[Path], persons: Sequence[str]) -> Choice:
    """What --faces, --face-at, --face-like and --person mean together.

    Raises: UsageError when one is malformed, or two exclude each other.
    """
    from lipfx.persons.choice import Choice

    named: dict[str, tuple[Sign, ...]] = {}
    for text in persons:
        name, sign = _person(text)
        named[name] = (*named.get(name, ()), sign)
    return Choice(_count(faces), (*(_spot(text) for text in spots), *photos), named)


def _count(text: str) -> int | None:
    """How many of the largest faces; None for all."""
    known = {"all": None, "largest": 1}
    if text in known:
        return known[text]
    if not text.isdecimal():
        raise UsageError(f"--faces '{text}' is not known; give all, largest, or how many of the largest")
    return int(text)


def _spot(text: str) -> Spot:
    from lipfx.persons.choice import Spot

    found = _SPOT.fullmatch(text)
    if not found:
        raise UsageError(f"'{text}' is no point of a frame; give X,Y or X,Y@TIME, as in 640,360@2.5")
    return Spot(float(found[1]), float(found[2]), None if found[3] is None else seconds(found[3]))


def _person(text: str) -> tuple[str, Sign]:
    name, equals, sign = text.partition("=")
    if not equals or not sign or not _NAME.fullmatch(name):
        raise UsageError(f"--person '{text}' is not NAME=PHOTO; write for example anna=anna.jpg")
    return name, _spot(sign) if _SPOT.fullmatch(sign) and not Path(sign).exists() else Path(sign)
