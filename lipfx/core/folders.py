"""Owns how many new files take the place of earlier ones in a folder, at once; must not know what they hold.

A list beside the files says which lipfx wrote. Those give way, all others stay: the new folder is built
aside, with further names for what stays, and changes places with the old one in a single step.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from lipfx.core.rooms import Growing, written_through
from lipfx.core.temporary import suspect_path
from lipfx.errors import OutputError

LIST = ".lipfx-{key}.list"
AT_CWD, EXCHANGE = -100, 2  # of Linux' renameat2


class NewContent:
    """Files for `folder` that grow in `room`. key: of what is written, such as masks: each kind has its list.

    takes: whether a name may come to be among the new files. told: names that what is in `folder` tells to be
    lipfx's own, in place of a list, or beside one where they are `listed` all the same.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        takes: Callable[[str], bool],
        told: Callable[[Path], frozenset[str]] | None = None,
        *,
        listed: bool = False,
    ) -> None:
        self.folder = folder = written_through(folder)
        whole = folder.absolute()
        # A folder that we stand in, or whose neighbours are not ours, stays and gets its files one by one.
        self._stays = folder.is_dir() and (_surrounds_us(folder) or not os.access(whole.parent, os.W_OK))
        self._near = whole / whole.name if self._stays else whole
        self._growing = Growing(self._near)
        self._list = LIST.format(key=key)
        self._takes = takes
        self._told = told
        self._listed = listed or told is None
        self._overwrite = False

    def begin(self, inputs: Iterable[Path], *, overwrite: bool) -> None:
        """Makes the room.

        Raises: OutputError when `folder` cannot be that, holds an input or a stranger's file in a name that
            may be taken, or earlier files without `overwrite`.
        """
        folder, self._overwrite = self.folder, overwrite
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder} is a file, wanted a folder; choose another name")
        if not folder.absolute().parent.is_dir():
            raise OutputError(f"{folder.parent}: no such folder; make it first")
        if folder.is_dir():
            self._check_inputs(inputs)
            taken = self._taken()
            if taken and not overwrite:
                raise OutputError(
                    f"{folder / taken[0]} exists already; choose another folder or pass --overwrite"
                )
            foreign = [name for name in taken if name not in self._own()]
            if foreign:
                raise OutputError(f"{folder / foreign[0]} was not written by lipfx; choose another folder")
        self._growing.begin()
        self.room.mkdir()

    @property
    def room(self) -> Path:
        """Where the new files grow, once made."""
        return self._growing.file

    def commit(self) -> None:
        """Gives the files in the room their places.

        Raises: OutputError when something that may not be replaced has come to be there meanwhile; the files
            are then kept in a folder beside it.
        """
        self._check_places()
        names = sorted(path.name for path in self.room.iterdir())
        if self._listed:
            _write(self.room / self._list, names)
        if not self.folder.is_dir():
            self.room.rename(self.folder)
        elif not self._stays and self._complete():
            shutil.copystat(self.folder, self.room)
            _exchange(self.room, self.folder)
        else:
            self._move()

    def abandon(self) -> None:
        """Removes the room. Safe to call after `commit`."""
        self._growing.end()

    def _taken(self) -> list[str]:
        """Names in the folder that may come to be among the new files."""
        return sorted(path.name for path in self.folder.iterdir() if self._takes(path.name))

    def _check_places(self) -> None:
        """What was checked at the beginning, once more."""
        if not self.folder.exists():
            return
        late = [self.folder]
        if self.folder.is_dir():
            own = self._own() if self._overwrite else frozenset()
            late = [self.folder / name for name in self._taken() if name not in own]
        if late:
            kept = suspect_path(self._near)
            self.room.rename(kept)
            raise OutputError(
                f"{late[0]} has come to be while lipfx ran and was left alone; the results are kept in {kept}"
            )

    def _own(self) -> frozenset[str]:
        """Names of what an earlier run wrote here."""
        told = self._told(self.folder) if self._told is not None else frozenset()
        return told | _read(self.folder / self._list)

    def _check_inputs(self, inputs: Iterable[Path]) -> None:
        for path in inputs:
            if not path.exists():
                continue
            if path.is_dir() and path.samefile(self.folder):
                raise OutputError(f"{self.folder} is the input itself; choose another folder")
            inside = path.parent.samefile(self.folder) and self._takes(path.name)
            if inside and not path.is_dir():
                raise OutputError(f"{path} is an input, which would be replaced; choose another folder")

    def _complete(self) -> bool:
        """Gives what stays a second name in the room; whether that could be done."""
        own, new = self._own(), {path.name for path in self.room.iterdir()}
        try:
            for path in self.folder.iterdir():
                if path.name not in own and path.name not in new:
                    _link(path, self.room / path.name)
        except OSError:  # a file system without links
            return False
        return True

    def _move(self) -> None:
        """File by file, where folders cannot change places: a kill then leaves some old and some new ones."""
        own, new = self._own(), {path.name for path in self.room.iterdir()}
        listed = self.folder / self._list
        _write(listed, own | new)  # should we be killed, the next run knows all
        for name in sorted(new - {self._list}):
            _remove(self.folder / name, only_folders=True)
            (self.room / name).replace(self.folder / name)
        for name in own - new - {self._list}:
            _remove(self.folder / name)
        if self._list in new:
            (self.room / self._list).replace(listed)
        else:
            listed.unlink()


def _surrounds_us(folder: Path) -> bool:
    """Whether the working folder lies in it, which would then be a removed one."""
    with contextlib.suppress(OSError):
        here = Path.cwd()
        return any(place.samefile(folder) for place in (here, *here.parents))
    return True


def _write(listed: Path, names: Iterable[str]) -> None:
    listed.write_bytes(b"".join(os.fsencode(name) + b"\n" for name in sorted(set(names) - {listed.name})))


def _read(listed: Path) -> frozenset[str]:
    """The names in a list, and its own; none where there is no list."""
    try:
        return frozenset(map(os.fsdecode, listed.read_bytes().splitlines())) | {listed.name}
    except OSError:
        return frozenset()


def _exchange(new: Path, old: Path) -> None:
    """Lets two folders change places: in one step on Linux, elsewhere in two."""
    with contextlib.suppress(AttributeError, OSError):
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        if rename(AT_CWD, os.fsencode(new), AT_CWD, os.fsencode(old), EXCHANGE) == 0:
            return
    aside = old.with_name(f".{old.name}.lipfx.old")  # not in the room, which goes should we be killed
    old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


def _link(path: Path, second: Path) -> None:
    if path.is_symlink():
        second.symlink_to(path.readlink())
    elif path.is_dir():
        second.mkdir()
        for child in path.iterdir():
            _link(child, second / child.name)
        shutil.copystat(path, second)
    else:
        os.link(path, second)


def _remove(path: Path, *, only_folders: bool = False) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif not only_folders:
        path.unlink(missing_ok=True)
