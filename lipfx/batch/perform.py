"""Owns doing one task, from the clip to the output in its place; must not know who asked for it.

An output grows in a room of its own, on the disk of the batch's folder, and moves to its name when it is
complete.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path, PurePosixPath
from time import perf_counter

from lipfx.batch.folder import open_folder
from lipfx.batch.scout import Scout
from lipfx.batch.signature import NOTHING, Signature, digested, signature_of
from lipfx.batch.store import STATE
from lipfx.batch.task import CHAINED, Result, Setup, Task
from lipfx.batch.thumbnails import Album, write_thumbnails
from lipfx.errors import InputError, LipfxError
from lipfx.pipeline import (
    ApplyOptions,
    MaskOptions,
    PreviewOptions,
    TrackOptions,
    Watch,
    apply,
    masks,
    preview,
    track,
)
from lipfx.pipeline.options import Progress, SourceOptions
from lipfx.pipeline.parts import PartOptions, render_part
from lipfx.video.clip import Clip

TRACKS = f"{STATE}/tracks"
MOST_WARNINGS, LONGEST_LINE = 12, 400
"""A result travels through a pipe, which is sure to take it whole only while it is small."""

log = logging.getLogger("lipfx")


def perform(
    task: Task,
    setup: Setup,
    progress: Progress = lambda _done, _total: None,
    scout: Scout | None = None,
) -> Result:
    """Does a task; never raises but for interrupts. What goes wrong is in the result, and nothing of it is
    left. scout: has looked at the clip, and looks at the one that is upcoming."""
    start = perf_counter()
    findings = Album()
    result = Result(task.key)
    with _collected() as warnings:
        try:
            clip = scout.told(task) if scout is not None else None
            if scout is not None and task.upcoming is not None:
                scout.send(task.upcoming)
            result = _performed(task, setup, findings, progress, clip)
        except LipfxError as error:
            result = replace(result, kind=type(error).__name__, error=str(error))
        except MemoryError:
            result = replace(result, kind="MemoryError", error="memory ran out", passing=True)
        except OSError as error:
            words = f"{error.filename or 'the system'}: {error.strerror or error}"
            result = replace(result, kind=type(error).__name__, error=words)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a clip's error must not end the others
            words = f"internal error: {type(error).__name__}: {error}"
            result = replace(result, kind=type(error).__name__, error=words)
    return replace(
        result,
        frames=findings.frames,
        faces=len(findings.tracks),
        doubtful=findings.doubtful,
        seconds=round(perf_counter() - start, 3),
        error=_line(result.error),
        warnings=tuple(_line(text) for text in list(dict.fromkeys(warnings))[:MOST_WARNINGS]),
    )


def _performed(task: Task, setup: Setup, findings: Album, progress: Progress, clip: Clip | None) -> Result:
    folder = open_folder(setup.folder, setup.room)
    with _room(setup.room / task.key) as room, _local(task.source, room, setup) as (source, signature):
        tracks, kept = _tracks(task, source, room, setup, progress)
        output = room / "out" / PurePosixPath(task.output).name
        output.parent.mkdir()
        options = replace(task.job.options, tracks=tracks, clip=clip or task.job.options.clip)
        twice = _second_half(progress) if kept else progress
        _run(task, source, output, _with_threads(options, setup.threads), twice, findings)
        write_thumbnails(folder, task.key, findings, output)
        here = task.tracks.startswith(f"{folder.address}/")
        name = task.tracks[len(folder.address) + 1 :] if here else ""
        if kept:
            name = f"{TRACKS}/{task.key}.jsonl"
            folder.put(kept, name, replaces=True)
        folder.put(output, task.output, replaces=task.replaces)
    return Result(task.key, signature, tracks=name)


def _run(
    task: Task, source: Path, output: Path, options: SourceOptions, progress: Progress, watch: Watch
) -> None:
    if task.job.do in CHAINED:
        from lipfx.effects.registry import build_chain

        chain = build_chain(task.job.items, task.job.overrides)
    if isinstance(options, PartOptions):
        render_part(chain, source, output, options, progress=progress, watch=watch)
    elif isinstance(options, ApplyOptions):
        apply(chain, source, output, options, progress=progress, watch=watch)
    elif isinstance(options, PreviewOptions):
        preview(chain, source, output, options, progress=progress, watch=watch)
    elif isinstance(options, MaskOptions):
        masks(source, output, options, progress=progress, watch=watch)
    elif isinstance(options, TrackOptions):
        track(source, output, options, progress=progress, watch=watch)


def _with_threads(options: SourceOptions, threads: int) -> SourceOptions:
    """An encoder takes its share of the cores, not all of them as often as there are workers."""
    if not threads or not isinstance(options, ApplyOptions) or "-threads" in options.encoder_args:
        return options
    return replace(options, encoder_args=("-threads", str(threads), *options.encoder_args))


def _tracks(
    task: Task, source: Path, room: Path, setup: Setup, progress: Progress
) -> tuple[Path | None, Path | None]:
    """The file with the clip's faces that is read, if any, and the one that is new and to be kept."""
    if task.tracks:
        return _fetched(task.tracks, room / "known", setup), None
    if not task.keep_tracks:
        return task.job.options.tracks, None
    path = room / "tracks.jsonl"
    track(source, path, _track_options(task.job.options), progress=_first_half(progress))
    return path, path


def _track_options(options: SourceOptions) -> TrackOptions:
    """Those of an analysis of all faces in the part of the clip that is wanted."""
    names = {option.name for option in fields(SourceOptions)} - {
        "choice",
        "tracks",
        "during",
        "fade",
        "fixes",
    }
    return TrackOptions(**{name: getattr(options, name) for name in names})


def _first_half(progress: Progress) -> Progress:
    return lambda done, total: progress(done, None if total is None else 2 * total)


def _second_half(progress: Progress) -> Progress:
    return lambda done, total: progress(done + (total or 0), None if total is None else 2 * total)


@contextmanager
def _local(address: str, room: Path, setup: Setup) -> Iterator[tuple[Path, Signature]]:
    """The clip as a local file, and its signature. A remote one is copied into the room for as long.

    Raises: InputError: it is not there.
    """
    signature = signature_of(address)
    if signature == NOTHING:
        raise InputError(f"{address} is not there, or may not be looked at; was it moved?")
    path = _fetched(address, room / "in", setup)
    yield path, digested(signature, path)


def _fetched(address: str, folder: Path, setup: Setup) -> Path:
    """The file at a path, or the copy of one at an address."""
    if "://" not in address:
        return Path(address)
    from lipfx.batch.remote import fetch

    return fetch(address, folder, setup.scratch)


@contextmanager
def _room(path: Path) -> Iterator[Path]:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class _Collector(logging.Handler):
    """Keeps what would be said on standard error, for the record of the clip that it is about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _collected() -> Iterator[list[str]]:
    collector, before = _Collector(), log.propagate
    log.addHandler(collector)
    log.propagate = False
    try:
        yield collector.lines
    finally:
        log.propagate = before
        log.removeHandler(collector)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
