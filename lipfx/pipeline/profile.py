"""Owns what `--profile` tells of a run; must not know how the work is done, nor the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from lipfx.core.work import Spent, Work

WITHIN = {"decode": "analysis", "detection": "analysis", "networks": "analysis", "effect": "effects"}
"""Stages whose time is part of another's."""


@dataclass(slots=True)
class Profile:
    """One run. work: its account. seconds: from start to end.

    memory, ffmpeg_memory: peak resident bytes of lipfx, and of the largest of its ffmpeg processes once all
    frames were sent; 0 where the system does not tell.
    """

    work: Work = field(default_factory=partial(Work, timed=True))
    seconds: float = 0.0
    memory: int = 0
    ffmpeg_memory: int = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """The block is the run."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds = perf_counter() - start
            self.memory = _peak("self")

    def note_processes(self) -> None:
        """Looks how much memory the processes that run now have taken."""
        self.ffmpeg_memory = max([self.ffmpeg_memory, *map(_peak, _children())])

    @property
    def frames(self) -> int:
        return self.work.counts["frames written"]

    def fields(self) -> dict[str, Any]:
        """All of it for programs: seconds, bytes, counts."""
        own = {name: _own(name, self.work) for name in self.work.spent}
        return {
            "seconds": round(self.seconds, 3),
            "frames": self.frames,
            "frames_per_second": round(self.frames / max(self.seconds, 1e-9), 2),
            "memory": self.memory,
            "ffmpeg_memory": self.ffmpeg_memory,
            "stages": {
                name: {"times": s.times, "wall": round(s.wall, 4), "cpu": round(s.cpu, 4)}
                for name, s in own.items()
            },
            "counts": dict(sorted(self.work.counts.items())),
        }

    def text(self) -> str:
        """All of it for people, on several lines."""
        frames = max(self.frames, 1)
        lines = [f"{'stage':28}{'times':>8}{'wall s':>9}{'CPU s':>9}{'CPU ms a frame':>16}"]
        for name in self.work.spent:
            s = _own(name, self.work)
            each = 1000 * s.cpu / frames
            lines.append(f"{name:28}{s.times:8}{s.wall:9.2f}{s.cpu:9.2f}{each:16.3f}")
        lines += [f"{what:36}{times}" for what, times in sorted(self.work.counts.items())]
        rate = self.frames / max(self.seconds, 1e-9)
        lines.append(f"{self.frames} frames in {self.seconds:.2f} s: {rate:.1f} frames per second")
        if self.memory:
            own, others = self.memory >> 20, self.ffmpeg_memory >> 20
            lines.append(f"peak memory: lipfx {own} MiB, largest ffmpeg process {others} MiB")
        return "\n".join(lines)


def _own(name: str, work: Work) -> Spent:
    """What a stage took without the stages within it."""
    spent = work.spent[name]
    parts = [s for part, s in work.spent.items() if WITHIN.get(part.partition(":")[0]) == name]
    wall, cpu = (getattr(spent, k) - sum(getattr(s, k) for s in parts) for k in ("wall", "cpu"))
    return Spent(spent.times, wall, cpu)


def _peak(process: str) -> int:
    """Bytes of memory that a process has held at most, by Linux's account."""
    try:
        words = Path(f"/proc/{process}/status").read_text().split()
        return int(words[words.index("VmHWM:") + 1]) << 10
    except (OSError, ValueError):
        return _largest_ever() if process == "self" else 0


def _largest_ever() -> int:
    """The same of this process on other systems."""
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


def _children() -> list[str]:
    """The processes that this one started and that run."""
    return [word for path in Path("/proc/self/task").glob("*/children") for word in path.read_text().split()]
