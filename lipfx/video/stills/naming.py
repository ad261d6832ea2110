"""Owns what a file's name and first bytes say of it: a picture, numbered ones; must not know its content."""

from __future__ import annotations

import re
from pathlib import Path

NUMBER = re.compile(r"%0(\d)d")
PICTURE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".tif", ".tiff", ".bmp"),
    *(".avif", ".jp2", ".j2k", ".tga", ".ppm", ".pgm", ".pnm"),
)
PNG = b"\x89PNG\r\n\x1a\n"


def is_sequence(path: Path) -> bool:
    """Whether `path` names numbered pictures, such as out/%06d.png, rather than a file that exists."""
    return NUMBER.search(path.name) is not None and is_picture(path) and not path.exists()


def is_picture(path: Path) -> bool:
    """Whether `path` is named like a still picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def is_animation(path: Path) -> bool:
    """Whether the file is an animated PNG, or a GIF under another name, which ffmpeg reads as clips."""
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError:
        return False
    before, _, _ = head.partition(b"IDAT")
    return head.startswith(b"GIF8") or (head.startswith(PNG) and b"acTL" in before)
