"""Owns the account of a run: what was done how often, and what it took; must not know any stage.

Whoever does the work writes it down where it is done; `--profile` prints it and tests compare it. An account
belongs to one run and is handed to its stages; each line is written by one thread alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import perf_counter, thread_time
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Spent:
    """times: how often. wall, cpu: seconds, the latter of the thread that did it; the rest was waiting."""

    times: int = 0
    wall: float = 0.0
    cpu: float = 0.0


class Work:
    """counts: by what was done, such as "frames decoded". spent: by stage, in the order of first use."""

    def __init__(self, *, timed: bool = False) -> None:
        """timed: `spent` is wanted. Asking for a thread's time is a system call, a dozen times a frame."""
        self._timed = timed
        self.counts: Counter[str] = Counter()
        self.spent: dict[str, Spent] = {}

    def count(self, what: str, times: int = 1) -> None:
        """Notes that `what` was done so many times."""
        self.counts[what] += times

    def on(self, stage: str) -> AbstractContextManager[None]:
        """A block in which time is spent on `stage`; blocks of one stage do not nest."""
        if not self._timed:
            return nullcontext()
        return _Clock(self.spent.setdefault(stage, Spent()))

    def taking(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """Passes items on and keeps none; making each is time spent on `stage`."""
        iterator = iter(items)
        while True:
            with self.on(stage):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item
            del item


class _Clock:
    """Adds the time of a block to what was spent."""

    __slots__ = ("_cpu", "_spent", "_wall")

    def __init__(self, spent: Spent) -> None:
        self._spent = spent

    def __enter__(self) -> None:
        self._wall, self._cpu = perf_counter(), thread_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spent.times += 1
        self._spent.wall += perf_counter() - self._wall
        self._spent.cpu += thread_time() - self._cpu
