"""Owns a long clip's job of `lipfx apply` in parts: one pass that finds faces, parts each by itself, joining.

Must not know who renders the parts. The pass is the analysis of a run in one piece; it writes down the faces,
the times and the checksum of every frame, so that a part's frames are surely those that were looked at.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from lipfx.core.loudness import Loudness
from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.effects.base import Effect, Reach
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.apply import FACELESS, ApplyOptions
from lipfx.pipeline.beside import Beside, read_loudness
from lipfx.pipeline.footage import decoded
from lipfx.pipeline.options import NOBODY, Progress, Watch
from lipfx.pipeline.retouch import retouching
from lipfx.pipeline.stage import Stage
from lipfx.pipeline.threads import one_thread_each
from lipfx.pipeline.tracks import TracksWriter, read_tracks
from lipfx.video.part import PartReader
from lipfx.video.source import FrameReader
from lipfx.video.table import FrameTable, read_table
from lipfx.video.writing.encoding import Encoding
from lipfx.video.writing.parts import PART_SUFFIX, PartWriter, check_gaps

LATEST = 2
"""Times its wanted length after which a part ends without a key frame."""
SAME_TIME = 1e-3  # seconds

log = logging.getLogger("lipfx")


@dataclass(frozen=True, slots=True)
class PartOptions(ApplyOptions):
    """How a part is rendered. `tracks` is a file with its faces.

    table: a file with its frames. skip, rest: how many of these only come before it and after it. suffix: of
    the whole output. loudness: a file with the clip's, where effects listen.
    """

    table: Path = Path()
    skip: int = 0
    rest: int = 0
    suffix: str = PART_SUFFIX
    loudness: Path | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Frames of a clip from one place to before another, of those that are wanted, and the files that tell of
    them, and of as many before and after as `reach` says; pictures: where they belong, under a name that
    tells all this from others.
    """

    start: int
    end: int
    reach: Reach
    tracks: Path
    table: Path
    pictures: Path

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass
class Survey:
    """One pass over the clip of a reader, which closes one part after another.

    room: for their files. seconds: that a part lasts at least, until the next of `keys`, times of key frames.
    reach: frames that a part has to see around it, so that it looks as it does in the whole. known: parts of
    a pass that was made before, whose faces are taken. table: of all frames so far.
    """

    reader: FrameReader
    options: ApplyOptions
    room: Path
    seconds: float
    keys: Collection[float] = ()
    reach: Reach = field(default_factory=Reach)
    known: Sequence[Part] = ()
    work: Work = field(default_factory=Work)
    table: FrameTable = field(default_factory=FrameTable)

    def __post_init__(self) -> None:
        self._marks = {round(key / SAME_TIME) for key in self.keys}
        self._before: deque[tuple[Frame, FrameFaces]] = deque(maxlen=self.reach.before)
        self._after: deque[tuple[Frame, FrameFaces]] = deque()

    def parts(
        self, begin: Callable[[Frame], None], progress: Progress, watch: Watch
    ) -> Generator[Part, None, None]:
        """The parts, in order. begin: is shown the first frame.

        Raises: LipfxError: see `lipfx.errors`; OnePiece when the clip's times do not allow parts.
        """
        with self._analysed(begin, progress) as items:
            coming = counted(items, self.reader, self.options, progress, watch, FACELESS)
            following, start = self._taken(coming), 0
            while following is not None:
                growing, place = self.room / f".{start:08}.jsonl", start
                with TracksWriter(growing, self.reader.clip, overwrite=True) as tracks:
                    for item in self._before:
                        tracks.write(*item, "")
                    while following is not None:
                        tracks.write(*following, "")
                        self._before.append(following)
                        place += 1
                        following = self._taken(coming)
                        if following is not None and self._ends(following[0], start):
                            break
                    rest = self._coming(following, coming)
                    for item in rest:
                        tracks.write(*item, "")
                yield self._closed(growing, start, place, len(rest))
                start = place

    def _taken(self, coming: Iterator[tuple[Frame, FrameFaces]]) -> tuple[Frame, FrameFaces] | None:
        """The next frame, which is in the table then."""
        if self._after:
            return self._after.popleft()
        item = next(coming, None)
        if item is not None:
            self.table.add(item[0])
        return item

    def _coming(
        self, following: tuple[Frame, FrameFaces] | None, coming: Iterator[tuple[Frame, FrameFaces]]
    ) -> list[tuple[Frame, FrameFaces]]:
        """The frames after a part, which begin with `following`, as far as the part has to see them."""
        if following is None or not self.reach.after:
            return []
        taken = list(self._after)
        self._after.clear()
        while len(taken) + 1 < self.reach.after and (item := self._taken(coming)) is not None:
            taken.append(item)
        self._after.extend(taken)
        return [following, *taken][: self.reach.after]

    @contextmanager
    def _analysed(
        self, begin: Callable[[Frame], None], progress: Progress
    ) -> Iterator[Iterator[tuple[Frame, FrameFaces]]]:
        """All frames with the faces that are meant; those that are known are not looked for again."""
        if not self.known:
            with analysed(self.reader, self.options, progress, self.work, begin=begin) as items:
                yield items
            return
        with self.reader:
            yield self._recalled(decoded(self.reader, self.work), begin)

    def _recalled(
        self, frames: Iterator[Frame], begin: Callable[[Frame], None]
    ) -> Iterator[tuple[Frame, FrameFaces]]:
        for part in self.known:
            told = read_tracks(part.tracks, self.reader.clip)
            for frame, faces in told.join(islice(frames, part.frames)):
                if not len(self.table):
                    begin(frame)
                yield frame, faces

    def _ends(self, frame: Frame, start: int) -> bool:
        """Whether a part from a place on ends before `frame`."""
        lasted = frame.time - float(self.table.pts[start] * self.table.time_base)
        at_key = round((frame.time + self.reader.clip.origin) / SAME_TIME) in self._marks
        return lasted >= self.seconds * (1 if at_key else LATEST)

    def _closed(self, growing: Path, start: int, end: int, rest: int) -> Part:
        reach = Reach(min(self.reach.before, start), rest)
        table = self.table.part(start - reach.before, end + reach.after)
        check_gaps(table, self.reader.clip)
        content = table.encoded()
        told = hashlib.blake2b(content, digest_size=8)
        with growing.open("rb") as file:
            while block := file.read(1 << 20):
                told.update(block)
        name = f"{start:08}-{end:08}-{told.hexdigest()}"
        tracks, stored = (self.room / f"{name}.{kind}" for kind in ("jsonl", "frames"))
        stored.write_bytes(content)
        growing.replace(tracks)
        return Part(start, end, reach, tracks, stored, self.room / f"{name}{PART_SUFFIX}")


def render_part(
    chain: Sequence[Effect],
    source: Path,
    output: Path,
    options: PartOptions,
    *,
    progress: Progress = lambda _done, _total: None,
    watch: Watch = NOBODY,
) -> None:
    """Renders a part of a clip into a file of its own.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    clip = options.open(source).clip
    table = read_table(options.table)
    heard = Loudness() if options.loudness is None else read_loudness(options.loudness)
    stage = Stage(chain, skips=options.on_effect_error == "skip", about=Beside(clip.clock, heard))
    encoding = Encoding(options.codec, options.crf, options.preset, options.encoder_args, options.pix_fmt)
    pictures = replace(clip, streams=(clip.video,), chapters=0)
    assert options.tracks is not None
    told = read_tracks(options.tracks, clip)
    with (
        one_thread_each(),
        retouching(options, options.corrections, clip) as hand,
        PartWriter(output, pictures, encoding, options.suffix) as writer,
        PartReader(clip, table, deinterlace=options.deinterlace) as reader,
    ):
        stage.compositor.correct(hand)
        wanted = len(table) - options.skip - options.rest
        made_up = stage.over(_watched(told.join(reader), watch), Work())
        for frame in islice(made_up, options.skip, options.skip + wanted):
            writer.write(frame)
            progress(writer.frame_count, wanted)
    stage.warn()


def _watched(items: Iterator[tuple[Frame, FrameFaces]], watch: Watch) -> Iterator[tuple[Frame, FrameFaces]]:
    for frame, faces in items:
        watch.see(frame, faces)
        yield frame, faces
