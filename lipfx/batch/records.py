"""Owns the record of each clip of a batch and the list of all; must not know how clips are processed.

One file a clip, so that shards and machines never write one file together; `batch.jsonl` is made of them
anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from lipfx.batch.signature import Signature
from lipfx.batch.store import STATE, Folder
from lipfx.batch.task import Do, Doubtful
from lipfx.errors import InputError, OutputError

FORMAT = "lipfx-batch"
VERSION = 1
LIST = "batch.jsonl"
_RECORDS = f"{STATE}/records"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one clip.

    input: as it was found. output, tracks: names in the batch's folder; the latter of the faces, where kept.
    outcome: `started` while it is worked at, or was when its run ended. size, modified, digest: the input's.
    chain: for people. settings, analysis: hashes of all that the output, and the faces, depend on beside the
    clip. faces: how many tracks. doubtful: by track, stretches in seconds that are worth a look. seconds:
    taken. attempts: how often it was begun, since a worker may die. error: one line; error_kind: its
    class.
    """

    key: str
    input: str
    output: str
    outcome: Literal["started", "done", "failed"]
    do: Do
    chain: str = ""
    settings: str
    analysis: str = ""
    size: int = 0
    modified: str = ""
    digest: str = ""
    frames: int = 0
    faces: int = 0
    doubtful: Doubtful = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    attempts: int = 1
    tracks: str = ""
    error_kind: str = ""
    error: str = ""
    warnings: tuple[str, ...] = ()
    host: str = ""
    finished: str = ""
    format: str = FORMAT
    version: int = VERSION

    @property
    def signature(self) -> Signature:
        return Signature(self.size, self.modified, self.digest)


class Records:
    """The records in a batch's folder, by key."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._unwritten: dict[str, Record] = {}

    def read(self) -> Mapping[str, Record]:
        """All that can be read; a damaged one counts as missing.

        Raises: InputError when one is of another version.
        """
        found = {}
        for _, content in self._folder.read_all(_RECORDS):
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                record = msgspec.json.decode(content, type=Record)
                if (record.format, record.version) != (FORMAT, VERSION):
                    raise InputError(
                        f"{self._folder.address} holds records of {record.format} version "
                        f"{record.version}, wanted {FORMAT} version {VERSION}; choose another --out"
                    )
                found[record.key] = record
        return found

    def write(self, record: Record) -> None:
        """Keeps a record; where the disk is full it is kept in memory and written with a later one, or
        `flush`."""
        self._unwritten[record.key] = record
        with contextlib.suppress(OutputError):
            self.flush()

    def flush(self) -> None:
        """Raises: OutputError when a record still cannot be written."""
        for key, record in list(self._unwritten.items()):
            self._folder.write(f"{_RECORDS}/{key}.json", msgspec.json.encode(record))
            del self._unwritten[key]

    def write_list(self) -> list[Record]:
        """Writes `batch.jsonl` anew from all records, in the order of their outputs; what is in it.

        Raises: OutputError, InputError.
        """
        records = sorted(self.read().values(), key=lambda record: record.output)
        self._folder.write(LIST, as_lines(records))
        return records


def as_lines(records: Iterable[Record]) -> bytes:
    """Records as JSON Lines."""
    return msgspec.json.Encoder().encode_lines(list(records))
