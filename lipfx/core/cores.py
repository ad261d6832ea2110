"""Owns how many cores and how much memory are ours to use; must not know what for."""

from __future__ import annotations

import math
import os
from pathlib import Path

SHARE = "LIPFX_CORES"
"""An environment variable: how many cores this process and what it starts may count on."""
_CGROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """Cores that this process may use: its share of them, its affinity, its container's quota; at least 1."""
    share = os.environ.get(SHARE, "")
    if share.isdecimal() and int(share):
        return int(share)
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(there, _quota() or there))


def memory() -> int | None:
    """Bytes of memory that are free for this process, by its container's account too; None where not told."""
    words = _words(Path("/proc/meminfo"))
    free = int(words[words.index("MemAvailable:") + 1]) << 10 if "MemAvailable:" in words else None
    limit, used = _words(_CGROUP / "memory.max"), _words(_CGROUP / "memory.current")
    if limit and used and limit[0].isdecimal():
        left = max(int(limit[0]) - int(used[0]), 0)
        free = left if free is None else min(free, left)
    return free


def _quota() -> int | None:
    """Cores that a container's quota comes to, begun ones counted whole."""
    words = _words(_CGROUP / "cpu.max")
    if len(words) == 2 and words[0].isdecimal():
        return max(1, math.ceil(int(words[0]) / int(words[1])))
    return None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except (OSError, UnicodeDecodeError):
        return []
