"""Owns frames together with their faces, from networks or from a tracks file; must not know what follows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.pipeline.overlap import ahead
from lipfx.types import Frame, FrameFaces

if TYPE_CHECKING:
    from lipfx.video.source import FrameReader

Progress = Callable[[int, int | None], None]
DECODED_AHEAD = 4
ANALYSED_AHEAD = 4

log = logging.getLogger("lipfx")


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What every job wants to know of its input.

    start, end: seconds. tracks: a file that `track` wrote, read in place of running the networks.
    weights: a folder of trained weights; None is the shipped ones. shape_predictor: dlib's 68-point file.
    device: auto, cpu, cuda or mps. deinterlace: make whole pictures of interlaced ones.
    """

    start: float | None = None
    end: float | None = None
    tracks: Path | None = None
    weights: Path | None = None
    shape_predictor: Path | None = None
    device: str = "auto"
    deinterlace: bool = False


@contextmanager
def analysed(reader: FrameReader, options: SourceOptions) -> Iterator[Iterator[tuple[Frame, FrameFaces]]]:
    """Frames and their faces in order. Decoding and analysis run ahead, each in a thread of its own.

    Raises:
        WeightsError, TracksError, InputError, FfmpegError: here or while the frames are taken.
    """
    with ExitStack() as stack:
        follow = follower(reader, options)
        stack.enter_context(reader)
        frames = stack.enter_context(ahead(reader, DECODED_AHEAD, "lipfx-decode"))
        yield stack.enter_context(ahead(follow(frames), ANALYSED_AHEAD, "lipfx-analyse"))


def follower(
    reader: FrameReader, options: SourceOptions
) -> Callable[[Iterator[Frame]], Iterator[tuple[Frame, FrameFaces]]]:
    """The function that adds faces to frames; weights or tracks are read before the first frame is."""
    if options.tracks is not None:
        from lipfx.tracks import read_tracks

        return read_tracks(options.tracks, reader.clip).join
    from lipfx.analysis import Analysis
    from lipfx.tcnn.cascade import Cascade

    cascade = Cascade.load(options.weights, options.device)
    return Analysis(cascade, still=reader.clip.still, shape_predictor=options.shape_predictor).follow


def counted(
    items: Iterator[tuple[Frame, FrameFaces]], reader: FrameReader, progress: Progress
) -> Iterator[tuple[Frame, FrameFaces]]:
    """Passes items on, reporting progress; says at the end what was odd, and if there was no face at all."""
    found = False
    for done, (frame, faces) in enumerate(items, start=1):
        found = found or bool(faces.faces)
        yield frame, faces
        progress(done, reader.clip.frame_count)
    for note in dict.fromkeys(reader.notes):
        log.warning("%s", note)
    if not found:
        log.warning("no face was found in %s; its pictures are as they were", reader.clip.path)
