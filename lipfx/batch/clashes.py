"""Owns seeing to it that outputs of a batch meet neither each other nor an input; must not know what they
are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from lipfx.batch.store import Folder
from lipfx.errors import UsageError


def check_outputs(outputs: Iterable[tuple[str, str]]) -> None:
    """Sees to it that no output would replace, or lie within, another one. outputs: their names, and inputs.

    Raises: UsageError.
    """
    owners: dict[str, str] = {}
    for name, source in outputs:
        key = os.path.normcase(name)
        if key in owners:
            raise UsageError(
                f"{owners[key]} and {source} would both become {name}; tell them apart with --name, as in "
                "--name '{parent}/{stem}{suffix}' or '{stem}-{ext}.mkv'"
            )
        owners[key] = source
    for key, source in owners.items():
        for folder in map(str, PurePosixPath(key).parents):
            if folder in owners:
                raise UsageError(
                    f"the output of {source} would lie within that of {owners[folder]}; tell them apart "
                    "with --name"
                )


def check_inputs(outputs: Sequence[tuple[str, str]], folder: Folder) -> None:
    """Sees to it that no output would take the place of an input, by whatever links or in whatever case its
    name leads there.

    Raises: UsageError.
    """
    inputs = {place for _, source in outputs for place in (_place(source), _place(source, follow=True))}
    inputs.discard(None)
    for name, source in outputs:
        path = folder.path_of(name)
        if _place(path) in inputs:
            raise UsageError(f"the output of {source} would replace the input {path}; choose another --out")


def _place(path: str, *, follow: bool = False) -> str | tuple[int, int] | None:
    """What is under a name: its file's number on its disk, None where there is nothing yet."""
    if "://" in path:
        return path
    try:
        found = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - ten thousand of them
    except OSError:
        return None
    return found.st_dev, found.st_ino
