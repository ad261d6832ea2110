"""Owns how much memory a command takes, with all processes that it starts; must not know what it does."""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import suppress
from pathlib import Path

INTERVAL = 0.02  # seconds
SHARE = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)


def peak_memory(*command: object) -> int:
    """Bytes that a command, which must succeed, and its children held together at most, by Linux's account.

    What several of them share is counted once.
    """
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_bytes, _family(process.pid))))
        time.sleep(INTERVAL)
    assert process.returncode == 0, process.communicate()[1]
    process.communicate()
    return most


def _family(pid: int) -> list[int]:
    """A process and all that come from it."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found


def _bytes(pid: int) -> int:
    with suppress(OSError):
        share = SHARE.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
        return int(share[1]) << 10 if share else 0
    return 0
