"""Owns what signals do to the command line; must not import what takes time, so that they count early."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit status of a run that was told to end."""

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """A signal asked lipfx to end.

    Not KeyboardInterrupt itself: CPython ends by SIGINT, whatever the exit status, once that very class has
    left a call of `exec` on a string, which many imports make, even where it was caught.
    """


class _Interrupt:
    """Answers signals with an exception, and remembers that one came."""

    came = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True
        children = sys.modules.get("lipfx.video.ffmpeg.children")
        if children is not None:  # no process has been started otherwise
            children.end_all()  # threads may wait for one without end, and the run for these threads
        raise Interrupted


def interrupt_on_signals() -> None:
    """Being told to end runs the same clean-up as Ctrl-C, unless the caller had the signal ignored."""
    interrupt = _Interrupt()
    for number in _numbers():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, interrupt)


@contextmanager
def asking(end: Callable[[signal.Signals], None]) -> Iterator[None]:
    """Within the block signals that would raise Interrupted are told to `end` instead, which must return at
    once."""
    before = {number: signal.getsignal(number) for number in _numbers()}
    for number, handler in before.items():
        if isinstance(handler, _Interrupt):
            signal.signal(number, lambda given, _frame: end(signal.Signals(given)))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupted() -> bool:
    """Whether a signal came since `interrupt_on_signals`.

    An error that is raised then may be what a library made of Interrupted: extension modules that were
    being loaded report ImportError.
    """
    handlers = (signal.getsignal(number) for number in _numbers())
    return any(isinstance(handler, _Interrupt) and handler.came for handler in handlers)


def end_quietly() -> None:
    """From here on a signal ends the process at once: all is done, there is nothing left to clean up."""
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
