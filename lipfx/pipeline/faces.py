"""Owns where the faces of frames come from: networks or a tracks file, all of them or those that are meant.

Must not know what is done with frames. Whoever chooses faces of a video has it surveyed first (see
`lipfx.persons.choice`): analysed once, its faces kept in a temporary tracks file, which rendering reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.pipeline.overlap import ahead

if TYPE_CHECKING:
    from lipfx.pipeline.analysis import Analysis
    from lipfx.pipeline.options import Progress, SourceOptions
    from lipfx.pipeline.tracks import Tracks
    from lipfx.tcnn.cascade import Cascade
    from lipfx.video.source import FrameReader

Follow: TypeAlias = Callable[[Iterable[Frame]], Iterator[tuple[Frame, FrameFaces]]]

AHEAD = 4
"""Frames that are analysed ahead of who takes them."""


@contextmanager
def follower(
    reader: FrameReader, options: SourceOptions, progress: Progress, work: Work, *, describe: bool = False
) -> Iterator[Follow]:
    """The function that adds to frames the faces that are meant.

    Photographs and tracks are read, and the clip is surveyed, before it is there. The networks load where it
    is first called: the decoder can start meanwhile. progress: of the survey. work: the account of this run.
    describe: faces have looks.

    Raises:
        LipfxError: see `lipfx.errors`; for the networks, while frames are taken.
    """
    choice, tracks = options.choice, _given_tracks(reader, options)
    networks = _Networks(options, work, still=reader.clip.still, describe=describe or not choice.everyone)
    looks = {}
    if choice.photos:
        from lipfx.pipeline.describe import photo_look

        looks = {photo: photo_look(photo, networks.cascade) for photo in choice.photos}
    follow = networks.follow if tracks is None else tracks.join
    if choice.everyone:
        yield follow
        return
    from lipfx.persons.choice import OneByOne, choose

    if reader.clip.still:
        one_by_one = OneByOne(choice, looks)
        yield lambda frames: one_by_one.choose(follow(frames))
        one_by_one.report()
        return
    from lipfx.core.temporary import scratch_folder

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
    from lipfx.pipeline.tracks import read_tracks

    return read_tracks(options.tracks, reader.clip)


class _Networks:
    """Finds faces, with what is loaded once and where it is first wanted."""

    def __init__(self, options: SourceOptions, work: Work, *, still: bool, describe: bool) -> None:
        self._options = options
        self._work = work
        self._still = still
        self._describe = describe

    @cached_property
    def cascade(self) -> Cascade:
        """Raises: WeightsError, UsageError."""
        from lipfx.tcnn.cascade import Cascade

        return Cascade.load(self._options.weights, self._options.device, self._work)

    @cached_property
    def _analysis(self) -> Analysis:
        from lipfx.pipeline.analysis import Analysis

        return Analysis(self.cascade, still=self._still, shape_predictor=self._options.shape_predictor)

    def follow(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Adds faces to frames that follow each other."""
        found = self._analysis.follow(frames)
        if self._describe:
            from lipfx.pipeline.describe import described

            found = described(found, self.cascade)
        yield from found


def _survey(
    path: Path, follow: Follow, reader: FrameReader, options: SourceOptions, progress: Progress, work: Work
) -> Tracks:
    """Analyses the whole clip, whose faces are then in the tracks file at `path`."""
    from lipfx.pipeline.tracks import TracksWriter, read_tracks
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
