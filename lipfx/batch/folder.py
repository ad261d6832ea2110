"""Owns opening a batch's folder, and the folder on a disk; must not know what is in it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from lipfx.batch.store import Folder, exists_already
from lipfx.errors import OutputError


def open_folder(address: str, room: Path | None = None) -> Folder:
    """The folder at a path or an fsspec address. room: a folder on the same disk where files can grow.

    Raises: MissingToolError, OutputError: it cannot be used.
    """
    if "://" in address:
        from lipfx.batch.remote import RemoteFolder

        return RemoteFolder(address)
    return LocalFolder(Path(address), room)


class LocalFolder:
    """A folder on a disk, made where it is first written to; see `Folder`.

    room: where files grow that have to appear whole; without it, hidden beside their place, where a run that
    is killed would leave them.
    """

    def __init__(self, path: Path, room: Path | None = None) -> None:
        if path.exists() and not path.is_dir():
            raise OutputError(f"--out {path} is a file, wanted a folder; choose another name")
        self.address = str(path)
        self._path = path
        self._room = room

    def read(self, name: str) -> bytes | None:
        try:
            return (self._path / name).read_bytes()
        except OSError:
            return None

    def read_all(self, folder: str) -> Iterator[tuple[str, bytes]]:
        try:
            names = os.listdir(self._path / folder)  # noqa: PTH208 - names alone are wanted
        except FileNotFoundError:
            return
        for name in names:
            content = None if name.startswith(".") else self.read(f"{folder}/{name}")
            if content is not None:
                yield name, content

    def write(self, name: str, content: bytes) -> None:
        path = self._path / name
        # Nodes that share the folder may write the same name, and process numbers repeat between them.
        aside = (self._room or path.parent) / f".{path.name}.{socket.gethostname()}-{os.getpid()}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                aside.write_bytes(content)
                aside.replace(path)
            finally:
                aside.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}") from error

    def has(self, name: str) -> bool:
        return os.path.lexists(self._path / name)

    def put(self, path: Path, name: str, *, replaces: bool) -> None:
        target = self._path / name
        if not replaces and os.path.lexists(target):
            raise exists_already(str(target))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir() and path.is_dir():
                old = path.with_name(f"{path.name}.old")
                target.rename(old)
                path.rename(target)
                shutil.rmtree(old, ignore_errors=True)
            else:
                path.replace(target)
        except OSError as error:
            raise OutputError(f"{target} cannot be written: {error.strerror}") from error

    def path_of(self, name: str) -> str:
        return str(self._path / name)
