"""Owns the folder in which the parts of one output wait for each other; must not know what is in it.

It lies hidden beside the output, and stays when a run ends early, so that the same command goes on with it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lipfx.core.rooms import kept_path, try_lock
from lipfx.errors import OutputError

_LOCK, _KEY = "lock", "key"


@contextmanager
def kept_room(output: Path, key: str) -> Iterator[Path]:
    """The folder for the parts of `output`, empty unless it was left by a run of the same `key`. Whoever is
    done with it removes it.

    Raises: OutputError when it cannot be made, or another run is at work in it.
    """
    room = kept_path(output)
    try:
        room.mkdir(exist_ok=True)
        with (room / _LOCK).open("ab") as lock:
            if os.name == "posix" and not try_lock(lock):
                raise OutputError(f"another run is at work on {output}; wait for it, or choose another name")
            if not (room / _KEY).is_file() or (room / _KEY).read_text() != key:
                _clear(room)
                (room / _KEY).write_text(key)
            yield room
    except OSError as error:
        if error.filename is None or not Path(str(error.filename)).is_relative_to(room):
            raise
        raise OutputError(f"{room} cannot be written to: {error.strerror}") from error


def _clear(room: Path) -> None:
    for path in room.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()
