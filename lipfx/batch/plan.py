"""Owns what a run of a batch has to do: which clips, under which names, and which of them are done already.

Must not know how clips are processed.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lipfx.batch.clashes import check_inputs, check_outputs
from lipfx.batch.found import Found
from lipfx.batch.hashes import analysis_hash, settings_hash
from lipfx.batch.records import Record
from lipfx.batch.signature import same_clip, signature_of
from lipfx.batch.store import Folder
from lipfx.batch.task import CHAINED, Job, Task


class Verdict(enum.Enum):
    """Why a clip is, or is not, worked at. The value says it to people."""

    NEW = "to be done"
    AGAIN = "to be done again"
    DONE = "done already"
    FAILED = "failed before; --retry-failed tries again"
    CHANGED = "done before, but clip or settings are others now; --overwrite does it again"
    EXISTS = "the output exists already; --overwrite replaces it"

    @property
    def runs(self) -> bool:
        return self in (Verdict.NEW, Verdict.AGAIN)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A clip, its output's name and what is to be done with it."""

    found: Found
    output: str
    job: Job


@dataclass(frozen=True, slots=True)
class Planned:
    """A task and whether it is run."""

    task: Task
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of `count` of a batch, from 1. A clip's part depends on its name alone, not on the other
    clips."""

    number: int = 1
    count: int = 1

    def has(self, found: Found) -> bool:
        """Whether a clip belongs to this part."""
        return int(key_of(found.relative), 16) % self.count == self.number - 1


@dataclass(frozen=True, slots=True)
class Rules:
    """What a rerun does again. overwrite: what has changed, and outputs that are not from here."""

    retry_failed: bool = False
    overwrite: bool = False
    keep_tracks: bool = False


def make_plan(
    wanted: Sequence[Wanted],
    folder: Folder,
    records: Mapping[str, Record],
    rules: Rules,
    shard: Shard | None = None,
    tracks: Callable[[Task], str] = lambda _task: "",
) -> list[Planned]:
    """The tasks of one shard, with what is known of each. tracks: address of the faces of a clip, if kept
    somewhere.

    Raises:
        UsageError: outputs collide, or one would replace an input; a chain is wrong. InputError, EffectError.
    """
    outputs = [(w.output, w.found.source) for w in wanted]
    check_outputs(outputs)
    check_inputs(outputs, folder)
    hashes = _Hashes()
    planned = []
    for w in wanted:
        if shard is None or shard.has(w.found):
            record = records.get(key_of(w.output))
            task = _task(w, hashes, record, rules)
            verdict = _judge(task, folder, record, rules)
            if verdict.runs and w.job.do != "track":
                task = replace(task, tracks=tracks(task))
            planned.append(Planned(task, verdict))
    return planned


class _Hashes:
    """Hashes of jobs, made once for each. Effects are loaded for it, so that what is wrong with a chain shows
    early."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Job, Job, str, str]] = {}

    def of(self, job: Job) -> tuple[Job, str, str]:
        """The job, which looks as far as its effects do, and the hashes of its settings and analysis."""
        if id(job) not in self._known:
            from lipfx.effects.base import reach_of
            from lipfx.effects.personal import check_names
            from lipfx.effects.registry import build_chain

            chain = build_chain(job.items, job.overrides) if job.do in CHAINED else ()
            if job.do in CHAINED:
                check_names(chain, job.options.choice.persons)
            far = job
            if job.do == "apply":
                far = replace(job, options=job.options.reaching(reach_of(chain)))
            self._known[id(job)] = (job, far, settings_hash(far, chain), analysis_hash(far))
        return self._known[id(job)][1:]


def _task(wanted: Wanted, hashes: _Hashes, record: Record | None, rules: Rules) -> Task:
    job, settings, analysis = hashes.of(wanted.job)
    return Task(
        key_of(wanted.output),
        wanted.found.source,
        wanted.output,
        job,
        settings,
        analysis,
        keep_tracks=rules.keep_tracks and wanted.job.do in ("apply", "masks"),
        # What failed has left no output, and what is begun was not there when it was.
        replaces=rules.overwrite or (record is not None and record.outcome != "failed"),
        signature=signature_of(wanted.found.source),
    )


def _judge(task: Task, folder: Folder, record: Record | None, rules: Rules) -> Verdict:
    """What is to be done about a task. A clip that is not there is tried: its error tells more."""
    if record is not None and record.outcome != "started":
        same = record.settings == task.settings and same_clip(task.source, task.signature, record.signature)
        if record.outcome == "failed" and same and not rules.retry_failed:
            return Verdict.FAILED
        if record.outcome == "done" and folder.has(task.output):
            return Verdict.DONE if same else Verdict.AGAIN if rules.overwrite else Verdict.CHANGED
    if not task.replaces and folder.has(task.output):
        return Verdict.EXISTS
    return Verdict.NEW if record is None else Verdict.AGAIN


def key_of(output: str) -> str:
    """The name of an output's record."""
    return hashlib.blake2b(output.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
