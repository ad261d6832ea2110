"""Owns doing a batch's tasks on a Ray cluster: an actor a place, each with its cores; must not know the run.

Nothing travels through Ray's object store but tasks and results, so a small /dev/shm does. Outputs and
records go to the batch's folder, which all nodes see under the same path or address, and lipfx is installed
on every node.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from lipfx.batch.engine import Ended, Event, Lost, Progressed
from lipfx.batch.room import run_room
from lipfx.batch.task import Result, Setup, Task
from lipfx.batch.worker import limit_process
from lipfx.errors import LipfxError, MissingToolError

OBJECT_STORE = 80 << 20
"""Bytes: the least that Ray takes."""
ASK_SECONDS = 1.0
STILLBORN = 3
LISTENS_WITHIN = 10.0
"""Seconds in which a cluster answers that somebody listens there."""
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - asked for its size alone


class _Actor:
    """What stays on a node and does one task after another, while it tells how far it is."""

    def __init__(self, setup: Setup, folder: str) -> None:
        with contextlib.suppress(OSError):
            os.chdir(folder)  # paths in chains and options are as from where the batch was begun
        limit_process(setup)
        self._stack = ExitStack()
        # Where the run's own room is not on the disk that all share, every node has one.
        remote = "://" in setup.folder
        room = self._stack.enter_context(run_room(setup.folder)) if remote else setup.room
        self._setup = replace(setup, room=room)
        self._done: tuple[int, int | None] = (0, None)

    def ready(self) -> bool:
        return True

    def perform(self, task: Task) -> Result:
        from lipfx.batch.perform import perform

        self._done = (0, None)
        return perform(task, self._setup, self._note)

    def progress(self) -> tuple[int, int | None]:
        return self._done

    def close(self) -> None:
        self._stack.close()

    def _note(self, done: int, total: int | None) -> None:
        self._done = (done, total)


@dataclass
class _Place:
    """An actor, what was asked of it and is not answered, and what it does."""

    actor: Any
    coming: Any
    asked: Any = None
    task: Task | None = None
    ready: bool = False
    next_question: float = 0.0


@dataclass
class RayActors:
    """At most `most` actors on the cluster at `address`, or on one that is started here; see `Engine`.

    jobs: how many; None is as many as the cluster has cores for, each with `setup.threads`.
    """

    jobs: int | None
    most: int
    setup: Setup
    address: str | None = None
    _places: list[_Place] = field(default_factory=list)
    _stillborn: int = 0

    def __enter__(self) -> RayActors:
        """Raises: MissingToolError: Ray is not installed; LipfxError: there is no such cluster."""
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        try:
            import ray  # type: ignore[import-not-found,unused-ignore]
        except ImportError as error:
            raise MissingToolError(f"--engine ray: {error}; pip install 'lipfx[ray]'") from error
        self._ray: Any = ray
        _check_reachable(self.address or os.environ.get("RAY_ADDRESS", ""))
        quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        try:
            if self.address is not None or "RAY_ADDRESS" in os.environ:
                ray.init(address=self.address, **quiet)
            else:
                ray.init(include_dashboard=False, object_store_memory=OBJECT_STORE, **_elsewhere(), **quiet)
        except (ConnectionError, ValueError, RuntimeError) as error:
            words = " ".join(str(error).split())[:200]
            raise LipfxError(f"--engine ray: no cluster at {self.address or 'here'} ({words})") from error
        cores = int(self._ray.cluster_resources().get("CPU", 1))
        for _ in range(min(self.jobs or max(1, cores // self._cores), self.most)):
            self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        idle = [place for place in self._places if place.ready and place.task is None]
        with contextlib.suppress(Exception):  # those that are gone need no closing
            self._ray.get([place.actor.close.remote() for place in idle], timeout=5)
        for place in self._places:
            self._ray.kill(place.actor)
        self._places.clear()
        self._ray.shutdown()

    @property
    def free(self) -> int:
        return sum(place.ready and place.task is None for place in self._places)

    def submit(self, task: Task) -> None:
        place = next(p for p in self._places if p.ready and p.task is None)
        source = task.source if "://" in task.source else str(Path(task.source).absolute())
        place.task = task
        place.coming = place.actor.perform.remote(replace(task, source=source))
        place.next_question = time.monotonic() + ASK_SECONDS

    def poll(self, seconds: float) -> list[Event]:
        waiting = {p.coming: p for p in self._places if p.coming is not None}
        questions = {p.asked: p for p in self._places if p.asked is not None}
        if not waiting:
            time.sleep(seconds)
            return []
        happened, _ = self._ray.wait([*waiting, *questions], num_returns=1, timeout=seconds)
        if happened:
            happened, _ = self._ray.wait(
                [*waiting, *questions], num_returns=len(waiting) + len(questions), timeout=0
            )
        events: list[Event] = []
        for ref in happened:
            if ref in questions:
                events += self._told(questions[ref])
            else:
                events += self._answered(waiting[ref])
        self._ask()
        return events

    def drop(self, key: str) -> None:
        place = next(p for p in self._places if p.task is not None and p.task.key == key)
        self._replace(place)

    def _answered(self, place: _Place) -> list[Event]:
        """What an actor has done; a new one takes the place of one that died."""
        reference, place.coming = place.coming, None
        task = place.task
        try:
            result = self._ray.get(reference)
        except Exception as error:  # a node, an actor or Ray itself: whatever it is, nobody works there
            why = f"its worker on the cluster died ({type(error).__name__}: {_first_line(error)})"
            if not place.ready:
                self._stillborn += 1
                if self._stillborn >= STILLBORN * len(self._places):
                    raise LipfxError(f"no worker could start on the cluster: {_first_line(error)}") from error
            self._replace(place)
            return [Lost(task.key, why)] if task is not None else []
        if task is None:
            place.ready, self._stillborn = True, 0
            return []
        place.task = place.asked = None
        return [Ended(result)]

    def _told(self, place: _Place) -> list[Event]:
        reference, place.asked = place.asked, None
        if place.task is None:
            return []
        try:
            return [Progressed(place.task.key, *self._ray.get(reference))]
        except Exception:  # noqa: BLE001 - the answer to the task itself tells
            return []

    def _ask(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.task is not None and place.asked is None and now >= place.next_question:
                place.asked, place.next_question = place.actor.progress.remote(), now + ASK_SECONDS

    @property
    def _cores(self) -> int:
        return max(1, self.setup.threads)

    def _replace(self, place: _Place) -> None:
        with contextlib.suppress(Exception):  # it may be gone already
            self._ray.kill(place.actor)
        self._places.remove(place)
        self._start()

    def _start(self) -> None:
        kind = self._ray.remote(num_cpus=self._cores, max_concurrency=2, max_restarts=0)(_Actor)
        folder, room = _absolute(self.setup.folder), self.setup.room.absolute()
        setup = replace(self.setup, folder=folder, room=room)
        actor = kind.remote(setup, str(Path.cwd()))
        self._places.append(_Place(actor, actor.ready.remote()))


def _check_reachable(address: str) -> None:
    """Ray itself tries for a quarter of an hour, deaf to Ctrl-C.

    Raises: LipfxError: nobody listens at HOST:PORT.
    """
    found = re.fullmatch(r"(?:ray://)?\[?([^/\[\]]+?)\]?:(\d+)", address)
    if found is None:
        return
    try:
        socket.create_connection((found[1], int(found[2])), timeout=LISTENS_WITHIN).close()
    except (OSError, OverflowError) as error:
        raise LipfxError(f"--engine ray: no cluster at {address} ({error}); is it running?") from error


def _elsewhere() -> dict[str, Any]:
    """Where Ray puts its object store when the shared memory of a container is too small for it."""
    try:
        small = shutil.disk_usage(SHARED_MEMORY).free < 2 * OBJECT_STORE
    except OSError:
        small = True
    return {"_plasma_directory": tempfile.gettempdir()} if small else {}


def _absolute(folder: str) -> str:
    return folder if "://" in folder else str(Path(folder).absolute())


def _first_line(error: BaseException) -> str:
    lines: Iterator[str] = (line.strip() for line in str(error).splitlines() if line.strip())
    return next(lines, "no reason given")[:200]
