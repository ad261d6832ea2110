"""Owns the life of a process that does one task after another; must not know who does the other ones.

What was loaded for one clip is there for the next. Standard output and error go to a file, whose end tells
why a process died when it cannot say so itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lipfx.core.cores import SHARE

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from lipfx.batch.task import Setup, Task

REPORT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has loaded what every task needs."""


def serve(pipe: Connection[Any, Any], setup: Setup, words: Path) -> None:
    """Takes tasks from `pipe` and sends back progress, as (done, total), and results, until it is closed.

    words: the file for what libraries print.
    """
    _be_a_worker(setup, words)
    from lipfx.batch.perform import perform
    from lipfx.batch.scout import Scout

    scout = Scout()
    pipe.send(Ready())
    with contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        while True:
            task: Task = pipe.recv()
            pipe.send(perform(task, setup, _Report(pipe), scout))


class _Report:
    """Sends progress, twice a second."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe
        self._next = time.monotonic() + REPORT_SECONDS

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + REPORT_SECONDS
            self._pipe.send((done, total))


def _be_a_worker(setup: Setup, words: Path) -> None:
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal interrupts all at once; the run decides what ends
    threading.Thread(target=_end_with_the_run, name="lipfx-parent", daemon=True).start()
    with words.open("wb") as file:
        os.dup2(file.fileno(), sys.stdout.fileno() if sys.stdout else 1)
        os.dup2(file.fileno(), sys.stderr.fileno() if sys.stderr else 2)
    limit_process(setup)


def limit_process(setup: Setup) -> None:
    """Keeps this process, and what it starts, within its share of cores, priority and memory."""
    if setup.threads:
        os.environ[SHARE] = str(setup.threads)
    if setup.nice and hasattr(os, "nice"):
        os.nice(setup.nice)
    if setup.memory and sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (setup.memory, setup.memory))


def _end_with_the_run() -> None:
    """Ends this process when the one that started it is gone, however it went; ffmpeg's guards do the
    rest."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    if sys.platform == "win32":
        os._exit(1)
    os.kill(os.getpid(), signal.SIGKILL)
