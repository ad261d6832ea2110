"""Owns the job of `lipfx live`: effects on pictures as they come, on a screen with keys; must not know
windows or cameras.

A picture is looked at when the one before it has been shown; those that came meanwhile are dropped but the
newest, so that nothing lags behind however slow the machine is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol

from lipfx.core.values import Frame, FrameFaces
from lipfx.effects.base import Effect
from lipfx.effects.personal import check_names
from lipfx.pipeline.analysed import sure
from lipfx.pipeline.faces import Networks
from lipfx.pipeline.newest import Newest, newest
from lipfx.pipeline.options import SourceOptions
from lipfx.pipeline.provenance import provenance
from lipfx.pipeline.recording import Recorder
from lipfx.pipeline.screen import Pace, Screen, as_displayed, halves, seen, with_banner, with_dot
from lipfx.pipeline.sheet import Picture
from lipfx.pipeline.stage import Stage, tell_blind, tell_deaf
from lipfx.pipeline.threads import one_thread_each
from lipfx.pipeline.variation import Variation

PATIENCE = 0.05
"""Seconds after which keys are looked at though no picture came."""
STEPS = {"s": ("shade", 1), "S": ("shade", -1), "f": ("finish", 1), "F": ("finish", -1)}
Compare = Literal["after", "before", "halves"]
COMPARED: tuple[Compare, ...] = ("after", "before", "halves")


class Output(Protocol):
    """Where pictures go beside the screen, as they are made up."""

    def send(self, picture: Picture) -> None:
        """Takes (h, w, 3) uint8 encoded RGB."""
        ...


@dataclass(frozen=True)
class Feed:
    """Pictures that come by themselves. due: seconds of a picture on its own clock, by which it is shown as
    late as that says; None for those that come in their time. aspect: of a pixel. inputs: files that they
    are read from.
    """

    frames: Iterable[Frame]
    due: Callable[[Frame], float] | None = None
    aspect: Fraction | None = None
    inputs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """What a live run came to. shown, dropped: pictures. seconds: it took. recordings: their files."""

    shown: int
    dropped: int
    seconds: float
    recordings: tuple[Path, ...]


def live(
    chain: Sequence[Effect],
    feed: Feed,
    screen: Screen,
    recording: Path,
    options: SourceOptions | None = None,
    *,
    overwrite: bool = False,
    outputs: Sequence[Output] = (),
) -> Ended:
    """Shows pictures made up, until they end or the key q is pressed.

    recording: the file that the key r records to. options: how faces are found. overwrite: replace an
    existing file. outputs: what else gets the pictures, without what is written on them.

    Raises: LipfxError: see `lipfx.errors`; what was recorded completely stays.
    """
    options = options or SourceOptions()
    check_names(chain, ())
    tell_blind(chain)
    tell_deaf(chain)
    networks = Networks(
        weights=options.weights,
        shape_predictor=options.shape_predictor,
        detector=options.detector,
        device=options.device,
        causal=True,
        pixel=feed.aspect or Fraction(1),
    )
    recorder = Recorder(recording, feed.aspect, inputs=feed.inputs, overwrite=overwrite)
    with ExitStack() as stack:
        stack.enter_context(one_thread_each())
        _ = networks.finder  # loads them before the first picture comes, which would be dropped
        stack.enter_context(recorder)
        coming = stack.enter_context(newest(feed.frames, feed.due))
        session = _Session(chain, screen, recorder, outputs, options.weights, float(feed.aspect or 1))
        start = time.perf_counter()
        for frame, faces in sure(networks.follow(session.taken(coming)), options.min_confidence):
            session.show(frame, faces, coming.dropped)
        session.end()
        took = time.perf_counter() - start
    return Ended(session.shown, coming.dropped, took, tuple(recorder.files))


class _Session:
    """What keys change, and what is shown."""

    def __init__(
        self,
        chain: Sequence[Effect],
        screen: Screen,
        recorder: Recorder,
        outputs: Sequence[Output],
        weights: Path | None,
        aspect: float,
    ) -> None:
        self.shown = 0
        self._screen = screen
        self._recorder = recorder
        self._outputs = outputs
        self._weights = weights
        self._aspect = aspect
        self._variation = Variation(chain)
        self._pace = Pace()
        self._compare: Compare = "after"
        self._helped = True
        self._over = False
        self._renew()

    def _renew(self) -> None:
        """The chain is another one: what its effects remember is not."""
        self._stage = Stage(self._variation.chain, at_once=True)

    def taken(self, coming: Newest[Frame]) -> Iterator[Frame]:
        """The pictures that are shown, each taken when it is wanted; keys are answered before."""
        while True:
            frame = coming.take(PATIENCE)
            for key in self._screen.pressed():
                self._answer(key)
            if self._over or (frame is None and coming.over):
                return
            if frame is not None:
                yield frame

    def _answer(self, key: str) -> None:
        if key == "q":
            self._over = True
        elif key == "h":
            self._helped = not self._helped
        elif key == "c":
            self._compare = COMPARED[(COMPARED.index(self._compare) + 1) % len(COMPARED)]
        elif key == "r" and self._recorder.running:
            self._recorder.stop()
        elif key == "r":
            self._recorder.start(provenance(self._variation.chain, self._weights))
        elif key in STEPS and self._variation.step(*STEPS[key]):
            self._renew()

    def end(self) -> None:
        """Nothing comes any more."""
        self._stage.end()

    def show(self, frame: Frame, faces: FrameFaces, dropped: int) -> None:
        before = seen(frame) if self._compare != "after" else None
        (made,) = self._stage.push(frame, faces)
        after = seen(made)
        self._recorder.write(made)
        for output in self._outputs:
            output.send(after)
        self.shown += 1
        self._pace.see(time.perf_counter(), dropped)
        picture = after
        if before is not None:
            picture = before if self._compare == "before" else halves(before, after)
        picture = as_displayed(picture, self._aspect)
        if self._recorder.running:
            picture = with_dot(picture)
        self._screen.show(with_banner(picture, self._told()) if self._helped else picture)

    def _told(self) -> list[str]:
        """What the keys do, and what they have done."""
        parts = [self._pace.told]
        for key, name in (("s/S", "shade"), ("f/F", "finish")):
            value = self._variation.value(name)
            parts += [] if value is None else [f"{key} {name}: {value}"]
        parts.append(f"c compare: {self._compare}")
        running = self._recorder.running
        parts.append(f"r end recording ({self._recorder.seconds:.0f} s)" if running else "r record")
        return [*parts, "h hide this", "q quit"]
