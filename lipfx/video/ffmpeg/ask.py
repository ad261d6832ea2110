"""Owns asking ffprobe about a file, and how long that may take; must not know what the answers mean.

ffprobe is given up when the file gives no more bytes, or when it works on without end; how long that takes on
a busy machine, or over a slow network, says nothing about the file.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from lipfx.errors import InputError
from lipfx.video.ffmpeg.children import Seen, known, seen, start
from lipfx.video.ffmpeg.demuxers import TAKEN
from lipfx.video.ffmpeg.tools import find_tool, refuse_old
from lipfx.video.limits import FRAME_PIXELS

PROTOCOLS = "file,pipe"
PATIENCE = 30.0
"""Seconds without a byte after which a file is given up."""

WORK = 8.0
"""Seconds of processor time after which it is; more where more patience is asked for."""

LOOK = 0.2
REFUSED = re.compile(r"\[(\w+)[^\]]*\] Format not on whitelist")
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
    command += ["-format_whitelist", TAKEN]  # before anything that a list names is opened
    command += ["-max_pixels", str(FRAME_PIXELS), "-show_program_version"]  # none larger is decoded
    command += [*arguments, "-of", "json", "-i", file_url(path)]
    with (
        start(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as child,
        known(child.pid),
    ):
        answer, words = _patiently(child, path, patience)
    told, found = words.decode("utf-8", "replace"), _read(answer)
    if found is not None:
        about = found.pop("program_version", {})
        refuse_old("ffprobe", str(about.get("version", "") if isinstance(about, dict) else ""))
    if child.returncode or TOO_LARGE.search(told):
        raise InputError(_reason(path, told))
    if found is None:
        raise InputError(f"{path}: ffprobe gave no answer that can be read; reinstall ffmpeg")
    return found


def _read(answer: bytes) -> dict[str, Any] | None:
    """The object that ffprobe wrote, None where it is none."""
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(answer.decode("utf-8", "replace"))
        if isinstance(found, dict):
            return found
    return None


def _patiently(child: subprocess.Popen[bytes], path: Path, patience: float | None) -> tuple[bytes, bytes]:
    """What the child writes, unless it comes no further.

    Raises: InputError when it does not.
    """
    stall, work = patience or PATIENCE, max(WORK, patience or 0.0)
    last, since = Seen(), time.monotonic()
    while True:
        try:
            return child.communicate(timeout=LOOK)
        except subprocess.TimeoutExpired:
            now, before = seen(child.pid), last
            last = now
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


def _reason(path: Path, words: str) -> str:
    large = TOO_LARGE.search(words)
    if large is not None:
        return f"{path} has frames of {large[1]} pixels, at most {FRAME_PIXELS} are taken; make them smaller"
    if "moov atom not found" in words and _looks_like_mp4(path):
        return f"{path} is truncated: its index (moov) is missing; copy or record it again"
    if refused := REFUSED.search(words):
        return f"{path} is a playlist or text ({refused[1]}), not a video; give the video file itself"
    if "not on whitelist" in words:
        return f"{path} refers to other files or to the network, which is refused; give the video file itself"
    last = next((line for line in reversed(words.splitlines()) if line.strip()), "no reason given")
    return f"{path} is not a video that ffmpeg can read ({last.split(': ')[-1].strip()}); give a video"


def _looks_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"mdat", b"moov", b"free", b"wide", b"skip")
