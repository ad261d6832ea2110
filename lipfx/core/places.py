"""Owns what a path must be before it is opened; must not know what is read from it."""

from __future__ import annotations

from pathlib import Path


def check_file(path: Path, most: int | None = None) -> None:
    """Refuses what reading may wait for or never end: pipes, devices, files of more than `most` bytes.

    Raises: ValueError; OSError where nothing is there.
    """
    size = path.stat().st_size
    if not path.is_file():
        raise ValueError("it is a folder, a pipe or a device, wanted a file")
    if most is not None and size > most:
        raise ValueError(f"it has {size} bytes, at most {most} are taken")
