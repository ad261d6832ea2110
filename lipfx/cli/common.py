"""Owns what the commands share: times, the progress bar, warnings, and how an error becomes an
exit status; must not know any stage of the pipeline."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from typer import echo
from typer.exceptions import TyperException

from lipfx.cli import needs
from lipfx.cli.report import JsonHandler, json_progress, write_event
from lipfx.cli.signals import INTERRUPTED, interrupted
from lipfx.core.moments import seconds
from lipfx.core.words import plain
from lipfx.errors import FfmpegError, LipfxError, UsageError

FASTEST = 1000
NTSC = Fraction(1, 100)
"""By how much a rate in decimals may differ from the one that is meant, in frames a second."""

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the frames done so far and their expected total, None where that is unknown."""


def frame_rate(text: str) -> Fraction:
    """Frames a second from `24`, `30000/1001` or `23.976`, which is how people write 24000/1001.

    Raises: UsageError when `text` is no such rate.
    """
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= FASTEST:
        raise UsageError(f"--rate {text} is no frame rate; give 24, 23.976 or 30000/1001")
    slowed = round(rate) * Fraction(1000, 1001)
    return slowed if slowed and rate != round(rate) and abs(rate - slowed) < NTSC else rate


def span(start: str | None, end: str | None) -> tuple[float | None, float | None]:
    """The times of --start and --end in seconds.

    Raises: UsageError when one is no time, or nothing lies between them.
    """
    first, last = (None if text is None else seconds(text) for text in (start, end))
    if last is not None and last <= (first or 0.0):
        raise UsageError(f"--end {end} is not after --start {start or 0}; nothing would be left")
    return first, last


@contextmanager
def progress_bar(quiet: bool, log_json: bool = False) -> Iterator[Progress]:
    """Frames, rate and time left on a terminal, or as JSON lines; nothing elsewhere or when `quiet`."""
    if quiet or not (log_json or sys.stderr.isatty()):
        yield lambda _done, _total: None
        return
    if log_json:
        with json_progress() as write:
            yield write
        return
    from tqdm import tqdm

    with tqdm(unit=" frames", dynamic_ncols=True) as bar:

        def show(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def print_profile(text: str, fields: Mapping[str, object], log_json: bool) -> None:
    """What a run took, on standard error: `text`, or an event of `fields`."""
    if log_json:
        write_event("profile", **fields)
    else:
        echo(text, err=True)


class _StderrHandler(logging.Handler):
    """One line per record on standard error, above the progress bar where there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        line = f"lipfx: {record.levelname.lower()}: {plain(record.getMessage())}"
        if "tqdm" in sys.modules:
            from tqdm import tqdm

            tqdm.write(line, file=sys.stderr)
        else:
            echo(line, err=True)


@contextmanager
def _warnings_on_stderr(log_json: bool) -> Iterator[None]:
    logger = logging.getLogger("lipfx")
    handler = (JsonHandler if log_json else _StderrHandler)(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _command(error: TyperException) -> str:
    """The words before the arguments that were wrong, as `lipfx effects new`."""
    context = getattr(error, "ctx", None)
    return getattr(context, "command_path", "lipfx")


def run(command: Callable[[], int], *, debug: bool, log_json: bool = False) -> int:
    """Runs `command`; its exit status. Errors become one line on stderr; `debug` adds the rest.

    log_json: the line, and warnings, are JSON objects; details are then one of the error's fields.
    """
    try:
        with _warnings_on_stderr(log_json):
            return command()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - no traceback may reach a user
        status, message = _outcome(error)
        details = _details(error) if debug else ""
        kind = type(error).__name__
    message = plain(message)
    if log_json:
        extra = {"details": details} if details else {}
        write_event("error", kind=kind, status=status, message=message, **extra)
    else:
        echo(f"{details}lipfx: {message}", err=True)
    return status


def _outcome(error: BaseException) -> tuple[int, str]:
    """The exit status and the message for an error."""
    if isinstance(error, KeyboardInterrupt) or interrupted():
        return INTERRUPTED, "interrupted"
    if isinstance(error, TyperException):
        return error.exit_code, f"{error.format_message().rstrip('.')}; see `{_command(error)} --help`"
    if isinstance(error, LipfxError):
        return error.status, str(error)
    if isinstance(error, ImportError):
        return 1, needs.explained(error)
    if isinstance(error, OSError):
        return 1, f"{error.filename or 'the system'}: {error.strerror or error}"
    return 1, f"internal error: {type(error).__name__}: {error}; run again with --debug"


def _details(error: BaseException) -> str:
    """The traceback, and ffmpeg's own words where it failed."""
    words = "".join(traceback.format_exception(error))
    return f"{words}{error.details}\n" if isinstance(error, FfmpegError) else words


def with_literal_names(arguments: Sequence[str], is_option: Callable[[str], bool]) -> list[str]:
    """`arguments` with `./` before each file that exists and whose name looks like an option.

    is_option: whether an argument is one of the command line's own options; those stay what they are.
    """
    return [
        f"./{argument}"
        if argument.startswith("-") and not is_option(argument) and _there(argument)
        else argument
        for argument in arguments
    ]


def _there(name: str) -> bool:
    """Whether there is a file of this name, which may be longer than any."""
    try:
        return Path(name).exists()
    except OSError:
        return False
