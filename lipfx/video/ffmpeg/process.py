"""Owns the life of one ffmpeg process, from start to certain death; must not know clips or frames."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from lipfx.errors import FfmpegError, MissingToolError
from lipfx.video.ffmpeg import children
from lipfx.video.ffmpeg.tools import check_ffmpeg

TAIL_LINES = 40
STOP_SECONDS = 5.0
PIPE_BYTES = 1 << 20  # Linux; a whole frame then moves in few steps
SPEAKER = re.compile(r"\[[^\]]* @ (0x)?[0-9a-f]+\] *")
POINTER = re.compile(r"\b0x[0-9a-f]{6,}\b")
REPEATED = re.compile(r"^(Last message repeated \d+ times|\s*)$")
# Lines that name the cause, whatever follows them.
CAUSE = re.compile(
    r"No space left on device|Disk quota exceeded|File too large|Cannot allocate memory|Input/output error"
    r"|Read-only file system"
)
# Lines that tell of an error told before.
CONSEQUENCE = re.compile(
    r"Error (initializing output stream|while opening encoder|splitting the argument list|opening output file"
    r"|sending frames|submitting|parsing options|while filtering)|Could not open encoder|Task finished"
    r"|Terminating thread|Nothing was written|Conversion failed"
)
# Reads its standard input: "done" ends it; end of file means that lipfx died, so it cleans up behind it.
GUARD = 'read -r word; [ "$word" = done ] && exit; kill -9 -- "-$0"; kill -9 "$0"; rm -rf -- "$@"'


class Process:
    """A child process that cannot outlive this one, with its standard error drained into a bounded tail.

    It runs in a session of its own, so that an interrupt from the terminal reaches lipfx alone, which then
    ends it. Even when lipfx is killed outright, a guard process kills the child and removes `temporary`,
    files or folders.
    """

    def __init__(
        self, command: Sequence[str], *, feeds: bool = False, temporary: Sequence[Path] = ()
    ) -> None:
        """Starts `command`; its stdin is a pipe when `feeds`, otherwise its stdout is.

        Raises: FfmpegError when it cannot be started.
        """
        self.command = tuple(command)
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        try:
            self._child: subprocess.Popen[bytes] = children.start(
                command,
                stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if feeds else subprocess.PIPE,
                stderr=subprocess.PIPE,
                pipesize=PIPE_BYTES,
            )
        except OSError as error:
            raise FfmpegError(f"{command[0]} cannot be started: {error.strerror}", command, "") from error
        self._guard = _start_guard(self._child.pid, temporary)
        self._drain = threading.Thread(target=self._read_errors, name="ffmpeg-stderr", daemon=True)
        self._drain.start()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its number, which is its session's as well."""
        return self._child.pid

    @property
    def stdin(self) -> IO[bytes]:
        assert self._child.stdin is not None
        return self._child.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self._child.stdout is not None
        return self._child.stdout

    @property
    def tail(self) -> str:
        """The last lines that the process wrote to its standard error."""
        return "".join(self._tail)

    @property
    def words(self) -> list[str]:
        """Those lines without what means nothing to a reader: repetitions, addresses, who speaks."""
        lines = (POINTER.sub("", SPEAKER.sub("", line)).strip() for line in self._tail)
        return [line for line in lines if not REPEATED.match(line)]

    def wait(self) -> int:
        """Waits for the process to end by itself and returns its exit status."""
        status = self._child.wait()
        self.stop()
        return status

    def kill(self) -> None:
        """Ends the process at once if it still runs. Safe to call again."""
        if self._child.poll() is None:
            children.end(self._child.pid)
            self._child.kill()
        self._child.wait()
        children.forget(self._child.pid)

    def stop(self) -> None:
        """Ends the process if it still runs, and everything that belongs to it. Safe to call again."""
        self.kill()
        self._drain.join(STOP_SECONDS)
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                _close(stream)
        self._release_guard()

    def failure(self, message: str) -> FfmpegError:
        """An error that quotes the process's own line that tells most, or says that ffmpeg is too old."""
        with contextlib.suppress(FfmpegError):  # it does not tell
            try:
                check_ffmpeg()
            except MissingToolError as error:
                return FfmpegError(str(error), self.command, self.tail)
        lines = self.words
        causes = [line for line in lines if CAUSE.search(line)]
        telling = [line for line in lines if not CONSEQUENCE.match(line)]
        last = next(reversed(causes or telling or lines), self._end())
        if not causes and (self._child.returncode or 0) < 0:
            last = self._end()
        return FfmpegError(f"{message}: {last}", self.command, self.tail)

    def _end(self) -> str:
        """How the process ended, where its own words do not tell."""
        status = self._child.returncode or 0
        if status >= 0:
            return f"ffmpeg ended with status {status} and gave no reason"
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        why = {
            "SIGKILL": ", perhaps for want of memory",
            "SIGXFSZ": ": the file would be larger than allowed",
        }
        return f"ffmpeg was ended by {name}{why.get(name, '')}"

    def _read_errors(self) -> None:
        assert self._child.stderr is not None
        for line in self._child.stderr:
            self._tail.append(line[:1000].decode("utf-8", "replace"))

    def _release_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is None or guard.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):
            guard.stdin.write(b"done\n")
            guard.stdin.close()
        guard.wait()


def _start_guard(pid: int, temporary: Sequence[Path]) -> subprocess.Popen[bytes] | None:
    if os.name != "posix":
        return None
    return subprocess.Popen(
        ["/bin/sh", "-c", GUARD, str(pid), *(str(path.absolute()) for path in temporary)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _close(stream: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):
        stream.close()
