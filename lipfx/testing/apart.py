"""Owns trying the contract in a process of its own, which effects may hang or end; must not know any effect.

Rules are reported as they are tried. Where the process hangs or dies, the interpreter itself writes down
which line it was at; the rules that were still to come are not tried, for they would end alike.
"""

from __future__ import annotations

import faulthandler
import logging
import multiprocessing
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from lipfx.effects.places import at, defined_at, last_place, method_of, raised_at
from lipfx.errors import EffectError, LipfxError, UsageError
from lipfx.testing.contract import CONTRACT, Rule, reason_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    Message: TypeAlias = "tuple[str, str] | LipfxError"

PATIENCE = 15.0
"""Seconds that an effect may take to be imported, or for a rule beyond what its pace lets expect."""
CALLS = 400
"""Times that a rule calls an effect at most, about."""
FRAME = re.compile(r'  File "(.+)", line (\d+)')


def tried(target: str) -> Iterator[tuple[Rule, str]]:
    """Each rule with the reason why the effect of a chain's text breaks it, "" where it keeps it.

    Raises:
        LipfxError: the effect cannot be loaded, or it is not one.
    """
    with tempfile.TemporaryDirectory() as folder:
        last_words = Path(folder) / "last-words"
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_try, args=(there, target, str(last_words)), daemon=True)
        process.start()
        there.close()
        told: dict[str, str] = {}
        try:
            for message in _messages(here):
                if isinstance(message, LipfxError):
                    raise message
                told[message[0]] = message[1]
                if message[0]:
                    yield next((rule, told[rule.name]) for rule in CONTRACT if rule.name == message[0])
        finally:
            process.kill()
            process.join()
            here.close()
        if len(told) <= len(CONTRACT):
            yield from _untold(target, told, _ended(process.exitcode, last_words, told.get("", "")))


def _messages(pipe: Connection[Message, Message]) -> Iterator[Message]:
    while True:
        try:
            yield pipe.recv()
        except EOFError:
            return


def _untold(target: str, told: dict[str, str], ended: str) -> Iterator[tuple[Rule, str]]:
    """The rule at which the process ended, and those that were to come."""
    if "" not in told:
        raise EffectError(f"{target} could not be loaded: {ended}; mend it")
    coming = [rule for rule in CONTRACT if rule.name not in told]
    for rule in coming:
        yield rule, ended if rule is coming[0] else f"not tried: {ended}"


def _ended(status: int | None, last_words: Path, defined: str) -> str:
    """How the process ended, and at which line; `defined`: where the effect is."""
    words = last_words.read_text() if last_words.exists() else ""
    frames = [(Path(file), int(line)) for file, line in FRAME.findall(words)]
    place = at(last_place(reversed(frames), None) or defined)
    if "Timeout" in words:
        return f"it had not ended after {_seconds(words)} s{place}"
    fatal = re.search(r"Fatal Python error: (.+)", words)
    how = fatal[1] if fatal else f"status {status}"
    return f"it ended the process, {how}{place}"


def _seconds(words: str) -> int:
    hours, minutes, seconds = re.search(r"Timeout \((\d+):(\d+):(\d+)", words).groups()  # type: ignore[union-attr]
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _try(pipe: Connection[Message, Message], target: str, last_words: str) -> None:
    """In the process: loads the effect, says so with an empty name, then tries one rule after the other."""
    from lipfx.effects.registry import parse_chain

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked is told, and ends this one
    with Path(last_words).open("w") as file:
        faulthandler.enable(file)
        faulthandler.dump_traceback_later(PATIENCE, exit=True, file=file)
        try:
            effects = parse_chain(target)
            if len(effects) != 1:
                raise UsageError(f"{target!r} names {len(effects)} effects; check one at a time")
        except LipfxError as error:
            pipe.send(error)
            return
        except Exception as error:  # noqa: BLE001 - an author's code may raise anything
            place = at(raised_at(error, None))
            pipe.send(EffectError(f"{target} could not be loaded: {type(error).__name__}: {error}{place}"))
            return
        pipe.send(("", defined_at(effects[0], method_of(effects[0]))))
        logging.getLogger("lipfx").setLevel(logging.ERROR)  # that an effect is slow is a rule's to say
        allowed = PATIENCE
        for rule in CONTRACT:
            faulthandler.dump_traceback_later(allowed, exit=True, file=file)
            start = perf_counter()
            pipe.send((rule.name, reason_of(rule, effects[0])))
            if rule.name == "quick":
                allowed += CALLS * (perf_counter() - start)
        faulthandler.cancel_dump_traceback_later()
        sys.stdout.flush()
