"""Owns what a program reads of a run: progress, warnings and errors as JSON lines; must not know commands."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from typer import echo

from lipfx.core.words import plain

PROGRESS_SECONDS = 0.5


def write_event(event: str, **fields: object) -> None:
    """One JSON object, on a line of its own, on standard error."""
    echo(json.dumps({"event": event, **fields}), err=True)


@contextmanager
def json_progress() -> Iterator[Callable[[int, int | None], None]]:
    """Events `progress` with the frames `done` and their expected `total`: two a second, and the last one."""
    latest: tuple[int, int | None] | None = None
    written, at = None, time.monotonic()

    def show(done: int, total: int | None) -> None:
        nonlocal latest, written, at
        latest, now = (done, total), time.monotonic()
        if now - at >= PROGRESS_SECONDS:
            at, written = now, latest
            write_event("progress", done=done, total=total)

    try:
        yield show
    finally:
        if latest is not None and latest != written:
            write_event("progress", done=latest[0], total=latest[1])


class JsonHandler(logging.Handler):
    """One event per record, named after its level."""

    def emit(self, record: logging.LogRecord) -> None:
        write_event(record.levelname.lower(), message=plain(record.getMessage()))
