"""Owns names of pictures that a template makes, as {clip}_{layer}.{frame:04}.exr; must not know pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from string import Formatter

from lipfx.errors import UsageError

FIELDS = ("clip", "layer", "person", "frame")
DIGITS = re.compile(r"(?:0?\d{1,2})?d?")
KINDS = {".png": "png", ".exr": "exr", ".tif": "tiff", ".tiff": "tiff", ".dpx": "dpx"}
"""Endings of templates, and the format that each means."""


@dataclass(frozen=True, slots=True)
class Template:
    """A name with fields in braces: clip, layer, person and frame, a number, as `{frame:04}`."""

    text: str

    def __post_init__(self) -> None:
        """Raises: UsageError: a field is unknown, or the name leaves the folder."""
        try:
            parts = list(Formatter().parse(self.text))
        except ValueError as error:
            raise UsageError(f"names '{self.text}': {error}; write fields as {{frame:04}}") from error
        for _, name, digits, conversion in parts:
            if name is None:
                continue
            if name not in FIELDS or conversion or not _takes(name, digits or ""):
                field = f"{{{name}{':' if digits else ''}{digits or ''}}}"
                known = "{clip}, {layer}, {person}, {frame:04}"
                raise UsageError(f"names '{self.text}': {field} is not known; write {known}")
        path = PurePosixPath(self.text)
        if path.is_absolute() or ".." in path.parts or "\\" in self.text or not self.text:
            raise UsageError(f"names '{self.text}' leave the folder; name what is in it")

    def has(self, field: str) -> bool:
        """Whether the field is in it."""
        return any(name == field for _, name, _, _ in Formatter().parse(self.text))

    def named(self, clip: str, layer: str, person: str, frame: int) -> str:
        """The name of one picture, folders in the folder before it."""
        return self.text.format(clip=clip, layer=layer, person=person, frame=frame)

    def may_name(self, name: str) -> bool:
        """Whether the first folder or file that it names may be called so."""
        first = PurePosixPath(self.text).parts[0]
        pattern = "".join(
            re.escape(literal) + ("" if field is None else r"-?\d+" if field == "frame" else ".+")
            for literal, field, _, _ in Formatter().parse(first)
        )
        return re.fullmatch(pattern, name, re.IGNORECASE) is not None


def kind_of(text: str) -> str:
    """The format that a template's ending means.

    Raises: UsageError: it is none that masks are written in.
    """
    suffix = PurePosixPath(text).suffix.lower()
    if suffix not in KINDS:
        raise UsageError(f"names '{text}' end in {suffix or 'nothing'}; use {', '.join(KINDS)}")
    return KINDS[suffix]


def _takes(name: str, digits: str) -> bool:
    return DIGITS.fullmatch(digits) is not None if name == "frame" else not digits
