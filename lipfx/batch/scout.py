"""Owns looking at the next clip while the present one is worked at; must not know what is done with clips.

A short clip waits longest for ffprobe to start.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from lipfx.batch.signature import Signature, signature_of
from lipfx.batch.task import Task
from lipfx.errors import LipfxError
from lipfx.video.clip import Clip
from lipfx.video.ffmpeg.probe import Asking, probe
from lipfx.video.source import is_still


@dataclass
class Scout:
    """Looks at one clip at a time, in a thread of its own."""

    _aside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "lipfx-scout"))
    _seen: tuple[Task, Signature, Future[Clip | None]] | None = None

    def send(self, task: Task) -> None:
        """Looks at the clip of a task that comes next; one that is elsewhere is not there to be looked at."""
        self._seen = None
        if "://" not in task.source:
            self._seen = (task, signature_of(task.source), self._aside.submit(_look, task))

    def told(self, task: Task) -> Clip | None:
        """What was seen of a task's clip; None where it was not looked at, or is another one since."""
        seen, self._seen = self._seen, None
        if seen is None:
            return None
        before, signature, looked = seen
        same = (before.key, before.source) == (task.key, task.source)
        return looked.result() if same and signature == signature_of(task.source) else None


def _look(task: Task) -> Clip | None:
    path, options = Path(task.source), task.job.options
    try:
        return None if is_still(path) else probe(path, Asking(options.stream, options.probe_timeout))
    except (LipfxError, OSError):
        return None  # the task itself says why
