"""Owns a chain of effects as a job runs it on a clip: tracks that end, frames that fail; knows no file."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from lipfx.compositing.compose import Compositor
from lipfx.core.values import Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.effects.base import AudioAware, Effect
from lipfx.errors import EffectError
from lipfx.pipeline.beside import Beside

MEMORY_SECONDS = 2.0

log = logging.getLogger("lipfx")


class Stage:
    """Makes up the frames of a clip in order. skips: those whose effects fail stay as they were, and are
    counted. at_once: each before the next one is taken, so that no effect sees ahead."""

    def __init__(
        self,
        chain: Sequence[Effect],
        work: Work | None = None,
        *,
        skips: bool = False,
        at_once: bool = False,
        about: Beside | None = None,
    ) -> None:
        """about: what the clip tells beside its frames. Raises: EffectError, UsageError: see `Compositor`."""
        about = about or Beside()
        self.compositor = Compositor(chain, work, self._fail, about.clock, about.loudness)
        self._memory = TrackMemory(self.compositor)
        self._waiting: deque[FrameFaces] = deque()
        self._skips, self._at_once = skips, at_once
        self._failed = 0
        self._first: EffectError | None = None

    def push(self, frame: Frame, faces: FrameFaces) -> Iterator[Frame]:
        """Takes the next frame; gives those that are done.

        Raises: EffectError, InputError: see `Compositor.push`.
        """
        if self._at_once:
            self._memory.see(faces)
            yield self.compositor.render(frame, faces.faces, faces.share)
            return
        self._waiting.append(faces)
        yield from self._done(self.compositor.push(frame, faces.faces, faces.share))

    def finish(self) -> Iterator[Frame]:
        """The frames that have waited for others: the clip is over."""
        yield from self._done(self.compositor.finish())

    def over(self, items: Iterable[tuple[Frame, FrameFaces]], work: Work) -> Iterator[Frame]:
        """All frames of a clip, made up; the time that it takes is noted."""
        try:
            for frame, faces in items:
                coming = self.push(frame, faces)
                del frame  # it is held for as long as it is on its way, and no longer
                yield from work.taking("effects", coming)
            yield from work.taking("effects", self.finish())
        except BaseException:
            with suppress(EffectError):  # what went wrong first is what is told
                self.end()
            raise
        self.end()

    def end(self) -> None:
        """Ends all tracks: nothing comes any more.

        Raises: EffectError: an effect failed.
        """
        self.compositor.end()

    def warn(self) -> None:
        """One warning for all frames that were passed through."""
        if self._first is not None:
            log.warning("%d frames were passed through without effects: %s", self._failed, self._first)

    def _done(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            yield frame
            del frame
            self._memory.see(self._waiting.popleft())

    def _fail(self, error: EffectError) -> None:
        if not self._skips:
            raise error
        self._failed += 1
        self._first = self._first or error


def tell_blind(chain: Sequence[Effect]) -> None:
    """Says which effects do without what they want to see ahead, where frames are wanted at once."""
    for effect in chain:
        if effect.ahead:
            log.warning(
                "effect %s wants to look %d frames ahead; as they come there are none yet, it does without",
                type(effect).__name__,
                effect.ahead,
            )


def tell_deaf(chain: Sequence[Effect]) -> None:
    """Says which effects listen where there is nothing to hear."""
    for effect in chain:
        if isinstance(effect, AudioAware):
            log.warning(
                "effect %s listens, and there is no sound here; it hears silence", type(effect).__name__
            )


class TrackMemory:
    """Tells the compositor when a track has ended: after two seconds unseen no face comes back to its id."""

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self._last: dict[int, float] = {}

    def see(self, faces: FrameFaces) -> None:
        """Notes the tracks of a frame and ends those that are gone."""
        for face in faces.faces:
            self._last[face.track_id] = faces.time
        for track_id in [k for k, time in self._last.items() if faces.time - time > MEMORY_SECONDS]:
            del self._last[track_id]
            self._compositor.end_track(track_id)
