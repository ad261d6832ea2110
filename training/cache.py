"""Owns files of arrays that are made once, and anew when they are damaged; must not know what they hold."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.core.rooms import growing

Arrays = Mapping[str, NDArray[Any]]


def read_cache(path: Path, key: str, wanted: list[str]) -> Arrays | None:
    """All arrays of a cache whose array `key` holds `wanted`; None where there is none, or a damaged one."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if stored[key].tolist() == wanted:
                return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError):
        return None
    return None


def write_cache(path: Path, arrays: Arrays) -> None:
    """Writes a cache, which is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with growing(path) as new:
        np.savez(new, **arrays)  # type: ignore[arg-type]
        new.replace(path)
