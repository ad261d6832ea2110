"""Owns seeing to it that outputs of a batch meet neither each other nor an input; must not know what they
are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
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
    """Sees to it that no output would take the place of an input, whatever links lead to either.

    Raises: UsageError.
    """
    entries = _Entries()
    inputs = {place for _, source in outputs for place in entries.of_input(source)}
    for name, source in outputs:
        path = folder.path_of(name)
        if entries.of(path) in inputs:
            raise UsageError(f"the output of {source} would replace the input {path}; choose another --out")


class _Entries:
    """Where names of files are entered, with links on the way to them followed."""

    def __init__(self) -> None:
        self._folder = lru_cache(maxsize=None)(os.path.realpath)

    def of(self, path: str) -> str:
        """The entry that is replaced where something is written under that name."""
        if "://" in path:
            return path
        folder, name = os.path.split(path)
        return os.path.join(self._folder(folder or "."), name)  # noqa: PTH118 - ten thousand of them

    def of_input(self, path: str) -> tuple[str, ...]:
        """The entry of an input, and the one that it leads to where it is a link."""
        own = self.of(path)
        linked = "://" not in path and os.path.islink(path)  # noqa: PTH114 - as above
        return (own, os.path.realpath(path)) if linked else (own,)
