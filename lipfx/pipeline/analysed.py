"""Owns frames together with their faces, from networks or from a tracks file; must not know what follows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from lipfx.core.moments import Clock
from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.pipeline.faces import follower
from lipfx.pipeline.findings import Findings
from lipfx.pipeline.fixes import fixed, within
from lipfx.pipeline.footage import ClipFootage, decoded, frames_ahead, networks_for
from lipfx.pipeline.options import Progress, SourceOptions, Watch
from lipfx.pipeline.overlap import ahead
from lipfx.pipeline.threads import one_thread_each

if TYPE_CHECKING:
    from lipfx.video.source import FrameReader

NAMED = 8
"""Doubtful stretches that a run names at its end."""

log = logging.getLogger("lipfx")


@contextmanager
def analysed(
    reader: FrameReader,
    options: SourceOptions,
    progress: Progress,
    work: Work | None = None,
    *,
    describe: bool = False,
    begin: Callable[[Frame], None] = lambda _first: None,
) -> Iterator[Iterator[tuple[Frame, FrameFaces]]]:
    """Frames and their faces in order. Analysis runs ahead, in a thread of its own.

    progress: of a survey, which may come first. work: the account of this run. describe: faces have looks.
    begin: is shown the first frame, in that thread, before its faces are looked for.

    Raises:
        WeightsError, TracksError, InputError, FfmpegError: here or while the frames are taken.
    """
    work = work or Work()
    with ExitStack() as stack:
        stack.enter_context(one_thread_each())
        footage = ClipFootage(reader, options, progress, work)
        networks = networks_for(reader, options, work, describe=describe)
        looks = networks.looks(options.choice)
        follow = stack.enter_context(follower(footage, networks, options.choice, looks))
        stack.enter_context(reader)
        frames = _announced(decoded(reader, work), begin, options)
        items = work.taking("analysis", meant(follow(frames), options, reader.clip.clock))
        yield stack.enter_context(ahead(items, frames_ahead(reader.clip), "analysis", work))


def meant(
    found: Iterator[tuple[Frame, FrameFaces]], options: SourceOptions, clock: Clock
) -> Iterator[tuple[Frame, FrameFaces]]:
    """Of the faces that were found those that are meant: as they were corrected, sure enough, for as long as
    was asked for."""
    return within(sure(fixed(found, options, clock), options.min_confidence), options, clock)


def sure(items: Iterator[tuple[Frame, FrameFaces]], least: float) -> Iterator[tuple[Frame, FrameFaces]]:
    """The same frames without faces of less confidence than `least`."""
    for frame, found in items:
        faces = tuple(face for face in found.faces if face.confidence >= least)
        yield frame, found if len(faces) == len(found.faces) else replace(found, faces=faces)
        del frame


def _announced(
    frames: Iterable[Frame], begin: Callable[[Frame], None], options: SourceOptions
) -> Iterator[Frame]:
    """The same frames; `begin` is called with the first one that is meant."""
    coming = iter(frames)
    for first in coming:
        announced = options.wants(first)
        if announced:
            begin(first)
        yield first
        del first
        if announced:
            yield from coming


def counted(
    items: Iterator[tuple[Frame, FrameFaces]],
    reader: FrameReader,
    options: SourceOptions,
    progress: Progress,
    watch: Watch,
    faceless: str,
) -> Iterator[tuple[Frame, FrameFaces]]:
    """Passes items on, watched; says at the end what was odd, what is in doubt, if there was no face.

    faceless: what a result without any face is, in words.
    """
    count, found, findings = options.frames_of(reader.clip), False, Findings()
    reached = not options.during
    surveyed = ClipFootage(reader, options, progress, Work()).survey_comes_first
    before = count if count and surveyed else 0
    done = 0
    for frame, faces in items:
        if not options.wants(frame):
            yield frame, faces
            del frame
            continue
        done += 1
        found = found or bool(faces.faces)
        reached = reached or faces.share > 0
        watch.see(frame, faces)
        findings.see(frame, faces)
        yield frame, faces
        del frame
        progress(before + done, None if count is None else before + max(count, done))
    if findings.frames and count is not None and findings.frames < count:  # an estimate was too high
        progress(before + findings.frames, before + findings.frames)
    for note in dict.fromkeys(reader.notes):
        log.warning("%s", note)
    stretches = findings.spans
    if stretches and not reader.clip.still:
        named = ", ".join(f"{start:.1f}-{end:.1f} s" for start, end in stretches[:NAMED])
        more = ", ..." if len(stretches) > NAMED else ""
        log.warning(
            "%d stretch%s to look at: %s%s; lips are covered, turned away or unsure there",
            len(stretches),
            "" if len(stretches) == 1 else "es",
            named,
            more,
        )
    if not reached:
        log.warning("--during names none of the frames taken from %s; %s", reader.clip.path, faceless)
    elif not found and not options.choice.wanted:
        log.warning("no face was found in %s; %s", reader.clip.path, faceless)
