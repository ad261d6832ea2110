"""A signal ends a run where that can be done cleanly: nothing stays locked, half ended or unsaid."""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType, TracebackType
from typing import Any

import pytest

from lipfx.cli import signals

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer that sends signals")

SECONDS = 10.0


@pytest.fixture(autouse=True)
def _answered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Or no process that tests start after these ones would live.
    monkeypatch.delitem(sys.modules, "lipfx.video.ffmpeg.children", raising=False)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    hook = sys.unraisablehook
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as a program finds it
    signals.interrupt_on_signals()
    signals.answer_what_is_lost()
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.unraisablehook = hook
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


class Ending:
    """Gets so many signals while it ends, `apart` seconds from each other, or one while it is forgotten."""

    def __init__(self, *, times: int = 1, apart: float = 0.0) -> None:
        self.times = times
        self.apart = apart
        self.ended = False

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for count in range(self.times):
            time.sleep(self.apart if count else 0)
            signal.raise_signal(signal.SIGINT)
        self.ended = True

    def __del__(self) -> None:
        if not self.times:
            signal.raise_signal(signal.SIGINT)


def work() -> None:
    """Goes on until it is interrupted."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(0.001)


def end_and_work(ending: Ending) -> None:
    with ending:
        pass
    work()


def drop_and_work(last: list[object]) -> None:
    last.clear()
    work()


def test_what_ends_is_ended_before_the_answer() -> None:
    ending = Ending()
    with pytest.raises(signals.Interrupted):
        end_and_work(ending)
    assert ending.ended
    assert signals.interrupted()


def closing() -> Iterator[None]:
    """A generator that gets a signal while it is closed."""
    try:
        yield
    finally:
        signal.raise_signal(signal.SIGINT)


def begun() -> Iterator[None]:
    generator = closing()
    next(generator)
    return generator


@pytest.mark.parametrize("make", [lambda: Ending(times=0), begun])
def test_a_signal_is_not_lost_where_errors_are(make: Callable[[], object]) -> None:
    with pytest.raises(signals.Interrupted):
        drop_and_work([make()])


def test_who_insists_is_heard_at_once() -> None:
    ending = Ending(times=2, apart=1.0)
    with pytest.raises(signals.Interrupted), ending:
        pass
    assert not ending.ended


def test_who_is_told_twice_at_once_is_told_once() -> None:
    ending = Ending(times=2)
    with pytest.raises(signals.Interrupted):
        end_and_work(ending)
    assert ending.ended


def test_who_insists_is_answered_once() -> None:
    with pytest.raises(signals.Interrupted), Ending(times=2, apart=1.0):
        pass
    try:
        time.sleep(0.1)  # a clean-up
    except signals.Interrupted:
        pytest.fail("the clean-up was interrupted")


def at_step(number: int, call: Callable[[], object]) -> bool:
    """Calls with a signal at the `number`-th step that queue and locks take; whether they take that many."""
    left = number
    handler: Any = signal.getsignal(signal.SIGINT)

    def step(frame: FrameType, _event: str, _argument: object) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            handler(signal.SIGINT, frame)
        return step

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        return step if frame.f_globals["__name__"] in ("queue", "threading") else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return left <= 0


@pytest.mark.parametrize("act", ["get", "put"])
def test_whenever_it_comes_the_queue_serves_the_other_thread(act: str) -> None:
    steps = 0
    more = True
    while more:
        items: queue.Queue[int] = queue.Queue()
        items.put(0)
        steps += 1
        signals.interrupt_on_signals()
        try:
            more = at_step(steps, items.get if act == "get" else partial(items.put, 1))
            if more:
                work()
        except signals.Interrupted:
            pass
        signal.signal(signal.SIGINT, signal.default_int_handler)
        other = threading.Thread(target=items.put, args=(2,), daemon=True)
        other.start()
        other.join(SECONDS)
        assert not other.is_alive(), f"locked since step {steps}"
    assert steps > 5
