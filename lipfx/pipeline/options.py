"""Owns what every job wants to know of its input, and how it tells its progress; must not know any job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lipfx.core.moments import Span
from lipfx.core.values import Frame, FrameFaces
from lipfx.effects.base import Reach
from lipfx.errors import UsageError
from lipfx.persons.choice import Choice
from lipfx.video.source import FrameReader, open_source

if TYPE_CHECKING:
    from lipfx.video.clip import Clip

JUST = 1e-6
"""Seconds that are less than any difference of frames, by which sums of times may miss."""
LATE = Fraction(1, 1000)
"""Of a frame's length, by which a time that was written in decimals may miss the frame that is meant."""

AnyOptions = TypeVar("AnyOptions", bound="SourceOptions")

Progress = Callable[[int, int | None], None]
"""Takes the number of frames that are done, and of all, None where that is not known."""


class Watch:
    """Looks on while a job runs: every frame passes by, in order. Does nothing itself."""

    def see(self, frame: Frame, faces: FrameFaces) -> None:
        """Is shown a frame with the faces that are meant, before anything is done to it."""

    def made(self, frame: Frame) -> None:
        """Is shown what effects made of a frame that was seen, in the same order, maybe some frames later."""


NOBODY = Watch()


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What every job wants to know of its input.

    start, end: seconds. tracks: a file that `track` wrote, read in place of running the networks. weights:
    a folder of trained weights; None is the shipped ones. shape_predictor: dlib's 68-point file. detector:
    auto, yunet or dlib. device: auto, cpu, cuda or mps. deinterlace: make whole pictures of interlaced
    ones. choice: which faces are meant. stream: the number of the video stream that is meant, None is what
    players choose. probe_timeout: seconds that the input may give no byte while it is looked at, None is
    the usual. force: take tracks that seem to be of another clip. min_confidence: 0..1, faces less sure
    are left out. clip: what was found out about the input a moment ago, which is not looked at again.
    rate, input_space: frames per second of numbered pictures and what their numbers mean, None is the usual.
    during: parts of the clip in which there are effects and masks; none is all of it. fade: seconds in which
    they come and go there. fixes: a file of corrections by time.
    before, after: frames beyond `start` and `end` that are looked at too, because effects depend on them.
    """

    start: float | None = None
    end: float | None = None
    tracks: Path | None = None
    weights: Path | None = None
    shape_predictor: Path | None = None
    detector: str = "auto"
    device: str = "auto"
    deinterlace: bool = False
    choice: Choice = field(default_factory=Choice)
    stream: int | None = None
    probe_timeout: float | None = None
    force: bool = False
    min_confidence: float = 0.0
    clip: Clip | None = None
    rate: Fraction | None = None
    input_space: str | None = None
    during: tuple[Span, ...] = ()
    fade: float = 0.0
    fixes: Path | None = None
    before: int = 0
    after: int = 0

    def reaching(self: AnyOptions, reach: Reach) -> AnyOptions:
        """The same, looking as far beyond its part of the clip as a chain does."""
        before = 0 if self.start is None else reach.before
        return replace(self, before=before, after=0 if self.end is None else reach.after)

    def wants(self, frame: Frame) -> bool:
        """Whether a frame lies in the part of the clip that is meant."""
        return (self.start is None or frame.time >= self.start) and (
            self.end is None or frame.time < self.end
        )

    def open(self, source: Path) -> FrameReader:
        """The reader for `source`.

        Raises: LipfxError: see `open_source`.
        """
        return open_source(
            source,
            self.start,
            self.end,
            deinterlace=self.deinterlace,
            stream=self.stream,
            patience=self.probe_timeout,
            clip=self.clip,
            rate=self.rate,
            space=self.input_space,
            before=self.before,
            after=self.after,
        )

    def with_handles(self: AnyOptions, source: Path, frames: int) -> AnyOptions:
        """The same for a part that is `frames` longer at each end, as far as the clip goes.

        Raises: UsageError: there is no part, or the clip has no constant rate; otherwise as `open`.
        """
        if self.start is None and self.end is None:
            raise UsageError("--handles are frames around a part; say which with --start and --end")
        clip = self.open(source).clip
        if clip.frame_rate is None:
            raise UsageError(f"--handles counts frames, the rate of {source} varies; move --start and --end")
        more = float(frames / clip.frame_rate)
        start = None if self.start is None else max(self.start - more - JUST, 0.0)
        end = None if self.end is None else self.end + more - JUST
        return replace(self, start=start, end=end, clip=clip)

    def frames_of(self, clip: Clip) -> int | None:
        """How many frames of `clip` lie from `start` to before `end`, as far as its header tells; None where
        it tells nothing."""
        count, rate = clip.frame_count, clip.frame_rate
        if count is None or clip.still or (self.start is None and self.end is None) or clip.duration <= 0:
            return count
        rate = rate or count / Fraction(clip.duration)
        first = Fraction(clip.video.start - clip.origin)
        times = (self.start or 0.0, clip.duration if self.end is None else self.end)
        begin, end = (min(max(ceil((Fraction(time) - first) * rate - LATE), 0), count) for time in times)
        return max(end - begin if self.end is not None else count - begin, 0)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Files beside the clip that are read and must not be written."""
        files = (self.tracks, self.fixes)
        return (*(file for file in files if file is not None), *self.choice.photos)
