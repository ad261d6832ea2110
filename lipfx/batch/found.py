"""Owns a clip that was found, and which names of files are clips; must not know where one looks for them."""

from __future__ import annotations

from dataclasses import dataclass

from lipfx.video.stills.naming import PICTURE_SUFFIXES

VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".m2v"),
    *(".vob", ".wmv", ".flv", ".3gp", ".3g2", ".mxf", ".nut", ".ogv", ".dv", ".gif", ".y4m", ".asf"),
)
"""Files of a folder that are taken: those with these endings. One that is named itself is taken as it is."""
PARTIAL = (
    *(".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".!qb", ".!ut", ".filepart"),
    ".aria2",
)
"""What programs add to names of files that they have not finished."""
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Found:
    """A clip. source: its path or address. relative: its name, with `/`, below `root`, the folder it was
    found in.

    root is empty for a clip that was named itself.
    """

    source: str
    relative: str
    root: str = ""


def is_clip(name: str, pictures: bool = False) -> bool:
    """Whether a file of this name is taken from a folder: neither hidden nor half there, and a video by its
    ending. pictures: still ones are taken too."""
    suffixes = (*VIDEO_SUFFIXES, *PICTURE_SUFFIXES) if pictures else VIDEO_SUFFIXES
    return not is_left_out(name) and name.lower().endswith(suffixes)


def is_left_out(name: str) -> bool:
    """Whether a file is hidden, or not finished by whoever writes it."""
    return name.startswith(".") or name.endswith("~") or name.lower().endswith(PARTIAL)


def is_pattern(text: str) -> bool:
    """Whether a path means all that match it. In an address of the web a `?` begins the query."""
    wild = _WILD - {"?"} if text.startswith(("http://", "https://")) else _WILD
    return not wild.isdisjoint(text)


def fixed_part(pattern: str) -> str:
    """The folders of a pattern before its first wildcard."""
    parts = pattern.split("/")
    wild = next(place for place, part in enumerate(parts) if not _WILD.isdisjoint(part))
    return "/".join(parts[:wild]) or ("/" if pattern.startswith("/") else "")
