"""Owns asking ffprobe about a file, and how long that may take; must not know what the answers mean.

ffprobe is given up when the file gives no more bytes, or when it works on without end; how long that takes on
a busy machine, or over a slow network, says nothing about the file.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipfx.errors import InputError
from lipfx.video.ffmpeg.tools import find_tool
from lipfx.video.limits import FRAME_PIXELS

PROTOCOLS = "file,pipe"
PATIENCE = 30.0
"""Seconds without a byte after which a file is given up."""

WORK = 8.0
"""Seconds of processor time after which it is; more where more patience is asked for."""

LOOK = 0.2
TOO_LARGE = re.compile(r"Picture size (\d+x\d+) exceeds specified max pixel count")


def file_url(path: Path) -> str:
    """`path` as ffmpeg takes it literally, whatever it begins with or contains."""
    return f"file:{path}"


def ask(path: Path, *arguments: str, patience: float | None = None) -> dict[str, Any]:
    """ffprobe's answer to `arguments` about the file at `path`.

    patience: seconds that the file may give no byte.

    Raises: InputError when it cannot be read; MissingToolError.
    """
    command = [find_tool("ffprobe"), "-v", "error", "-protocol_whitelist", PROTOCOLS]
    command += ["-max_pixels", str(FRAME_PIXELS)]  # none larger is decoded
    command += [*arguments, "-of", "json", "-i", file_url(path)]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        try:
            answer, words = _patiently(child, path, patience)
        finally:
            if child.poll() is None:
                child.kill()
    told = words.decode("utf-8", "replace")
    if child.returncode or TOO_LARGE.search(told):
        raise InputError(_reason(path, told))
    with contextlib.suppress(ValueError):
        found = json.loads(answer.decode("utf-8", "replace"))
        if isinstance(found, dict):
            return found
    raise InputError(f"{path}: ffprobe gave no answer that can be read; reinstall ffmpeg")


def _patiently(child: subprocess.Popen[bytes], path: Path, patience: float | None) -> tuple[bytes, bytes]:
    """What the child writes, unless it comes no further.

    Raises: InputError when it does not.
    """
    stall, work = patience or PATIENCE, max(WORK, patience or 0.0)
    seen, since = _Seen(), time.monotonic()
    while True:
        try:
            return child.communicate(timeout=LOOK)
        except subprocess.TimeoutExpired:
            now, before = _seen(child.pid), seen
            seen = now
        if now.moved(before):
            since = time.monotonic()
        if now.work > work:
            raise InputError(
                f"{path} was not understood in {now.work:.0f} seconds of ffprobe's work; wait longer with "
                f"--probe-timeout, or convert it with ffmpeg"
            )
        if time.monotonic() - since > stall:
            raise InputError(
                f"{path} gave no byte for {stall:.0f} seconds; see whether its disk or network is there, or "
                f"wait longer with --probe-timeout"
            )


@dataclass(frozen=True, slots=True)
class _Seen:
    """read: bytes that a process has read. work: its processor seconds. ready: it waits for a turn."""

    read: int = 0
    work: float = 0.0
    ready: bool = False

    def moved(self, before: _Seen) -> bool:
        return self.ready or self.read > before.read or self.work > before.work


def _seen(pid: int) -> _Seen:
    """What a process has done; nothing where the system does not tell."""
    try:
        io = Path(f"/proc/{pid}/io").read_text()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _Seen()
    read = next((int(line.split()[1]) for line in io.splitlines() if line.startswith("rchar")), 0)
    return _Seen(read, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), fields[0] == "R")


def _reason(path: Path, words: str) -> str:
    large = TOO_LARGE.search(words)
    if large is not None:
        return f"{path} has frames of {large[1]} pixels, at most {FRAME_PIXELS} are taken; make them smaller"
    if "moov atom not found" in words and _looks_like_mp4(path):
        return f"{path} is truncated: its index (moov) is missing; copy or record it again"
    if "not on whitelist" in words:
        return f"{path} refers to other files or to the network, which is refused; give the video file itself"
    last = next((line for line in reversed(words.splitlines()) if line.strip()), "no reason given")
    return f"{path} is not a video that ffmpeg can read ({last.split(': ')[-1].strip()})"


def _looks_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"mdat", b"moov", b"free", b"wide", b"skip")
