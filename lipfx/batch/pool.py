"""Owns the processes of this machine that do a batch's tasks; must not know what tasks are.

Executors share queues and their locks between processes: one that is killed with a lock in its hand, or
stopped, holds up all others, and `concurrent.futures` gives up all that is pending. Here every process has a
pipe of its own.
"""

from __future__ import annotations

import multiprocessing
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lipfx.batch.engine import Ended, Event, Lost, Progressed
from lipfx.batch.task import Result, Setup, Task
from lipfx.batch.worker import Ready, serve
from lipfx.core.rooms import scratch_folder
from lipfx.errors import LipfxError

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

STILLBORN = 3
"""Workers in a row that may die before they are ready."""
LAST_WORDS = 300
END_SECONDS = 5.0


@dataclass
class _Worker:
    """A process, our end of its pipe, the file that holds its words, and what it does."""

    process: SpawnProcess
    pipe: Connection[Any, Any]
    words: Path
    ready: bool = False
    task: Task | None = None


@dataclass
class Pool:
    """`jobs` processes of this machine; see `Engine`."""

    jobs: int
    setup: Setup
    _workers: list[_Worker] = field(default_factory=list)
    _stillborn: int = 0
    _numbers: Iterator[int] = field(default_factory=count)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Pool:
        self._room = self._stack.enter_context(scratch_folder())
        for _ in range(self.jobs):
            self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for worker in self._workers:
                worker.pipe.close()  # which idle ones take for the end
                if worker.task is not None or not worker.ready:
                    worker.process.kill()
            for worker in self._workers:
                worker.process.join(END_SECONDS)
                _end(worker)
            self._workers.clear()
        finally:
            self._stack.close()

    @property
    def free(self) -> int:
        return sum(worker.ready and worker.task is None for worker in self._workers)

    def submit(self, task: Task) -> None:
        worker = next(w for w in self._workers if w.ready and w.task is None)
        worker.task = task
        with suppress(OSError):  # it has just died, which `poll` finds
            worker.pipe.send(task)

    def poll(self, seconds: float) -> list[Event]:
        by_pipe = {worker.pipe: worker for worker in self._workers}
        by_sentinel = {worker.process.sentinel: worker for worker in self._workers}
        happened = connection.wait([*by_pipe, *by_sentinel], seconds)
        events: list[Event] = []
        for pipe, worker in by_pipe.items():
            if pipe in happened:
                events += self._heard(worker)
        for sentinel, worker in by_sentinel.items():
            if sentinel in happened and worker in self._workers:
                events += self._heard(worker)  # what it said before it died
                events += self._bury(worker)
        return events

    def drop(self, key: str) -> None:
        worker = next(w for w in self._workers if w.task is not None and w.task.key == key)
        _end(worker)
        self._replace(worker)

    def _heard(self, worker: _Worker) -> list[Event]:
        """What a worker has sent; a pipe that ends in the middle is left to whoever buries it."""
        events: list[Event] = []
        try:
            while worker.pipe.poll():
                events += self._understood(worker, worker.pipe.recv())
        except (EOFError, OSError):
            pass
        return events

    def _understood(self, worker: _Worker, message: Any) -> list[Event]:
        if isinstance(message, Ready):
            worker.ready, self._stillborn = True, 0
            return []
        if isinstance(message, Result):
            worker.task = None
            return [Ended(message)]
        assert worker.task is not None
        return [Progressed(worker.task.key, *message)]

    def _bury(self, worker: _Worker) -> list[Event]:
        """Puts a new worker in the place of a dead one.

        Raises: LipfxError: none of them lives long enough to begin.
        """
        _end(worker)
        why = _cause(worker)
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn >= STILLBORN * self.jobs:
                raise LipfxError(f"no worker could start: {why}; try fewer --jobs or a higher --memory-limit")
        self._replace(worker)
        return [Lost(worker.task.key, why)] if worker.task is not None else []

    def _replace(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.words.unlink(missing_ok=True)
        if worker.task is not None:  # what it has left of an output would take up the disk till the end
            shutil.rmtree(self.setup.room / worker.task.key, ignore_errors=True)
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        number = next(self._numbers)
        words = self._room / f"worker-{number}.txt"
        process = context.Process(
            target=serve, args=(theirs, self.setup, words), name=f"lipfx-worker-{number}"
        )
        process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours, words))


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


def _cause(worker: _Worker) -> str:
    """Why a worker died, in words."""
    code = worker.process.exitcode or 0
    try:
        name = signal.Signals(-code).name if code < 0 else f"status {code}"
    except ValueError:
        name = f"signal {-code}"
    why = f"the worker died ({name})"
    try:
        said = " ".join(worker.words.read_text(errors="replace").split())
    except OSError:
        said = ""
    return f"{why}: {said[-LAST_WORDS:]}" if said else why
