"""Which task is next, how often one is tried, how long it may take: on an engine that does as it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lipfx.batch.engine import Ended, Event, Lost
from lipfx.batch.folder import LocalFolder
from lipfx.batch.records import Records
from lipfx.batch.run import Limits, News, Run, Stop
from lipfx.batch.task import Job, Result, Task
from lipfx.pipeline import TrackOptions

Fate = Callable[[Task], Event | None]


class Told:
    """One place, in which `fate` decides at once what becomes of a task; None: it never ends."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self.begun: list[Task] = []
        self.dropped: list[str] = []
        self._task: Task | None = None

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: Any) -> None:
        self._task = None

    @property
    def free(self) -> int:
        return int(self._task is None)

    def submit(self, task: Task) -> None:
        self.begun.append(task)
        self._task = task

    def poll(self, seconds: float) -> list[Event]:
        event = self.fate(self._task) if self._task is not None else None
        if event is not None:
            self._task = None
        return [] if event is None else [event]

    def drop(self, key: str) -> None:
        self.dropped.append(key)
        self._task = None


@pytest.fixture
def tasks() -> list[Task]:
    job = Job("track", TrackOptions())
    return [Task(name, f"{name}.mp4", f"{name}.jsonl", job, "", "") for name in "abc"]


def outcomes(folder: Path) -> dict[str, str]:
    return {key: r.outcome for key, r in Records(LocalFolder(folder)).read().items()}


def done(task: Task) -> Event:
    return Ended(Result(task.key))


def run_on(engine: Told, tasks: list[Task], folder: Path, limits: Limits, stop: Stop | None = None) -> None:
    def tell(_news: News) -> None: ...

    Run(tasks, Records(LocalFolder(folder)), limits, tell, stop or Stop()).on(engine)


def test_what_loses_its_worker_comes_again_last_and_may_replace_what_it_left(
    tasks: list[Task], tmp_path: Path
) -> None:
    engine = Told(lambda task: Lost("a", "gone") if task.key == "a" and not task.replaces else done(task))
    run_on(engine, tasks, tmp_path, Limits())
    assert [task.key for task in engine.begun] == ["a", "b", "c", "a"]
    assert outcomes(tmp_path) == {"a": "done", "b": "done", "c": "done"}


def test_what_loses_every_worker_fails_with_the_last_reason(tasks: list[Task], tmp_path: Path) -> None:
    engine = Told(lambda task: Lost("b", "gone") if task.key == "b" else done(task))
    run_on(engine, tasks, tmp_path, Limits(attempts=3))
    assert outcomes(tmp_path) == {"a": "done", "b": "failed", "c": "done"}
    record = Records(LocalFolder(tmp_path)).read()["b"]
    assert (record.attempts, record.error_kind, record.error) == (3, "WorkerLost", "gone")


def test_a_single_worker_is_told_what_comes_next(tasks: list[Task], tmp_path: Path) -> None:
    engine = Told(done)
    run_on(engine, tasks, tmp_path, Limits())
    assert [task.upcoming and task.upcoming.key for task in engine.begun] == ["b", "c", None]


def test_what_takes_too_long_is_dropped_and_the_rest_is_done(tasks: list[Task], tmp_path: Path) -> None:
    engine = Told(lambda task: None if task.key == "a" else done(task))
    run_on(engine, tasks, tmp_path, Limits(seconds=0.0))
    assert engine.dropped == ["a"]
    assert outcomes(tmp_path) == {"a": "failed", "b": "done", "c": "done"}


def test_asked_to_end_it_begins_nothing_more_and_asked_again_drops_what_is_begun(
    tasks: list[Task], tmp_path: Path
) -> None:
    stop = Stop()

    def fate(_task: Task) -> None:
        stop.ask()

    engine = Told(fate)
    run_on(engine, tasks, tmp_path, Limits(), stop)
    assert (engine.dropped, outcomes(tmp_path)) == (["a"], {"a": "started"})
