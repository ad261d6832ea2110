"""Owns what is to be done with one clip of a batch, as it travels to whoever does it; must not know how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from lipfx.batch.signature import NOTHING, Signature
from lipfx.effects.chain import Item
from lipfx.pipeline.options import SourceOptions

Do = Literal["apply", "masks", "track", "preview"]
CHAINED: tuple[Do, ...] = ("apply", "preview")
"""What takes a chain of effects."""
Doubtful: TypeAlias = Mapping[int, Sequence[tuple[float, float]]]
"""By track id, the stretches from one time to another, in seconds, in which its lips were hardly seen."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is done, whatever the clip; many tasks share one. text: the chain, for people.

    options: those of `lipfx.pipeline` for `do`. items, overrides: the chain as it was written, since effects
    that files define cannot travel.
    """

    do: Do
    options: SourceOptions
    items: tuple[Item, ...] = ()
    overrides: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One clip. key: names its record. source: a path or an address. output: its name in the batch's folder.

    settings, analysis: hashes of all that the output, and the faces found, depend on beside the clip itself.
    tracks: address of a file with this clip's faces, empty where they are to be found. keep_tracks: keep
    them. replaces: the output may exist already. signature: the clip's when it was planned.
    upcoming: what the same worker does next, where that is known.
    """

    key: str
    source: str
    output: str
    job: Job
    settings: str
    analysis: str
    tracks: str = ""
    keep_tracks: bool = False
    replaces: bool = False
    signature: Signature = NOTHING
    upcoming: Task | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a task. error: one line, empty where all went well; kind: its class.

    signature: as the clip was read; None where it was not. frames, faces: how many of each, a face for each
    track. doubtful: by track, stretches in seconds that are worth a look. tracks: name of the file in which
    the faces were kept. passing: another try may end otherwise.
    """

    key: str
    signature: Signature | None = None
    frames: int = 0
    faces: int = 0
    doubtful: Doubtful = field(default_factory=dict)
    seconds: float = 0.0
    tracks: str = ""
    warnings: tuple[str, ...] = ()
    kind: str = ""
    error: str = ""
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """What every worker of a run is told once. folder: address of the batch's folder. room: where outputs
    grow.

    threads: that one clip may count on, 0 for all. nice: added to the priority's number. memory: bytes of
    address space, 0 for any. scratch: bytes that copies of remote clips may take at a time.
    """

    folder: str
    room: Path
    threads: int = 0
    nice: int = 0
    memory: int = 0
    scratch: int = 0
