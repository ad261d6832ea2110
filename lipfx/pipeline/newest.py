"""Owns drawing items as they come and keeping none but the newest; must not know what they are.

Where `lipfx.pipeline.overlap` lets a stage wait for the next one, this lets it go on: who looks at a camera
wants what it sees now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """What came last of items that a thread draws. dropped: how many nobody took before the next one came."""

    def __init__(self) -> None:
        self.dropped = 0
        self._news = threading.Condition()
        self._item: T | None = None
        self._ended = False
        self._error: BaseException | None = None

    @property
    def over(self) -> bool:
        """Whether nothing comes any more, and nothing is left to take."""
        with self._news:
            return self._ended and self._item is None

    def take(self, seconds: float) -> T | None:
        """The newest item; None where none comes within `seconds`, or ever.

        Raises: what ended the items, once those before it are taken.
        """
        with self._news:
            self._news.wait_for(lambda: self._item is not None or self._ended, seconds)
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item

    def _put(self, item: T) -> None:
        with self._news:
            self.dropped += self._item is not None
            self._item = item
            self._news.notify()

    def _end(self, error: BaseException | None) -> None:
        with self._news:
            self._ended, self._error = True, error
            self._news.notify()


@contextmanager
def newest(items: Iterable[T], due: Callable[[T], float] | None = None) -> Iterator[Newest[T]]:
    """Draws `items` in a thread of its own, whether or not they are taken.

    due: seconds of an item on its own clock: it comes as long after the first one as that says, or at once
    where that time has passed. None: items come as they are drawn.

    Leaving the block stops the thread after the item in hand and joins it.
    """
    kept, stop = Newest[T](), threading.Event()

    def run() -> None:
        start: float | None = None
        try:
            for item in items:
                if due is not None:
                    start = time.monotonic() - due(item) if start is None else start
                    stop.wait(max(0.0, start + due(item) - time.monotonic()))
                if stop.is_set():
                    return
                kept._put(item)
            kept._end(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that takes the items
            kept._end(error)

    thread = threading.Thread(target=run, name="lipfx-newest", daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        stop.set()
        thread.join()
