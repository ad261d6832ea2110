"""Owns how a clip is told from others, and from itself changed; must not know what is done with it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from lipfx.errors import InputError

SAMPLE = 1 << 16
"""Bytes of a clip's start, middle and end that are hashed: all of a long night's clips would take hours."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What tells a clip from another, or from itself changed: bytes, a stamp of its last change, a hash of
    its ends and middle, empty where that was not made."""

    size: int
    stamp: str
    digest: str = ""


NOTHING = Signature(0, "")
"""That of a clip that is not there."""


def signature_of(source: str) -> Signature:
    """What can be told of the clip at a path or address without reading it; NOTHING where there is none.

    Raises: MissingToolError, InputError: an address cannot be read.
    """
    if "://" in source:
        from lipfx.batch.remote import size_and_stamp

        told = size_and_stamp(source)
        return NOTHING if told is None else Signature(*told)
    try:
        found = Path(source).stat()
    except OSError:
        return NOTHING
    if stat.S_ISDIR(found.st_mode):
        return Signature(0, folder_stamp(Path(source)))
    return Signature(found.st_size, str(found.st_mtime_ns))


def folder_stamp(folder: Path) -> str:
    """Of a folder's files their names, sizes and last changes, as a hash; empty where there is no folder."""
    try:
        with os.scandir(folder) as entries:
            files = sorted((e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in entries if e.is_file())
    except OSError:
        return ""
    return hashlib.blake2b(repr(files).encode(), digest_size=16).hexdigest()


def digested(signature: Signature, path: Path) -> Signature:
    """The signature with the hash of the clip at `path`; a folder of pictures has none.

    Raises: InputError when it cannot be read.
    """
    return signature if path.is_dir() else replace(signature, digest=digest_of(path))


def same_clip(source: str, now: Signature, before: Signature) -> bool:
    """Whether the clip at a path or address is the one that was seen before: same size, and same stamp or
    content.

    Raises: InputError when it cannot be read.
    """
    if now.size != before.size or NOTHING in (now, before):
        return now == before
    if now.stamp == before.stamp:
        return True
    if "://" in source or not before.digest:
        return False
    return digest_of(Path(source)) == before.digest


def digest_of(path: Path) -> str:
    """A hash of a file's size, start, middle and end.

    Raises: InputError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            taken = hashlib.blake2b(str(size).encode(), digest_size=16)
            for place in (0, max(size // 2 - SAMPLE // 2, 0), max(size - SAMPLE, 0)):
                file.seek(place)
                taken.update(file.read(SAMPLE))
            return taken.hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
