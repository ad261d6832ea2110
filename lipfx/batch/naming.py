"""Owns what outputs of a batch are called; must not know whether they exist."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping
from pathlib import PurePosixPath

from lipfx.batch.found import Found
from lipfx.batch.records import LIST
from lipfx.batch.store import STATE
from lipfx.batch.task import Do
from lipfx.errors import UsageError
from lipfx.video.stills.naming import PICTURE_SUFFIXES
from lipfx.video.writing.muxing import MUXERS

PAGE = "index.html"
FIELDS = ("folder", "parent", "root", "stem", "name", "suffix", "ext")
TEMPLATES: Mapping[Do, str] = {
    "apply": "{folder}/{stem}{suffix}",
    "masks": "{folder}/{stem}",
    "track": "{folder}/{stem}.jsonl",
    "preview": "{folder}/{stem}.png",
}
FALLBACK = ".mkv"
"""The container of clips whose own one cannot be written: it holds all codecs."""


def output_name(found: Found, template: str) -> str:
    """The name of a clip's output below the batch's folder.

    {folder}: where the clip lies below what was named. {parent}: the last of its folders. {root}: the name of
    what was named. {stem}, {name}: the file's name without and with its ending. {suffix}: the ending, with
    its dot, if lipfx writes such files, else .mkv. {ext}: the ending as it is, without the dot.

    Raises: UsageError: the template is malformed, or leads out of the folder.
    """
    clip = PurePosixPath(found.relative)
    suffix = clip.suffix.lower()
    address = PurePosixPath(found.source.rpartition("://")[2].replace(os.sep, "/"))
    values = {
        "folder": str(clip.parent),
        "parent": address.parent.name,
        "root": PurePosixPath(found.root.rpartition("://")[2].replace(os.sep, "/")).name,
        "stem": clip.stem,
        "name": clip.name,
        "suffix": clip.suffix if suffix in (*MUXERS, *PICTURE_SUFFIXES) else FALLBACK,
        "ext": clip.suffix[1:],
    }
    try:
        asked = [
            (field, spec) for _, field, spec, _ in string.Formatter().parse(template) if field is not None
        ]
        if any(field not in FIELDS for field, _ in asked):
            raise UsageError(f"--name {template!r}: there are {{{'}, {'.join(FIELDS)}}}")
        name = template.format(**values)
    except (ValueError, IndexError, KeyError) as error:
        raise UsageError(
            f"--name {template!r} is malformed ({error}); write for example {{stem}}-ruby.mp4"
        ) from error
    return checked_name(name)


def checked_name(name: str) -> str:
    """The name without what does not change it.

    Raises: UsageError: it is empty, leads out of the batch's folder, or is one of lipfx's own there.
    """
    path = PurePosixPath(name.replace(os.sep, "/"))
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise UsageError(f"output {name!r} does not lie below --out; choose another name")
    if path.parts[0] == STATE or str(path) in (LIST, PAGE):
        raise UsageError(f"output {name!r} is what the batch keeps for itself; choose another --name")
    return str(path)
