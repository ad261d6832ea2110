"""Owns where the faces of frames come from: networks or a tracks file, all of them or those that are meant.

Must not know what is done with frames. Whoever chooses faces of a video has it surveyed first (see
`lipfx.choosing`): analysed once, its faces kept in a temporary tracks file, from which rendering reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lipfx.pipeline.overlap import ahead
from lipfx.types import Frame, FrameFaces
from lipfx.work import Work

if TYPE_CHECKING:
    from lipfx.pipeline.analysed import Progress, SourceOptions
    from lipfx.tcnn.cascade import Cascade
    from lipfx.tracks import Tracks
    from lipfx.video.source import FrameReader

Follow: TypeAlias = Callable[[Iterable[Frame]], Iterator[tuple[Frame, FrameFaces]]]

AHEAD = 4
"""Frames that are analysed ahead of who takes them."""


@contextmanager
def follower(
    reader: FrameReader, options: SourceOptions, progress: Progress, work: Work, *, describe: bool = False
) -> Iterator[Follow]:
    """The function that adds to frames the faces that are meant.

    Weights, photographs and tracks are read, and the clip is surveyed, before it is there. progress: of the
    survey. work: the account of this run. describe: faces have looks.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    choice, tracks = options.choice, _given_tracks(reader, options)
    cascade = None if tracks is not None and not choice.photos else _cascade(options, work)
    looks = {}
    if choice.photos and cascade is not None:
        from lipfx.describing import photo_look

        looks = {photo: photo_look(photo, cascade) for photo in choice.photos}
    describe = describe or not choice.everyone
    follow = tracks.join if tracks is not None else _networks(reader, options, cascade, describe)
    if choice.everyone:
        yield follow
        return
    from lipfx.choosing import OneByOne, choose

    if reader.clip.still:
        one_by_one = OneByOne(choice, looks)
        yield lambda frames: one_by_one.choose(follow(frames))
        one_by_one.report()
        return
    from lipfx.video.temporary import scratch_folder

    with scratch_folder() as folder:
        known = tracks or _survey(folder / "survey.jsonl", follow, reader, options, progress, work)
        size = (reader.clip.width, reader.clip.height)
        chosen = choose(known.told(options.start, options.end), choice, looks, size)
        yield lambda frames: ((frame, chosen.of(faces)) for frame, faces in known.join(frames))


def decoded(reader: FrameReader, work: Work) -> Iterator[Frame]:
    """The frames of `reader`, counted. The decoder is a process of its own: a thread ahead gains nothing."""
    for frame in work.taking("decode", reader):
        work.count("frames decoded")
        yield frame


def surveyed(reader: FrameReader, options: SourceOptions) -> bool:
    """Whether `follower` analyses the clip before its frames are taken."""
    return not options.choice.everyone and options.tracks is None and not reader.clip.still


def _given_tracks(reader: FrameReader, options: SourceOptions) -> Tracks | None:
    if options.tracks is None:
        return None
    from lipfx.tracks import read_tracks

    return read_tracks(options.tracks, reader.clip)


def _cascade(options: SourceOptions, work: Work) -> Cascade:
    from lipfx.tcnn.cascade import Cascade

    return Cascade.load(options.weights, options.device, work)


def _networks(reader: FrameReader, options: SourceOptions, cascade: Cascade | None, describe: bool) -> Follow:
    from lipfx.analysis import Analysis
    from lipfx.describing import described

    assert cascade is not None
    analysis = Analysis(cascade, still=reader.clip.still, shape_predictor=options.shape_predictor)
    if not describe:
        return analysis.follow
    return lambda frames: described(analysis.follow(frames), cascade)


def _survey(
    path: Path, follow: Follow, reader: FrameReader, options: SourceOptions, progress: Progress, work: Work
) -> Tracks:
    """Analyses the whole clip, whose faces are then in the tracks file at `path`."""
    from lipfx.tracks import TracksWriter, read_tracks
    from lipfx.video.source import open_source

    clip = reader.clip
    source = open_source(clip.path, options.start, options.end, deinterlace=options.deinterlace)
    total = None if clip.frame_count is None else 2 * clip.frame_count
    with (
        TracksWriter(path, clip) as writer,
        source,
        ahead(work.taking("analysis", follow(decoded(source, work))), AHEAD, "analysis", work) as items,
    ):
        for done, (frame, faces) in enumerate(items, start=1):
            writer.write(frame, faces, clip.path.name)
            progress(done, total)
    return read_tracks(path, clip)
