"""Owns what a file's name and first bytes say of it: a picture, numbered ones; must not know its content."""

from __future__ import annotations

import re
from pathlib import Path

from lipfx.core.places import check_file

NUMBER = re.compile(r"%0?(\d)?d|#{2,}|(?<=[._])#(?=\.)")
"""Where numbered pictures have their number: %04d, or as many # as it has digits."""
PATTERN = re.compile(r"(?:-?\d[\d,x:-]*)?(?:%0?\d?d|#+|@+)(?=\.\w+$)")
"""The same where they are read, with or without the numbers that are meant: shot.1001-1050#.png."""
PICTURE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".tif", ".tiff", ".bmp"),
    *(".avif", ".jp2", ".j2k", ".tga", ".ppm", ".pgm", ".pnm"),
)
DEEP_SUFFIXES = (".exr", ".dpx")
"""Of pictures that are read and written in numbers alone."""
PNG = b"\x89PNG\r\n\x1a\n"


def is_sequence(path: Path) -> bool:
    """Whether `path` names numbered pictures, such as out/%06d.png, rather than a file that exists."""
    return NUMBER.search(path.name) is not None and _is_numbered(path) and not path.exists()


def is_pattern(path: Path) -> bool:
    """Whether `path` means numbered pictures that are there, rather than one file."""
    return PATTERN.search(path.name) is not None and _is_numbered(path) and not path.exists()


def parted(path: Path) -> tuple[str, str]:
    """A pattern's name without its number and ending, and those two as a new sequence would have them."""
    found = PATTERN.search(path.name)
    assert found is not None
    number = re.sub(r"^-?\d[\d,x:-]*", "", found[0]).replace("@", "#")
    return path.name[: found.start()].rstrip("._-"), f".{number}{path.suffix}"


def numbered(name: str, number: int) -> str:
    """A sequence's name with a number in it."""

    def digits(found: re.Match[str]) -> str:
        text = found[0]
        return str(number).zfill(len(text) if text.startswith("#") else int(found[1] or 1))

    return NUMBER.sub(digits, name)


def _is_numbered(path: Path) -> bool:
    return is_picture(path) or path.suffix.lower() in DEEP_SUFFIXES


def is_picture(path: Path) -> bool:
    """Whether `path` is named like a still picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def is_animation(path: Path) -> bool:
    """Whether the file is an animated PNG, or a GIF under another name, which ffmpeg reads as clips."""
    try:
        check_file(path)  # a pipe would be waited for
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except (OSError, ValueError):
        return False
    before, _, _ = head.partition(b"IDAT")
    return head.startswith(b"GIF8") or (head.startswith(PNG) and b"acTL" in before)
