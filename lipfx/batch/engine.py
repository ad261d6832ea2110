"""Owns what a batch asks of whoever does its tasks, and what it hears from them; must not know a single one.

The run decides which task is next, how often one is tried and how long it may take; an engine has places, in
each of which one task is done at a time by a process that stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, TypeAlias

from lipfx.batch.task import Result, Task


@dataclass(frozen=True, slots=True)
class Progressed:
    """Frames of a task that are done, and of all, None where that is not known."""

    key: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A task was done, well or not."""

    result: Result


@dataclass(frozen=True, slots=True)
class Lost:
    """Whoever did the task died of it, or beside it. why: in words, with what was last heard."""

    key: str
    why: str


Event: TypeAlias = Progressed | Ended | Lost


class Engine(Protocol):
    """Does tasks in places of its own. A context manager: leaving it ends all that still runs."""

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def free(self) -> int:
        """How many tasks could begin at once."""

    def submit(self, task: Task) -> None:
        """Begins a task; there is a place for it."""

    def poll(self, seconds: float) -> list[Event]:
        """What has happened, after at most so long.

        Raises: LipfxError when nobody can work any more.
        """

    def drop(self, key: str) -> None:
        """Ends whoever does that task, at once and for certain. Nothing is heard of it any more."""
