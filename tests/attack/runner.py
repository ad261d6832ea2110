"""Owns running one command line, with limits of time and memory; must not know what is right.

A process that has imported everything forks for each case: a case has a process of its own, as a user's run
has, without the third of a second that Python takes to start. Runs that are killed start anew, see `kills`.
"""

from __future__ import annotations

import importlib
import io
import os
import resource
import signal
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from tests.attack.cases import READ, Case

SECONDS = 60.0
ADDRESSES = 12 << 30
"""Bytes of address space, which stops what would take the machine's memory."""
END = 5.0
"""Seconds in which all that a run has started ends with it."""
MARK = "LIPFX_ATTACK"
WARM = (
    *("lipfx.__main__", "lipfx.cli.main", "lipfx.pipeline", "lipfx.pipeline.apply", "lipfx.pipeline.masks"),
    *("lipfx.pipeline.track", "lipfx.pipeline.preview", "lipfx.video.reader", "lipfx.video.writing.writer"),
    *(
        "cv2",
        "av",
        "onnxruntime",
        "PIL.Image",
        "tifffile",
        "dlib",
        "tqdm",
        "training.data",
        "training.labelmaps",
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What a run came to. status: None where it was ended after SECONDS, -N by a signal. left: processes of
    its own that ran on. peak: bytes of the largest of its processes.
    """

    status: int | None
    said: bytes
    seconds: float
    peak: int
    left: tuple[str, ...]


def warm() -> None:
    """Imports what the cases need, so that none of them has to."""
    for name in WARM:
        importlib.import_module(name)


def run(case: Case, folder: Path) -> Outcome:
    """Runs `case` in `folder`, where `out` is the working folder, `tmp` and `home` are made."""
    for name in ("tmp", "home"):
        (folder / name).mkdir()
    words, mark = folder / "stderr", uuid.uuid4().hex
    before = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _child(case, folder, words, mark)
    status, usage = _waited(pid, before + SECONDS)
    seconds = time.monotonic() - before
    left = left_over(mark)
    return Outcome(status, words.read_bytes(), seconds, usage.ru_maxrss << 10, left)


def left_over(mark: str, patience: float = END) -> tuple[str, ...]:
    """Command lines of processes with `mark` in their environment that are still there after `patience`."""
    end = time.monotonic() + patience
    while (found := _marked(mark)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def _marked(mark: str) -> tuple[str, ...]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return tuple(found)


def _waited(pid: int, end: float) -> tuple[int | None, resource.struct_rusage]:
    pause = 0.002
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), usage
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            return None, os.wait4(pid, 0)[2]
        time.sleep(pause)
        pause = min(0.05, pause * 1.5)


def environment(folder: Path, mark: str, path: str | None) -> dict[str, str]:
    """What a run may know: scratch and settings in the case's own folder."""
    home = str(folder / "home")
    given = {MARK: mark, "TMPDIR": str(folder / "tmp"), "HOME": home, "PATH": path or os.environ["PATH"]}
    return {**os.environ, **given, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}


def _child(case: Case, folder: Path, words: Path, mark: str) -> None:
    """Becomes the run; does not return."""
    status = 70
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as a shell starts a program
        for stop in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(stop, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.environ.update(environment(folder, mark, case.path))
        os.chdir(folder / "out")
        tempfile.tempdir = None
        for number, flags, name in (
            (0, os.O_RDONLY, Path(os.devnull)),
            (1, os.O_WRONLY | os.O_CREAT, folder / "stdout"),
            (2, os.O_WRONLY | os.O_CREAT | os.O_APPEND, words),
        ):
            opened = os.open(name, flags, 0o644)
            os.dup2(opened, number)
            os.close(opened)
        sys.stdout = io.TextIOWrapper(
            io.FileIO(1, "w", closefd=False), "utf-8", "replace", write_through=True
        )
        sys.stderr = io.TextIOWrapper(
            io.FileIO(2, "w", closefd=False), "utf-8", "replace", write_through=True
        )
        sys.argv = ["lipfx", *case.words]
        status = _read(*case.words[1:]) if case.words[0] == READ else _main()
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    except BaseException:  # noqa: BLE001 - what a Python that ends by it would print
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _main() -> int:
    from lipfx.__main__ import main

    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def _read(kind: str, name: str) -> int:
    """Reads a file as training does."""
    from lipfx.errors import LipfxError
    from training import data, labelmaps

    readers = {"helen": data.read_helen_annotation, "pts": data.read_pts, "labels": labelmaps.read_labels}
    try:
        readers[kind](Path(name))
    except LipfxError as error:
        sys.stderr.write(f"lipfx: {error}\n")
        return 1
    return 0
