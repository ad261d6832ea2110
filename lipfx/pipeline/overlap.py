"""Owns running a stage ahead of the one after it; must not know what the stages do."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from lipfx.core.work import Work

T = TypeVar("T")


class _End(Generic[T]):
    """The last thing in a queue: the end, or the error that ended the stage."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


@contextmanager
def ahead(items: Iterable[T], depth: int, name: str, work: Work) -> Iterator[Iterator[T]]:
    """Draws `items` in a thread of its own, at most `depth` ahead of who takes them, with the one in hand.

    work: what either side waits for the other is written there.

    An error of the stage is raised where its items are taken. Leaving the block stops the thread after
    the item in hand and joins it.
    """
    ready: queue.Queue[T | _End[T]] = queue.Queue()
    room = threading.Semaphore(depth)
    stop = threading.Event()

    def run() -> None:
        coming = iter(items)
        try:
            while True:
                with work.on(f"wait: {name}, for room"):
                    room.acquire()
                if stop.is_set():
                    return
                ready.put(next(coming))
        except StopIteration:
            ready.put(_End(None))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that takes the items
            ready.put(_End(error))

    def taken() -> Iterator[T]:
        while True:
            with work.on(f"wait: for {name}"):
                item = ready.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            room.release()
            yield item
            del item

    thread = threading.Thread(target=run, name=f"lipfx-{name}", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        stop.set()
        room.release()
        thread.join()
