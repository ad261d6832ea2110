"""Owns how long is waited for what a process gives; must not know what that is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TypeVar

from lipfx.video.ffmpeg.children import Seen, seen
from lipfx.video.ffmpeg.process import Process

T = TypeVar("T")

SILENCE = 60.0
"""Seconds in which a process neither gives anything nor works, after which it is ended."""

LOOK = 1.0


class Patience:
    """Ends `process` when it is waited for in vain. A context manager; waiting counts inside it, but for what
    the takers of `each` do meanwhile. lost: it came to that."""

    def __init__(self, process: Process) -> None:
        self.lost = False
        self._process = process
        self._since: float | None = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lipfx-patience", daemon=True)

    def __enter__(self) -> Patience:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """The items, for each of which the process is waited for anew."""
        coming = iter(items)
        while True:
            self._since = time.monotonic()
            try:
                item = next(coming)
            except StopIteration:
                return
            self._since = None
            yield item
            del item

    def _watch(self) -> None:
        before, idle = Seen(), 0.0
        while not self._over.wait(LOOK):
            now, since = seen(self._process.pid), self._since
            idle = 0.0 if since is None or now.moved(before) else idle + LOOK
            before = now
            if since is not None and idle >= SILENCE and time.monotonic() - since >= SILENCE:
                self.lost = True
                self._process.kill()
                return
