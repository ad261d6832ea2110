"""Owns what signals do to the command line; must not import what takes time, so that they count early."""

from __future__ import annotations

import signal
from types import FrameType

INTERRUPTED = 130
"""The exit status of a run that was told to end."""

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """A signal asked lipfx to end.

    Not KeyboardInterrupt itself: CPython ends by SIGINT, whatever the exit status, once that very class has
    left a call of `exec` on a string, which many imports make, even where it was caught.
    """


def interrupt_on_signals() -> None:
    """Being told to end runs the same clean-up as Ctrl-C, unless the caller had the signal ignored."""
    for number in _numbers():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


def end_quietly() -> None:
    """From here on a signal ends the process at once: all is done, there is nothing left to clean up."""
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted
