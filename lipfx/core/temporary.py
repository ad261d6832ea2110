"""Owns whether an output may be written and how it gets its name; must not know what it is made of."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from lipfx.core.rooms import short_name, written_through
from lipfx.errors import OutputError


def check_output(path: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    """Raises: OutputError when `path` is one of `inputs`, exists without `overwrite`, or has no folder."""
    folder = written_through(path).parent
    if not folder.is_dir():
        raise OutputError(f"{folder} is not a folder; make it first")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; the name of a file is wanted")
    if path.exists():
        if not path.is_file():
            raise OutputError(f"{path} is a device or a pipe; the name of a file is wanted")
        check_inputs(path, inputs)
        if not overwrite:
            raise OutputError(f"{path} exists already; choose another name or give --overwrite")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{folder} cannot be written to; choose another folder")


def check_inputs(path: Path, inputs: Iterable[Path]) -> None:
    """Raises: OutputError when `path` is one of `inputs`, under whatever name."""
    if path.exists() and any(path.samefile(other) for other in inputs if other.exists()):
        raise OutputError(f"{path} is the input itself; choose another output")


def publish(growing: Path, path: Path, *, overwrite: bool = False) -> None:
    """Gives the finished file `growing` the name `path`, in place of another one only where it may.

    Another one's mode is kept; a symbolic link is written through.

    Raises: OutputError when something has come to be there meanwhile; the file is then kept beside it.
    """
    path = written_through(path)
    if overwrite:
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, growing)
        growing.replace(path)
        return
    try:
        os.link(growing, path)
        growing.unlink()
    except FileExistsError:
        _keep_beside(growing, path)
    except OSError:  # a file system without links
        if path.exists():
            _keep_beside(growing, path)
        growing.replace(path)


def _keep_beside(growing: Path, path: Path) -> None:
    kept = suspect_path(path)
    growing.replace(kept)
    raise OutputError(
        f"{path} has come to be while lipfx ran and was left alone; the result is kept as {kept.name}"
    ) from None


def suspect_path(path: Path) -> Path:
    """A free name beside `path` for what came out in doubt."""
    stem, suffix = short_name(path)
    names = (path.with_name(f"{stem}.suspect{number}{suffix}") for number in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())
