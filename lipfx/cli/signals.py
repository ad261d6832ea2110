"""Owns what signals do to the command line; must not import what takes time, so that they count early.

A handler may be called between any two steps of the main thread, and what it raises comes out there: where a
lock has been taken and nothing is yet bound to release it, in the middle of a clean-up, in a finalizer, which
swallows it. So it raises only where no such step is under way, and looks again a moment later otherwise.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit status of a run that was told to end."""

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_CHANGING = ("__enter__", "__exit__", "__del__")
"""Functions within which something is half begun or half ended."""
_LOCKING: dict[str, tuple[str, ...]] = {
    "threading": ("wait", "join", "_wait_for_tstate_lock"),
    "subprocess": ("_try_wait", "_wait"),
    "queue": (),
    "concurrent.futures._base": (),
    "concurrent.futures.thread": (),
    "_frozen_importlib": (),  # how importlib._bootstrap is called until somebody imports importlib
    "importlib._bootstrap": (),
    "logging": (),
    "tqdm.std": (),
    "tqdm.utils": (),
    "weakref": (),
    "_weakrefset": (),
}
"""Modules whose functions take locks, or are called where errors are lost, and those which wait: there an
exception is foreseen."""
_AGAIN = 0.01
"""Seconds until a signal that came at a bad moment is answered."""
_AT_ONCE = 0.5
"""Seconds after a signal in which another one says the same: of a closed terminal, kernel and shell tell."""
_PATIENCE = 5.0
"""Seconds for which moments may be bad."""


class Interrupted(KeyboardInterrupt):
    """A signal asked lipfx to end.

    Not KeyboardInterrupt itself: CPython ends by SIGINT, whatever the exit status, once that very class has
    left a call of `exec` on a string, which many imports make, even where it was caught.
    """


class _Interrupt:
    """Answers signals with an exception, and remembers that one came."""

    came: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now, timer = time.monotonic(), number == getattr(signal, "SIGALRM", None)
        insists = self.came is not None and not timer
        self.came = self.came or now
        if insists and now < self.came + _AT_ONCE:
            return
        children = sys.modules.get("lipfx.video.ffmpeg.children")
        if children is not None:  # no process has been started otherwise
            children.end_all()  # threads may wait for one without end, and the run for these threads
        patient = not insists and now < self.came + _PATIENCE
        if patient and _is_bad_moment(frame) and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
            return
        _stop_timer()  # what is cleaned up from here on is not interrupted again
        raise Interrupted


def _is_bad_moment(frame: FrameType | None) -> bool:
    """Whether an exception out of `frame`, where the main thread is, would be lost or leave things held."""
    if frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module in _LOCKING and frame.f_code.co_name not in _LOCKING[module]:
            return True
    while frame is not None:
        if frame.f_code.co_name in _CHANGING:
            return True
        frame = frame.f_back
    return False


def interrupt_on_signals() -> None:
    """Being told to end runs the same clean-up as Ctrl-C, unless the caller had the signal ignored; who says
    it twice is heard wherever the run is."""
    interrupt = _Interrupt()
    for number in _numbers():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, interrupt)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, interrupt)


def answer_what_is_lost() -> None:
    """Raises Interrupted once more where it was lost, as in a generator that is closed since nobody needs it.
    What else is lost goes to the hook that is there.
    """
    before = sys.unraisablehook

    def again(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, Interrupted):
            before(lost)
        elif hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)

    sys.unraisablehook = again


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
    return any(isinstance(handler, _Interrupt) and handler.came is not None for handler in handlers)


def end_quietly() -> None:
    """From here on a signal ends the process at once: all is done, there is nothing left to clean up."""
    _stop_timer()
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _stop_timer() -> None:
    """No signal is answered later."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
