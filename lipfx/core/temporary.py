"""Owns where an output grows until it is complete, and whether it may; must not know what it is made of."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from lipfx.errors import OutputError

LONGEST = 220  # bytes of a name to which more can be added; file systems take 255
TEMPORARY = ".{stem}.lipfx-{pid}{suffix}"


def check_output(path: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    """Raises: OutputError when `path` is one of `inputs`, exists without `overwrite`, or has no folder."""
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"{folder} is not a folder; make it first")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; the name of a file is wanted")
    if path.exists():
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

    Raises: OutputError when something has come to be there meanwhile; the file is then kept beside it.
    """
    if overwrite:
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
    stem, suffix = _short(path)
    names = (path.with_name(f"{stem}.suspect{number}{suffix}") for number in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())


def temporary_path(path: Path) -> Path:
    """The name beside `path` under which it grows; it tells the process that writes it."""
    stem, suffix = _short(path)
    return path.with_name(TEMPORARY.format(stem=stem, pid=os.getpid(), suffix=suffix))


def _short(path: Path) -> tuple[str, str]:
    """Stem and suffix of `path`, or what stands for them where they leave no room for more in a name."""
    if len(os.fsencode(path.name)) <= LONGEST:
        return path.stem, path.suffix
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= LONGEST // 4 else ""
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32], suffix


def remove_abandoned(path: Path) -> None:
    """Removes what processes that no longer run have left of `path`, a file or a folder."""
    stem, suffix = _short(path)
    pattern = re.compile(re.escape(f".{stem}.lipfx-") + r"(\d+)" + re.escape(suffix))
    for other in path.parent.iterdir():
        found = pattern.fullmatch(other.name)
        if found and not is_running(int(found[1])):
            if other.is_dir() and not other.is_symlink():
                shutil.rmtree(other, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    other.unlink()


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder among the system's temporary ones, for this run alone; removes what killed runs have left."""
    for other in Path(gettempdir()).glob("lipfx-*"):
        found = re.match(r"lipfx-(\d+)-", other.name)
        if found and not is_running(int(found[1])):
            shutil.rmtree(other, ignore_errors=True)
    with TemporaryDirectory(prefix=f"lipfx-{os.getpid()}-") as folder:
        yield Path(folder)


def is_running(pid: int) -> bool:
    """Whether a process of this number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
