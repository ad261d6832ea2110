"""Owns the folder in which a run's outputs grow; must not know what is in it.

It is a run's own, and known by a lock that the run holds: process numbers mean nothing across containers and
machines that share a disk. What runs that are gone have left goes when the next one begins.
"""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lipfx.batch.store import STATE
from lipfx.errors import OutputError

_LOCK = "lock"


@contextmanager
def run_room(address: str) -> Iterator[Path]:
    """A folder for this run alone: on the disk of the batch's folder, or for one that is elsewhere, on ours.

    Raises: OutputError when it cannot be made.
    """
    work = Path(address) / STATE / "work"
    if "://" in address:
        work = Path(tempfile.gettempdir()) / f"lipfx-batch-{getpass.getuser()}"
    try:
        work.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(work)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=work))
        lock = (new / _LOCK).open("wb")
        _try_lock(lock)
        # Runs that begin at the same time must not find it before it is locked.
        room = new.rename(work / f"run{new.name.removeprefix('.new')}")
    except OSError as error:
        raise OutputError(f"{work} cannot be made: {error.strerror}; choose another place") from error
    try:
        with lock:
            yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        with suppress(OSError):  # other runs have their rooms there
            work.rmdir()


def _remove_abandoned(work: Path) -> None:
    for room in work.glob("run-*"):
        with suppress(OSError), (room / _LOCK).open("r+b") as lock:
            if _try_lock(lock):
                shutil.rmtree(room, ignore_errors=True)


def _try_lock(file: BinaryIO) -> bool:
    """Takes the lock of a room, which goes with the process; whether it was free."""
    if os.name != "posix":
        return False  # where open files cannot be removed, nothing of another run's can be told or taken
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
