"""Owns running a plan: which task is next, how often it is tried and how long it may take, and its record.

Must not know whether tasks are done by processes of this machine or by a cluster.
"""

from __future__ import annotations

import platform
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TypeAlias

from lipfx.batch.engine import Ended, Engine, Event, Lost, Progressed
from lipfx.batch.records import Record, Records
from lipfx.batch.task import Result, Task

POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Limits:
    """attempts: how often a task is begun, at most, when workers die of it. seconds: that one may take, or
    None."""

    attempts: int = 2
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """A task was given to a worker. attempt: counted from 1."""

    task: Task
    attempt: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Frames of a task that are done, and of all, None where that is not known."""

    task: Task
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Over:
    """A task has its record."""

    task: Task
    record: Record


@dataclass(frozen=True, slots=True)
class Retried:
    """A task lost its worker, and waits for another one."""

    task: Task
    why: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A task was ended because the run was told to end."""

    task: Task


News: TypeAlias = Began | Moved | Over | Retried | Dropped
Tell: TypeAlias = Callable[[News], None]


@dataclass
class Stop:
    """What a run is asked to do, from a signal handler or another thread. ending: begin nothing more.
    dropping: end what is begun."""

    ending: bool = False
    dropping: bool = False

    def ask(self, *, at_once: bool = False) -> None:
        """Asks to end after the clips in flight, or, asked again, at once."""
        self.dropping = self.ending or at_once
        self.ending = True


@dataclass
class _InFlight:
    task: Task
    attempt: int
    since: float = field(default_factory=time.monotonic)


class Run:
    """One run of tasks. more: others follow by `add`, from any thread, until `close`."""

    def __init__(
        self,
        tasks: Sequence[Task],
        records: Records,
        limits: Limits,
        tell: Tell,
        stop: Stop,
        *,
        more: bool = False,
    ) -> None:
        self._waiting = deque(_InFlight(task, 1) for task in tasks)
        self._flying: dict[str, _InFlight] = {}
        self._records = records
        self._limits = limits
        self._tell = tell
        self._stop = stop
        self._more = more

    def add(self, task: Task) -> None:
        """One more task, after the others."""
        self._waiting.append(_InFlight(task, 1))

    def close(self) -> None:
        """No other task follows."""
        self._more = False

    def on(self, engine: Engine) -> None:
        """Has all tasks done, or as many as there is time for.

        Raises: LipfxError: nobody can work, or a record cannot be written.
        """
        with engine:
            while self._flying or ((self._waiting or self._more) and not self._stop.ending):
                if self._stop.dropping:
                    self._drop_all(engine)
                    break
                while self._waiting and engine.free and not self._stop.ending:
                    self._begin(engine)
                for event in engine.poll(POLL_SECONDS):
                    self._handle(event)
                self._end_the_overdue(engine)
        self._records.flush()

    def _begin(self, engine: Engine) -> None:
        begun = self._waiting.popleft()
        begun.since = time.monotonic()
        task = begun.task
        self._records.write(_record(task, "started", begun.attempt, Result(task.key)))
        self._flying[task.key] = begun
        engine.submit(replace(task, upcoming=self._upcoming(engine)))
        self._tell(Began(task, begun.attempt))

    def _upcoming(self, engine: Engine) -> Task | None:
        """The task after the one that is begun, where nobody else can take it."""
        alone = len(self._flying) == engine.free == 1
        return self._waiting[0].task if alone and self._waiting else None

    def _handle(self, event: Event) -> None:
        if isinstance(event, Progressed):
            self._tell(Moved(self._flying[event.key].task, event.done, event.total))
        elif isinstance(event, Ended):
            flown = self._flying.pop(event.result.key)
            if event.result.passing:
                self._again(flown, event.result.error, event.result)
            else:
                self._end(flown, event.result)
        else:
            self._lost(event)

    def _lost(self, event: Lost) -> None:
        flown = self._flying.pop(event.key)
        seconds = round(time.monotonic() - flown.since, 3)
        self._again(flown, event.why, Result(event.key, kind="WorkerLost", error=event.why, seconds=seconds))

    def _again(self, flown: _InFlight, why: str, result: Result) -> None:
        """Another try, or, after the last one, the record of the failure."""
        if flown.attempt < self._limits.attempts:
            # The worker may have died after its output was in place.
            self._waiting.append(_InFlight(replace(flown.task, replaces=True), flown.attempt + 1))
            self._tell(Retried(flown.task, why))
        else:
            self._end(flown, result)

    def _end(self, flown: _InFlight, result: Result) -> None:
        outcome = "failed" if result.error else "done"
        record = _record(flown.task, outcome, flown.attempt, result)
        self._records.write(record)
        self._tell(Over(flown.task, record))

    def _end_the_overdue(self, engine: Engine) -> None:
        limit = self._limits.seconds
        if limit is None:
            return
        now = time.monotonic()
        for key in [key for key, flown in self._flying.items() if now - flown.since > limit]:
            engine.drop(key)
            flown = self._flying.pop(key)
            words = f"it was not done after the time limit of {limit:g} s; give it more with --time-limit"
            self._end(flown, Result(key, kind="TimeLimit", error=words, seconds=round(now - flown.since, 3)))

    def _drop_all(self, engine: Engine) -> None:
        for key in list(self._flying):
            engine.drop(key)
            self._tell(Dropped(self._flying.pop(key).task))


def _record(task: Task, outcome: str, attempt: int, result: Result) -> Record:
    signature = result.signature or task.signature
    return Record(
        key=task.key,
        input=task.source,
        output=task.output,
        outcome=outcome,  # type: ignore[arg-type]
        do=task.job.do,
        chain=task.job.text,
        settings=task.settings,
        analysis=task.analysis,
        size=signature.size,
        modified=signature.stamp,
        digest=signature.digest,
        frames=result.frames,
        faces=result.faces,
        doubtful=result.doubtful,
        seconds=result.seconds,
        attempts=attempt,
        tracks=result.tracks,
        error_kind=result.kind,
        error=result.error,
        warnings=result.warnings,
        host=platform.node(),
        finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
