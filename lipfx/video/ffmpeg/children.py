"""Owns which processes of ours run, how all of them end at once and what one has done; must not know what
they do.

Each leads a session of its own, so that an interrupt from the terminal reaches lipfx alone, and so that what
a child starts in turn, as a script in ffmpeg's place does, ends with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_running: set[int] = set()
_over: list[bool] = []


def begin(pid: int) -> None:
    """A child runs; where all are to end, it ends as well."""
    _running.add(pid)
    if _over:
        end(pid)


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Starts a child as `subprocess.Popen` does, in a thread: an interrupt meanwhile loses none."""
    with ThreadPoolExecutor(1) as aside:
        starting = aside.submit(_start, command, options)
        try:
            return starting.result()
        except KeyboardInterrupt:
            end(starting.result().pid)
            raise


def _start(command: Sequence[str], options: dict[str, Any]) -> subprocess.Popen[Any]:
    child = subprocess.Popen(command, start_new_session=True, **options)
    begin(child.pid)
    return child


def end(pid: int) -> None:
    """Ends the session of a child of ours that has not been waited for, whether it runs or not."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def forget(pid: int) -> None:
    """A child has been waited for. Safe to call again."""
    _running.discard(pid)


def end_all() -> None:
    """Ends all that run, and all that are begun from here on: lipfx itself is about to end."""
    _over.append(True)
    for pid in list(_running):
        end(pid)


@contextmanager
def known(pid: int) -> Iterator[None]:
    """The block waits for the child; whatever its session still runs ends with the block."""
    try:
        yield
    finally:
        end(pid)
        forget(pid)


@dataclass(frozen=True, slots=True)
class Seen:
    """read: bytes that a process has read. work: its processor seconds. ready: it waits for a turn."""

    read: int = 0
    work: float = 0.0
    ready: bool = False

    def moved(self, before: Seen) -> bool:
        """Whether anything has happened since `before`."""
        return self.ready or self.read > before.read or self.work > before.work


def seen(pid: int) -> Seen:
    """What a process has done; nothing where the system does not tell."""
    try:
        io = Path(f"/proc/{pid}/io").read_text()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return Seen()
    read = next((int(line.split()[1]) for line in io.splitlines() if line.startswith("rchar")), 0)
    return Seen(read, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0] == "R")
