"""Owns what an output is called where none is named, or a folder; must not know what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from lipfx.errors import UsageError

ENDS = re.compile(r"\.(?:py|toml)$")


def output_for(source: Path, given: str | None, part: str, suffix: str) -> Path:
    """The output that is meant: `given`, or a free name beside the clip or in the folder that `given` is.

    part: what comes after the clip's name, as in `in-lipstick.mp4`. suffix: the ending, with its dot.

    Raises: UsageError: there is no name to make one from.
    """
    if given is not None and not Path(given).is_dir() and not given.endswith("/"):
        return Path(given)
    from lipfx.video.stills.naming import is_pattern, parted

    if not source.stem:
        raise UsageError(f"{source} has no name to make an output's from; name the output")
    folder = source.parent if given is None else Path(given)
    stem = source.name if source.is_dir() else parted(source)[0] if is_pattern(source) else source.stem
    names = (folder / f"{stem}-{part}{number}{suffix}" for number in _numbers())
    return next(name for name in names if not name.exists())


def chain_part(words: Iterable[str]) -> str:
    """What a chain adds to a clip's name: its effects or preset, files by their stems."""
    parts = (ENDS.sub("", re.split(r"[\\/]", word)[-1]) for word in words)
    return "-".join(re.sub(r"[^\w-]+", "-", part) for part in parts)


def written_suffix(source: Path) -> str:
    """The ending of a clip's name if lipfx writes such files, else that of the container which holds all."""
    from lipfx.video.stills.naming import is_pattern, is_picture, parted
    from lipfx.video.writing.muxing import MUXERS

    if is_pattern(source):
        return parted(source)[1]
    kept = source.suffix.lower() in MUXERS or is_picture(source)
    return source.suffix if kept else ".mkv"


def _numbers() -> Iterable[str]:
    yield ""
    for number in count(2):
        yield f"-{number}"
