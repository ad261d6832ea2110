"""Owns what a person, or a program, sees of a batch while it runs; must not know how it is run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from typer import echo

from lipfx.cli.report import PROGRESS_SECONDS, write_event
from lipfx.core.words import plain

if TYPE_CHECKING:
    from lipfx.batch.run import Moved, News, Tell

_SHOWN = 3
"""Clips whose names fit on a line."""
_BAR = "{percentage:3.0f}%|{bar}| {n:.1f}/{total_fmt} clips [{elapsed}<{remaining}]{postfix}"


@contextmanager
def watching(clips: int, *, quiet: bool, log_json: bool) -> Iterator[Tell]:
    """Takes the news of a run of so many clips: events, a bar with the clips in hand, or failures alone."""
    if log_json:
        yield _Events()
    elif quiet or not sys.stderr.isatty():
        yield _say
    else:
        from tqdm import tqdm

        with tqdm(total=clips, bar_format=_BAR, dynamic_ncols=True, smoothing=0) as bar:
            yield _Bar(bar)


class _Events:
    """One JSON object each: `clip` for what begins, ends, is tried again or dropped; `progress` twice a
    second."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def __call__(self, news: News) -> None:
        from lipfx.batch.run import Moved, Over

        if isinstance(news, Moved):
            self._moved(news)
        elif isinstance(news, Over):
            write_event("clip", state=news.record.outcome, **msgspec.to_builtins(news.record))
        else:
            fields = {"attempt": getattr(news, "attempt", None), "why": getattr(news, "why", None)}
            told = {name: value for name, value in fields.items() if value is not None}
            clip = {"input": news.task.source, "output": news.task.output}
            write_event("clip", state=type(news).__name__.lower(), **clip, **told)

    def _moved(self, news: Moved) -> None:
        now, key = time.monotonic(), news.task.key
        if now >= self._next.get(key, 0.0):
            self._next[key] = now + PROGRESS_SECONDS
            write_event("progress", output=news.task.output, done=news.done, total=news.total)


def _say(news: News) -> None:
    """What goes wrong, on a line of its own."""
    line = _line(news)
    if line:
        echo(plain(line), err=True)


def _line(news: News) -> str:
    from lipfx.batch.run import Dropped, Over, Retried

    if isinstance(news, Over) and news.record.outcome == "failed":
        return f"lipfx: failed: {news.task.source}: {news.record.error}"
    if isinstance(news, Retried):
        return f"lipfx: warning: {news.task.source}: {news.why}; it is tried again"
    if isinstance(news, Dropped):
        return f"lipfx: dropped: {news.task.source}"
    return ""


class _Bar:
    """A bar over all clips, those in hand counted by their frames, with their names and how many have
    failed."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._hands: dict[str, tuple[str, float]] = {}
        self._over = self._failed = 0

    def __call__(self, news: News) -> None:
        from lipfx.batch.run import Began, Moved, Over

        key = news.task.key
        if isinstance(news, Began):
            self._hands[key] = (news.task.output, 0.0)
        elif isinstance(news, Moved):
            self._hands[key] = (news.task.output, min(news.done / news.total, 1.0) if news.total else 0.0)
        else:
            self._hands.pop(key, None)
        if isinstance(news, Over):
            self._over += 1
            self._failed += news.record.outcome == "failed"
        if line := _line(news):
            self._bar.write(line, file=sys.stderr)
        self._show()

    def _show(self) -> None:
        shown = [f"{name} {share:.0%}" for name, share in list(self._hands.values())[:_SHOWN]]
        more = len(self._hands) - len(shown)
        failed = [f"{self._failed} failed"] if self._failed else []
        self._bar.set_postfix_str(
            ", ".join([*failed, *shown, *([f"{more} more"] if more else [])]), refresh=False
        )
        self._bar.n = self._over + sum(share for _, share in self._hands.values())
        self._bar.refresh()
