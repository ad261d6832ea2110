"""Owns frames together with their faces, from networks or from a tracks file; must not know what follows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.pipeline.faces import follower
from lipfx.pipeline.footage import AHEAD, ClipFootage, decoded, networks_for
from lipfx.pipeline.options import Progress, SourceOptions, Watch
from lipfx.pipeline.overlap import ahead
from lipfx.pipeline.threads import one_thread_each

if TYPE_CHECKING:
    from lipfx.video.source import FrameReader

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
        frames = _announced(decoded(reader, work), begin)
        items = work.taking("analysis", follow(frames))
        yield stack.enter_context(ahead(items, AHEAD, "analysis", work))


def _announced(frames: Iterable[Frame], begin: Callable[[Frame], None]) -> Iterator[Frame]:
    """The same frames; `begin` is called with the first one."""
    coming = iter(frames)
    for first in coming:
        begin(first)
        yield first
        yield from coming


def counted(
    items: Iterator[tuple[Frame, FrameFaces]],
    reader: FrameReader,
    options: SourceOptions,
    progress: Progress,
    watch: Watch,
) -> Iterator[tuple[Frame, FrameFaces]]:
    """Passes items on, watched; says at the end what was odd, and if there was no face at all."""
    count, found = reader.clip.frame_count, False
    surveyed = ClipFootage(reader, options, progress, Work()).survey_comes_first
    before = count if count and surveyed else 0
    for done, (frame, faces) in enumerate(items, start=1):
        found = found or bool(faces.faces)
        watch.see(frame, faces)
        yield frame, faces
        progress(before + done, None if count is None else before + count)
    for note in dict.fromkeys(reader.notes):
        log.warning("%s", note)
    if not found and not options.choice.wanted:
        log.warning("no face was found in %s; its pictures are as they were", reader.clip.path)
