"""Owns where the faces of footage come from: networks or earlier tracks, all of them or those that are meant.

Must not know what is done with frames, nor whether they come from files or arrays: a `Footage` tells. Whoever
chooses faces of a clip has it surveyed first (see `lipfx.persons.choice`): analysed once, and its faces kept
until rendering takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work

if TYPE_CHECKING:
    from lipfx.detection.finder import Finder
    from lipfx.persons.choice import Choice, Chosen
    from lipfx.persons.look import Look
    from lipfx.pipeline.analysis import Analysis, Following
    from lipfx.tcnn.cascade import Cascade

Follow: TypeAlias = Callable[[Iterable[Frame]], Iterator[tuple[Frame, FrameFaces]]]
"""Adds to frames, which come in order, their faces."""


class Known(Protocol):
    """Faces that were found before."""

    def told(self) -> Iterable[FrameFaces]:
        """Those of every frame, in order."""
        ...

    def join(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Each frame with its faces.

        Raises: LipfxError when they are of other frames.
        """
        ...


class Footage(Protocol):
    """What faces are found in. still: pictures that have nothing to do with each other."""

    @property
    def still(self) -> bool: ...

    def known(self) -> Known | None:
        """The faces that the caller has from before, if any."""
        ...

    def surveyed(self, follow: Follow) -> AbstractContextManager[Known]:
        """The faces of all frames, which `follow` finds, for as long as the block lasts."""
        ...


@dataclass(frozen=True)
class Networks:
    """Finds faces, with what is loaded once and where it is first wanted; see `SourceOptions`.

    causal: each frame is given before the next one is taken. describe: faces have looks.
    pixel: width of the frames' pixels over their height.
    """

    weights: Path | None = None
    shape_predictor: Path | None = None
    detector: str = "auto"
    device: str = "auto"
    still: bool = False
    causal: bool = False
    describe: bool = False
    pixel: Fraction = Fraction(1)
    work: Work = field(default_factory=Work)

    @cached_property
    def cascade(self) -> Cascade:
        """Raises: WeightsError, UsageError."""
        from lipfx.tcnn.cascade import Cascade

        return Cascade.load(self.weights, self.device, self.work)

    @cached_property
    def finder(self) -> Finder:
        """Raises: InputError when the shape predictor cannot be used; UsageError: there is no such
        detector.
        """
        from lipfx.detection.detectors import open_detector
        from lipfx.detection.finder import Finder
        from lipfx.detection.predictor import Predictor

        predictor = None if self.shape_predictor is None else Predictor(self.shape_predictor)
        return Finder(open_detector(self.detector), self.cascade, predictor)

    def _found(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        from lipfx.pipeline.analysis import still_pictures

        return still_pictures(frames, self.finder) if self.still else self._analysis.follow(frames)

    @property
    def _analysis(self) -> Analysis:
        from lipfx.pipeline.analysis import Analysis
        from lipfx.smoothing.live import LiveSmoother
        from lipfx.smoothing.offline import OfflineSmoother

        return Analysis(self.finder, LiveSmoother if self.causal else OfflineSmoother)

    def following(self) -> AbstractContextManager[Following]:
        """Adds faces to square-pixel frames that are pushed one by one; they have no looks."""
        return self._analysis.following()

    def looks(self, choice: Choice) -> dict[Path, Look]:
        """The looks in a choice's photographs.

        Raises: InputError when there is no such photograph, or no face in it.
        """
        if not choice.photos:
            return {}
        from lipfx.pipeline.describe import photo_look

        return {photo: photo_look(photo, self.finder) for photo in choice.photos}

    def follow(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Adds faces to frames that follow each other."""
        if self.pixel == 1:
            return self._described(frames)
        from lipfx.pipeline.squared import squared

        return squared(frames, self.pixel, self._described)

    def _described(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        found = self._found(frames)
        if self.describe:
            from lipfx.pipeline.describe import described

            found = described(found, self.cascade)
        yield from found


@contextmanager
def follower(
    footage: Footage, networks: Networks, choice: Choice, looks: Mapping[Path, Look]
) -> Iterator[Follow]:
    """The function that adds to frames the faces that are meant.

    Tracks are read, and the footage is surveyed, before it is there. The networks load where it is first
    called: a decoder can start meanwhile. looks: of the choice's photographs.

    Raises:
        LipfxError: see `lipfx.errors`; for the networks, while frames are taken.
    """
    known = footage.known()
    follow = networks.follow if known is None else known.join
    if choice.everyone:
        yield follow
    elif footage.still:
        from lipfx.persons.choice import OneByOne

        one_by_one = OneByOne(choice, looks)
        yield lambda frames: one_by_one.choose(follow(frames))
        one_by_one.report()
    elif known is not None:
        yield _Meant(known, choice, looks).join
    else:
        with footage.surveyed(follow) as survey:
            yield _Meant(survey, choice, looks).join


class _Meant:
    """Known faces without those that are not meant; decided once, when the size of frames is known."""

    def __init__(self, known: Known, choice: Choice, looks: Mapping[Path, Look]) -> None:
        self._known = known
        self._choice = choice
        self._looks = looks
        self._chosen: Chosen | None = None

    def join(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Raises: InputError when there is no face where one was pointed at."""
        from lipfx.persons.choice import choose

        coming = iter(frames)
        for first in coming:
            if self._chosen is None:
                size = (first.width, first.height)
                self._chosen = choose(self._known.told(), self._choice, self._looks, size)
            for frame, faces in self._known.join(chain([first], coming)):
                yield frame, self._chosen.of(faces)
