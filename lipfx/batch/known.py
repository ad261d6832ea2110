"""Owns finding the faces of a clip that an earlier batch kept; must not know what is in such a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lipfx.batch.records import Record
from lipfx.batch.signature import same_clip
from lipfx.batch.store import Folder
from lipfx.batch.task import Task


class KnownTracks:
    """The tracks files of batches' folders, found by the clip and by what its analysis depends on."""

    def __init__(self, folders: Iterable[tuple[Folder, Iterable[Record]]]) -> None:
        self._kept: dict[tuple[int, str], list[tuple[Record, Folder]]] = defaultdict(list)
        for folder, records in folders:
            for record in records:
                if record.outcome == "done" and _name(record):
                    self._kept[record.size, record.analysis].append((record, folder))

    def of(self, task: Task) -> str:
        """The address of a file with the faces of a task's clip; empty where there is none."""
        for record, folder in self._kept.get((task.signature.size, task.analysis), ()):
            same = same_clip(task.source, task.signature, record.signature)
            if same and folder.has(_name(record)):
                return folder.path_of(_name(record))
        return ""


def _name(record: Record) -> str:
    """The name of the file with a clip's faces: kept beside its output, or the output itself."""
    return record.output if record.do == "track" else record.tracks
