"""Owns what a batch asks of the folder that its outputs and records go to; must not know where one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from lipfx.errors import OutputError

STATE = ".lipfx-batch"
"""The folder, within the batch's, of what lipfx keeps there for itself."""


class Folder(Protocol):
    """Where a batch's outputs and records are. Names are relative, with `/`; what is written is whole or not
    there."""

    address: str

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""

    def read_all(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Names and contents of all files that lie right in `folder`."""

    def write(self, name: str, content: bytes) -> None:
        """Raises: OutputError when it cannot be written."""

    def has(self, name: str) -> bool:
        """Whether there was a file or folder of that name when this was first asked, or is one now."""

    def put(self, path: Path, name: str, *, replaces: bool) -> None:
        """Moves a finished file or folder here; replaces: in place of what is there, if anything.

        Raises: OutputError: it cannot be written, or something is there and stays.
        """

    def path_of(self, name: str) -> str:
        """The path or address of a file here."""


def exists_already(path: str) -> OutputError:
    """The error of a name that is taken."""
    return OutputError(f"{path} exists already; give --overwrite to replace it")
