"""Owns clips and pictures as footage: frames, faces known before, surveys; must not know what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.errors import UsageError
from lipfx.pipeline.faces import Follow, Known, Networks
from lipfx.pipeline.options import Progress, SourceOptions
from lipfx.pipeline.overlap import ahead
from lipfx.video.arrays import numbered
from lipfx.video.ffmpeg.formats import frame_bytes
from lipfx.video.kinds import Order

if TYPE_CHECKING:
    from lipfx.persons.choice import Choice
    from lipfx.pipeline.tracks import Tracks
    from lipfx.video.clip import Clip
    from lipfx.video.source import FrameReader

AHEAD, AHEAD_BYTES = 5, 30_000_000
"""Frames that are analysed ahead of who takes them, at most, and how large they are together."""


def networks_for(
    reader: FrameReader, options: SourceOptions, work: Work, *, describe: bool = False
) -> Networks:
    """What finds faces in the clip of `reader`; whoever chooses among them needs their looks."""
    return Networks(
        weights=options.weights,
        shape_predictor=options.shape_predictor,
        detector=options.detector,
        device=options.device,
        still=reader.clip.still,
        describe=describe or not options.choice.everyone,
        pixel=reader.clip.sample_aspect_ratio or Fraction(1),
        work=work,
    )


def frames_ahead(clip: Clip) -> int:
    """How many frames of `clip` are analysed ahead of who takes them."""
    return max(1, min(AHEAD, AHEAD_BYTES // frame_bytes(clip.pixel_format, clip.width, clip.height)))


def decoded(reader: FrameReader, work: Work) -> Iterator[Frame]:
    """The frames of `reader`, counted. The decoder is a process of its own: a thread ahead gains nothing."""
    for frame in work.taking("decode", reader):
        work.count("frames decoded")
        yield frame
        del frame  # while the next one is decoded nobody needs it: large ones count


@dataclass(frozen=True)
class ClipFootage:
    """The clip of a reader. progress: of a survey. work: the account of the run that it is for."""

    reader: FrameReader
    options: SourceOptions
    progress: Progress
    work: Work

    @property
    def still(self) -> bool:
        return self.reader.clip.still

    @property
    def survey_comes_first(self) -> bool:
        """Whether the clip is analysed as a whole before its frames are taken."""
        return not self.options.choice.everyone and self.options.tracks is None and not self.still

    def known(self) -> Known | None:
        """The faces in the tracks file that was given, if any.

        Raises: TracksError.
        """
        if self.options.tracks is None:
            return None
        from lipfx.pipeline.tracks import read_tracks

        return _Between(
            read_tracks(self.options.tracks, self.reader.clip, force=self.options.force), self.options
        )

    @contextmanager
    def surveyed(self, follow: Follow) -> Iterator[Known]:
        """Analyses the whole clip; its faces are in a temporary tracks file meanwhile."""
        from lipfx.core.rooms import scratch_folder
        from lipfx.pipeline.tracks import TracksWriter, read_tracks

        clip, options, work = self.reader.clip, self.options, self.work
        source = options.open(clip.path)
        count = options.frames_of(clip)
        total = None if count is None else 2 * count
        with scratch_folder() as folder:
            path = folder / "survey.jsonl"
            with (
                TracksWriter(path, clip) as writer,
                source,
                ahead(
                    work.taking("analysis", follow(decoded(source, work))),
                    frames_ahead(clip),
                    "analysis",
                    work,
                ) as items,
            ):
                for done, (frame, faces) in enumerate(items, start=1):
                    writer.write(frame, faces, clip.path.name)
                    self.progress(done, total)
            yield _Between(read_tracks(path, clip), options)


@dataclass(frozen=True)
class _Between:
    """What a tracks file tells of the part of a clip that a job works on."""

    tracks: Tracks
    options: SourceOptions

    def told(self) -> Iterable[FrameFaces]:
        return self.tracks.told(self.options.start, self.options.end)

    def join(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        return self.tracks.join(frames)


@dataclass(frozen=True)
class PictureFootage:
    """Pictures of a caller, `rate` a second or, where that is None, each for itself.

    faces: what was found in them before. order: of an array's channels.
    """

    pictures: Iterable[Any]
    rate: Fraction | float | None
    faces: Iterable[FrameFaces] | None
    causal: bool
    order: Order

    @property
    def still(self) -> bool:
        return self.rate is None

    def known(self) -> GivenFaces | None:
        return None if self.faces is None else GivenFaces(self.faces)

    def check(self, choice: Choice) -> None:
        """Raises: UsageError when it takes to see all pictures first, and they can be seen only once."""
        once = self.causal or isinstance(self.pictures, Iterator)
        if once and not (choice.everyone or self.still or self.faces is not None):
            raise UsageError(
                "to choose, all frames are looked at first; give a list of frames, "
                "or faces=list(find_faces(...))"
            )

    @contextmanager
    def surveyed(self, follow: Follow) -> Iterator[GivenFaces]:
        yield GivenFaces([found for _, found in follow(numbered(self.pictures, self.rate, order=self.order))])


class GivenFaces:
    """Faces that a caller has."""

    def __init__(self, faces: Iterable[FrameFaces]) -> None:
        self._faces = faces

    def told(self) -> Iterable[FrameFaces]:
        """All of them; they are kept then, so that `join` has them too."""
        self._faces = list(self._faces)
        return self._faces

    def join(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Raises: UsageError when there are more of the one than of the other."""
        for frame, found in zip_longest(frames, self._faces):
            if frame is None or found is None:
                more, fewer = ("faces", "frames") if frame is None else ("frames", "faces")
                raise UsageError(f"there are more {more} than {fewer}; give the faces found in these frames")
            yield frame, found
