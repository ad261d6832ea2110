"""Owns clips and folders that are not on a disk of this machine, through fsspec; must not know what is in
them.

Clips are copied to local scratch for as long as they are worked at: ffmpeg's own protocols stay closed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from lipfx.batch.found import Found, fixed_part, is_pattern
from lipfx.batch.store import exists_already
from lipfx.errors import InputError, LipfxError, MissingToolError, OutputError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated", "created")
"""What file systems call the sign of a file's last change."""


def open_address(address: str) -> tuple[AbstractFileSystem, str]:
    """The file system of an address, and the path on it.

    Raises: MissingToolError: fsspec, or what it needs for that protocol, is not installed; InputError.
    """
    protocol = address.partition("://")[0]
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        filesystem, path = url_to_fs(address)
    except ImportError as error:
        raise MissingToolError(
            f"{protocol}:// needs a package that is missing ({_line(error)}); pip install 'lipfx[cloud]'"
        ) from error
    except ValueError as error:
        raise InputError(f"{address}: {_line(error)}; write for example s3://bucket/folder") from error
    return filesystem, str(path)


def find_remote(address: str, takes: Callable[[str], bool], out: str) -> Iterator[Found]:
    """The clips that an address means: a file, all below a folder that `takes` names, or a pattern's.

    Raises: InputError: it cannot be read, or nothing is there; MissingToolError.
    """
    filesystem, path = open_address(address)
    wild = is_pattern(address)
    with _reading(address):
        if not wild and filesystem.isfile(path):
            return iter([Found(address, name_of(address))])
        root, base = (fixed_part(p) if wild else p.rstrip("/") for p in (address, path))
        paths = sorted(filesystem.glob(path) if wild else filesystem.find(base))
    names = (str(p)[len(base) :].lstrip("/") for p in paths)
    return (
        Found(f"{root}/{name}", name, root)
        for name in names
        if takes(PurePosixPath(name).name)
        and not any(part.startswith(".") for part in name.split("/"))
        and not f"{root}/{name}".startswith(f"{out.rstrip('/')}/")
    )


def name_of(address: str) -> str:
    """The name of a file at an address, without what the web asks for it."""
    path = address.partition("://")[2]
    return PurePosixPath(path.partition("?")[0] if address.startswith("http") else path).name


def size_and_stamp(address: str) -> tuple[int, str] | None:
    """A clip's size and its file system's sign of its last change; None where it is not there.

    Raises: MissingToolError, InputError.
    """
    filesystem, path = open_address(address)
    with _reading(address):
        try:
            told: dict[str, Any] = filesystem.info(path)
        except FileNotFoundError:
            return None
    stamp = next((str(told[name]) for name in _STAMPS if told.get(name)), "")
    return int(told.get("size") or 0), stamp


def fetch(address: str, folder: Path, limit: int) -> Path:
    """Copies a file into `folder`, under its own name. limit: bytes that it may have, 0 for any.

    Raises: InputError: it cannot be read, or is larger; MissingToolError.
    """
    filesystem, path = open_address(address)
    folder.mkdir(parents=True, exist_ok=True)
    local = folder / name_of(address)
    with _reading(address):
        size = int(filesystem.size(path) or 0)
        if limit and size > limit:
            raise InputError(
                f"{address} has {size / 2**30:.2f} GiB, more than the {limit / 2**30:.2f} GiB of scratch "
                "that a job may fill; raise --scratch-limit or lower --jobs"
            )
        filesystem.get_file(path, str(local))
    return local


class RemoteFolder:
    """A batch's folder on an object store or another file system that fsspec knows; see `Folder`.

    Object stores show an object when it is complete; elsewhere a file grows under its name.
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._filesystem, self._path = open_address(self.address)

    def read(self, name: str) -> bytes | None:
        try:
            return bytes(self._filesystem.cat_file(f"{self._path}/{name}"))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise OutputError(f"{self.address}/{name} cannot be read: {_line(error)}") from error

    def read_all(self, folder: str) -> Iterator[tuple[str, bytes]]:
        try:
            self._filesystem.invalidate_cache()
            paths = self._filesystem.find(f"{self._path}/{folder}")
            contents = self._filesystem.cat(paths) if paths else {}
        except FileNotFoundError:
            return
        except Exception as error:
            raise OutputError(f"{self.address} cannot be read: {_line(error)}") from error
        for path, content in contents.items():
            yield PurePosixPath(path).name, bytes(content)

    def write(self, name: str, content: bytes) -> None:
        with self._writing(name):
            path = self._made(name)
            self._filesystem.pipe_file(path, content)

    def has(self, name: str) -> bool:
        return name in self._there

    def put(self, path: Path, name: str, *, replaces: bool) -> None:
        with self._writing(name):
            if self._filesystem.exists(f"{self._path}/{name}"):
                if not replaces:
                    raise exists_already(self.path_of(name))
                if path.is_dir():
                    self._filesystem.rm(f"{self._path}/{name}", recursive=True)
            files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            for file in files:
                inner = "" if file == path else f"/{file.relative_to(path).as_posix()}"
                self._filesystem.put_file(str(file), self._made(name + inner))

    def path_of(self, name: str) -> str:
        return f"{self.address}/{name}"

    @cached_property
    def _there(self) -> frozenset[str]:
        """The names of all files and folders there were when this was first asked."""
        try:
            self._filesystem.invalidate_cache()
            paths = self._filesystem.find(self._path)
        except FileNotFoundError:
            return frozenset()
        except Exception as error:
            raise OutputError(f"{self.address} cannot be read: {_line(error)}") from error
        names = [PurePosixPath(str(path)[len(self._path) :].lstrip("/")) for path in paths]
        return frozenset(str(path) for name in names for path in (name, *name.parents))

    def _made(self, name: str) -> str:
        """The path of a file whose folder is there, on file systems that have folders."""
        path = f"{self._path}/{name}"
        self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        return path

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        try:
            yield
        except LipfxError:
            raise
        except Exception as error:
            raise OutputError(f"{self.address}/{name} cannot be written: {_line(error)}") from error


@contextlib.contextmanager
def _reading(address: str) -> Iterator[None]:
    """What any of a dozen file systems raises, as one of lipfx's errors."""
    try:
        yield
    except (LipfxError, FileNotFoundError) as error:
        if isinstance(error, FileNotFoundError):
            raise InputError(f"{address}: nothing is there; check the name") from error
        raise
    except Exception as error:
        raise InputError(f"{address} cannot be read: {_line(error)}") from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
