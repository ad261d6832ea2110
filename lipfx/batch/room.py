"""Owns the folder in which a run's outputs grow; must not know what is in it."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lipfx.batch.store import STATE
from lipfx.core.rooms import Room
from lipfx.errors import OutputError


@contextmanager
def run_room(address: str) -> Iterator[Path]:
    """A folder for this run alone: on the disk of the batch's folder, or for one that is elsewhere, on ours.

    Raises: OutputError when it cannot be made.
    """
    work = Path(address) / STATE / "work"
    if "://" in address:
        work = Path(tempfile.gettempdir()) / f"lipfx-batch-{getpass.getuser()}"
    room = Room(work, "run-")
    try:
        work.mkdir(parents=True, exist_ok=True)
        room.begin()
    except OSError as error:
        raise OutputError(f"{work} cannot be made: {error.strerror}; choose another place") from error
    try:
        yield room.folder
    finally:
        room.end()
        with suppress(OSError):  # other runs have their rooms there
            work.rmdir()
