"""Owns which clips are meant by files, folders and patterns; must not know what is done with them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lipfx.batch.found import Found, fixed_part, is_clip, is_left_out, is_pattern
from lipfx.batch.store import STATE
from lipfx.errors import InputError


def find_clips(words: Sequence[str], out: str, *, pictures: bool = False) -> list[Found]:
    """The clips that `words` mean: files, folders with all that is in them, patterns, fsspec addresses.

    out: the batch's own folder, which is never looked into. pictures: take those of folders too. A clip that
    is meant twice is there once.

    Raises: InputError: nothing is there for a word; MissingToolError: an address needs the extra
    lipfx[cloud].
    """
    found: dict[str, Found] = {}
    for word in words:
        clips = list(_meant(word, out, pictures))
        if not clips:
            raise InputError(f"{word} holds no video; name files, folders or patterns that do")
        for clip in clips:
            found.setdefault(clip.source, clip)
    return list(found.values())


def _meant(word: str, out: str, pictures: bool) -> Iterator[Found]:
    if "://" in word:
        from lipfx.batch.remote import find_remote

        return find_remote(word, lambda name: is_clip(name, pictures), out)
    path = Path(word)
    if path.is_dir():
        return _in_folder(path, Path(out), pictures)
    if path.exists():
        return iter([Found(word, path.name)])
    if not is_pattern(word):
        raise InputError(f"{word}: no such file or folder; check the name")
    return _matching(word, Path(out))


def _in_folder(root: Path, out: Path, pictures: bool) -> Iterator[Found]:
    own = os.path.realpath(out)
    for folder, inner, names in os.walk(root, followlinks=False):
        inner[:] = sorted(
            name for name in inner if not name.startswith(".") and os.path.realpath(f"{folder}/{name}") != own
        )
        below = os.path.relpath(folder, root)
        for name in sorted(names):
            if is_clip(name, pictures) and _may_be_read(f"{folder}/{name}"):
                relative = name if below == "." else f"{below}/{name}"
                yield Found(f"{folder}/{name}", relative.replace(os.sep, "/"), str(root))


def _may_be_read(path: str) -> bool:
    """Whether it is a file, or a link that leads nowhere, which is worth a word; pipes are not."""
    return os.path.isfile(path) or os.path.islink(path)  # noqa: PTH113, PTH114 - ten thousand of them


def _matching(pattern: str, out: Path) -> Iterator[Found]:
    root = fixed_part(pattern)
    own = os.path.realpath(out) + os.sep
    for name in sorted(glob.iglob(pattern, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute pattern
        inside = os.path.realpath(name).startswith(own) or STATE in name
        if Path(name).is_file() and not is_left_out(Path(name).name) and not inside:
            yield Found(name, os.path.relpath(name, root or ".").replace(os.sep, "/"), root)
