"""Owns programs in the place of ffmpeg and ffprobe that fail; must not know what they are asked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.attack.mutators import Rng

TOOLS = ("ffmpeg", "ffprobe")
# {0} is the real program; what it is given and what it writes pass through.
FAULTS = {
    "talks": "printf '\\033]0;t\\007 \\377 junk\\n[x] oh\\n' >&2; exec {0} \"$@\"",
    "fails without a word": '{0} "$@" 2>/dev/null; exit 1',
    "fails with many words": "{0} \"$@\"; yes 'line' | head -n 300 >&2; exit 9",
    "says nothing": "exit 0",
    "says rubbish": "printf '\\377\\000[]{{\\n'; exit 0",
    "says a list": "echo '[]'",
    "is cut off": '{0} "$@" | head -c {1}',
    "is killed": 'exec timeout -s KILL 0.{1} {0} "$@"',
    "crashes": "kill -SEGV $$",
    "has little memory": 'ulimit -v 150000; exec {0} "$@"',
    "writes small files": 'ulimit -f 2; exec {0} "$@"',
    "is slow": 'sleep 0.5; exec {0} "$@"',
    "takes no input": 'exec 0</dev/null; exec {0} "$@"',
    "is started and waits for a child": '{0} "$@"; sleep 0.2; exit $?',
    "is old": "[ \"$1\" = -version ] && echo 'ffmpeg version 4.2.7' && exit; exit 1",
}


def put(folder: Path, rng: Rng) -> tuple[str, str]:
    """Writes a faulty program; what is wrong, and the PATH that finds it."""
    folder.mkdir()
    tool = TOOLS[int(rng.integers(2))]
    real = shutil.which(tool)
    if rng.random() < 0.05:
        other = TOOLS[tool == "ffmpeg"]
        (folder / other).symlink_to(str(shutil.which(other)))
        return f"{tool} is missing", str(folder)
    name = tuple(FAULTS)[int(rng.integers(len(FAULTS)))]
    number = int(rng.integers(1, 9)) * (1 if "timeout" in FAULTS[name] else 4000)
    (folder / tool).write_text(f"#!/bin/sh\n{FAULTS[name].format(real, number)}\n")
    (folder / tool).chmod(0o755)
    return f"{tool} {name}", f"{folder}{os.pathsep}{os.environ['PATH']}"
