"""Owns what every job wants to know of its input, and how it tells its progress; must not know any job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from lipfx.core.values import Frame, FrameFaces
from lipfx.persons.choice import Choice
from lipfx.video.source import FrameReader, open_source

if TYPE_CHECKING:
    from lipfx.video.clip import Clip

LATE = Fraction(1, 1000)
"""Of a frame's length, by which a time that was written in decimals may miss the frame that is meant."""

Progress = Callable[[int, int | None], None]
"""Takes the number of frames that are done, and of all, None where that is not known."""


class Watch:
    """Looks on while a job runs: every frame passes by, in order. Does nothing itself."""

    def see(self, frame: Frame, faces: FrameFaces) -> None:
        """Is shown a frame with the faces that are meant, before anything is done to it."""

    def made(self, frame: Frame) -> None:
        """Is shown what effects made of the frame that was seen last."""


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
        )

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
        return (*([] if self.tracks is None else [self.tracks]), *self.choice.photos)
