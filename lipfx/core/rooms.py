"""Owns folders in which a run's files grow, and what becomes of those of runs that are gone; must not know
what is in them.

A room is known by a lock that its run holds: names and process numbers mean nothing across containers and
machines that share a disk, and a folder that somebody else named alike has no lock at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

LOCK = ".lipfx.lock"
LONGEST = 220  # bytes of a name to which more can be added; file systems take 255


class Room:
    """A folder in `parent` for this run alone; a context manager that makes and removes it.

    prefix: of its name. Rooms of that prefix whose runs are gone are removed first.
    """

    def __init__(self, parent: Path, prefix: str) -> None:
        self.parent = parent
        self.prefix = prefix
        self._folder: Path | None = None
        self._lock: BinaryIO | None = None

    @property
    def folder(self) -> Path:
        """Where it is, once made."""
        assert self._folder is not None
        return self._folder

    def begin(self) -> Path:
        """Makes the room; its folder.

        Raises: OSError.
        """
        _remove_abandoned(self.parent, self.prefix)
        self._folder = self.parent / f"{self.prefix}{secrets.token_hex(8)}"  # known before it is there
        self._folder.mkdir(0o700)
        new = self._folder / f"{LOCK}.new"
        self._lock = new.open("wb")
        try_lock(self._lock)
        new.rename(
            self._folder / LOCK
        )  # runs that begin at the same time must not find it before it is locked
        return self._folder

    def end(self) -> None:
        """Removes the room. Safe to call again, and before `begin`."""
        try:
            self._remove()
        except KeyboardInterrupt:  # a signal in the middle of it
            self._remove()
            raise
        finally:
            if self._lock is not None:
                self._lock.close()

    def _remove(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Path:
        try:
            return self.begin()
        except BaseException:
            self.end()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


class Growing(Room):
    """A room beside `path`, a file or a folder, where it grows under the name `file` until it is complete."""

    def __init__(self, path: Path) -> None:
        stem, suffix = short_name(path)
        super().__init__(written_through(path).absolute().parent, f".{stem}.lipfx-")
        self._name = f"new{suffix}"

    @property
    def file(self) -> Path:
        """Where it grows, once the room is made; nothing is there at first."""
        return self.folder / self._name


@contextlib.contextmanager
def growing(path: Path) -> Iterator[Path]:
    """Where `path` grows while the block lasts; `publish` gives it its name."""
    with Growing(path) as folder:
        yield folder / f"new{short_name(path)[1]}"


def written_through(path: Path) -> Path:
    """What a symbolic link means, whether it is there yet or not; any other path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def short_name(path: Path) -> tuple[str, str]:
    """Stem and suffix of `path`, or what stands for them where they leave no room for more in a name."""
    if len(os.fsencode(path.name)) <= LONGEST:
        return path.stem, path.suffix
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= LONGEST // 4 else ""
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()[:32], suffix


def kept_path(path: Path) -> Path:
    """The name beside `path` of what is kept until it is complete, over several runs."""
    stem, suffix = short_name(path)
    return written_through(path).absolute().with_name(f".{stem}{suffix}.lipfx-parts")


def scratch_folder() -> Room:
    """A folder among the system's temporary ones."""
    return Room(Path(tempfile.gettempdir()), "lipfx-")


def _remove_abandoned(parent: Path, prefix: str) -> None:
    with os.scandir(parent) as entries:
        rooms = [entry.path for entry in entries if entry.name.startswith(prefix)]
    for room in map(Path, rooms):
        with contextlib.suppress(OSError), (room / LOCK).open("r+b") as lock:
            if not room.is_symlink() and try_lock(lock):
                shutil.rmtree(room, ignore_errors=True)


def try_lock(file: BinaryIO) -> bool:
    """Takes the lock of a room, which goes with the process; whether it was free."""
    if os.name != "posix":
        return False  # where open files cannot be removed, nothing of another run's can be told or taken
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
