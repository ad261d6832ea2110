"""Owns trying an installed effect in a process of its own, which may die, stand still or write what it likes;
must not know chains."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import EntryPoint

from lipfx.effects.base import Effect
from lipfx.effects.plugins import declared, load, owner, reason
from lipfx.errors import EffectError

LIMIT = 20.0
"""Seconds that an effect may take to load."""

# The path is the caller's: by itself it would begin with the folder that one happens to work in.
_CODE = "import sys; sys.path[:] = sys.argv[4:]; from lipfx.effects import trial; trial.main()"


def summary(effect: type[Effect]) -> str:
    """The first line of an effect's docstring."""
    return (effect.__doc__ or "").strip().partition("\n")[0]


def tried(point: EntryPoint, path: Sequence[str]) -> str:
    """The summary of an effect that loads. path: where modules are, `sys.path`.

    Raises: EffectError: it does not.
    """
    whose = f"effect {point.name!r} of {owner(point)}"
    with subprocess.Popen(
        [sys.executable, "-c", _CODE, str(LIMIT), point.name, point.value, *path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:
        start = time.monotonic()
        try:
            answer, _ = child.communicate(timeout=2 * LIMIT)
        except subprocess.TimeoutExpired:
            answer = b""
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
    try:
        told = json.loads(answer)
    except ValueError:
        if time.monotonic() - start >= LIMIT:
            raise EffectError(f"{whose} did not load within {LIMIT:g} seconds") from None
        status = child.returncode
        raise EffectError(f"{whose} could not be loaded: it ended the process (status {status})") from None
    if told["problem"]:
        raise EffectError(told["problem"])
    return str(told["summary"])


def main() -> None:
    """What the process does: one line of JSON, and what the effect writes goes nowhere."""
    faulthandler.dump_traceback_later(float(sys.argv[1]), exit=True)  # even when nobody is left who waits
    answer, nowhere = os.dup(1), os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    name, value = sys.argv[2:4]
    told = {"summary": "", "problem": ""}
    try:
        point = next(p for p in declared().get(name, []) if p.value == value)
        told["summary"] = summary(load(point))
    except EffectError as error:
        told["problem"] = str(error)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
        told["problem"] = f"effect {name!r} could not be loaded: {reason(error)}"
    os.write(answer, json.dumps(told).encode())
    os._exit(0)  # threads and last words of the effect do not keep it
