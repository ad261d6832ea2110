"""Owns what a file's name says of it: a picture, numbered pictures; must not know what is in the file."""

from __future__ import annotations

import re
from pathlib import Path

NUMBER = re.compile(r"%0(\d)d")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def is_sequence(path: Path) -> bool:
    """Whether `path` names numbered pictures, such as out/%06d.png, rather than a file that exists."""
    return NUMBER.search(path.name) is not None and is_picture(path) and not path.exists()


def is_picture(path: Path) -> bool:
    """Whether `path` is named like a still picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES
