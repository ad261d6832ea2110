"""Owns the changing of frames by a chain of effects; must not know codecs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from lipfx.compositing.bench import Bench
from lipfx.compositing.hand import Hand
from lipfx.compositing.mouths import MouthPass
from lipfx.compositing.passing import Entrance, Passing
from lipfx.compositing.pictures import picture_format
from lipfx.compositing.render import effect_name
from lipfx.compositing.sweep import Coming, Sweep
from lipfx.compositing.wholes import FramePass
from lipfx.core.loudness import Loudness
from lipfx.core.moments import Clock
from lipfx.core.values import Colour, Face, Frame, PixelFormat, Region, Space
from lipfx.core.work import Work
from lipfx.effects.base import MOST_FRAMES, Effect, Renderer
from lipfx.effects.personal import personal_chain
from lipfx.effects.picture import FrameEffect
from lipfx.effects.places import at, defined_at, home_of, raised_at
from lipfx.errors import EffectError


def _raised(error: EffectError) -> NoReturn:
    raise error


class Compositor:
    """Runs a chain of effects on frames; holds what the effects remember of each track.

    Where a `lipfx.effects.personal.Chain` says so, a person's effects have parameters of their own.
    """

    def __init__(
        self,
        chain: Sequence[Effect],
        work: Work | None = None,
        failed: Callable[[EffectError], None] = _raised,
        clock: Clock | None = None,
        loudness: Loudness | None = None,
    ) -> None:
        """Takes at least one effect; a Renderer can only be the last. work: the account of the run.

        failed: is given what an effect raised, and raises it again, or that frame is left as it was. clock:
        of the clip, for parameters that change at its frames or timecode. loudness: of the clip, for effects
        that listen.

        Raises:
            EffectError: the chain is empty, or a renderer is not its last effect.
            UsageError: a parameter changes at a time that the clock cannot tell.
        """
        if not chain:
            raise EffectError("the chain has no effect, wanted at least one; name an effect")
        for effect in chain:
            _check(effect)
        for effect in chain[:-1]:
            if isinstance(effect, Renderer):
                raise EffectError(
                    f"effect {effect_name(effect)} makes its own picture, nothing can follow it; put it last"
                )
        self._renderer = chain[-1] if isinstance(chain[-1], Renderer) else None
        self._bench = Bench(
            chain, personal_chain(chain).on(clock or Clock()), work or Work(), loudness or Loudness()
        )
        self._passes = list(_passes(self._bench, failed))
        whole = any(isinstance(one, FramePass) for one in self._passes)
        self._entrance = Entrance(self._bench, whole=whole, parts=len(self._passes))
        self._sweep = Sweep(hides=any(effect.protects for effect in chain))

    def correct(self, hand: Hand | None) -> None:
        """Lets a hand correct the masks of the frames that follow."""
        self._bench.hand = hand

    @property
    def makes_mattes(self) -> bool:
        """Whether mattes are made: grey pictures that are data, not light."""
        return self._renderer is not None and self._renderer.channels == 1

    def output_format(self, format: PixelFormat, colour: Colour) -> tuple[PixelFormat, Colour]:
        """Pixel format and colour tags of what is made of frames of these."""
        if self._renderer is None:
            return format, colour
        return picture_format(self._renderer.channels, format, colour)

    def push(self, frame: Frame, faces: Sequence[Face], share: float = 1.0) -> Iterator[Frame]:
        """Takes the next frame of a clip; gives those that are done, the chain applied to them.

        share: 0..1, how much of effects on the whole picture there is. Frames wait for as many as the chain's
        effects want to see ahead, and for the next one where mouths are hidden. Writes into the planes of
        frames and returns them. A chain that ends in a renderer gives new frames instead and leaves those as
        they are. When an effect fails, its frame is as it was.

        Raises:
            EffectError: an effect failed or broke its contract.
            InputError: the frame's colour is of a kind that cannot be converted.
        """
        for coming in self._sweep.push(Coming(frame, faces, share)):
            yield from self._through(self._entered(coming), 0)
            del coming

    def finish(self) -> Iterator[Frame]:
        """The frames that have waited for others, when none comes any more.

        Raises: EffectError, InputError: as `push`.
        """
        for coming in self._sweep.finish():
            yield from self._through(self._entered(coming), 0)
        for place, one in enumerate(self._passes):
            for passing in one.finish():
                yield from self._through(passing, place + 1)

    def _entered(self, coming: Coming) -> Passing:
        return self._entrance.entered(coming.frame, coming.faces, coming.share)

    def _through(self, passing: Passing, place: int) -> Iterator[Frame]:
        """The frames that come out at the end when one meets the pass at that place."""
        if place == len(self._passes):
            yield passing.frame
            return
        coming = self._passes[place].push(passing)
        del passing
        for done in coming:
            yield from self._through(done, place + 1)
            del done

    def end(self) -> None:
        """Ends all tracks.

        Raises: EffectError: an effect failed.
        """
        for track_id in self._bench.memories.tracks:
            self.end_track(track_id)

    def render(self, frame: Frame, faces: Sequence[Face], share: float = 1.0) -> Frame:
        """The frame with the chain applied at once: effects that want to see ahead see nothing there.

        Raises: EffectError, InputError: as `push`.
        """
        passing = self._entered(self._sweep.at_once(Coming(frame, faces, share)))
        for one in self._passes:
            passing = one.at_once(passing)
        return passing.frame

    def end_track(self, track_id: int) -> None:
        """Drops what the effects remember of a track.

        Raises: EffectError: an effect failed.
        """
        for memory in self._bench.memories.end(track_id):
            effect = memory.effect
            try:
                effect.end_track(memory.state)
            except (Exception, SystemExit) as error:
                place = raised_at(error, home_of(effect)) or defined_at(effect, "end_track")
                raise EffectError(
                    f"effect {effect_name(effect)} failed at the end of track {track_id}: "
                    f"{type(error).__name__}: {error}{at(place)}; mend it or leave it out",
                    place,
                ) from error


def _passes(bench: Bench, failed: Callable[[EffectError], None]) -> Iterator[MouthPass | FramePass]:
    """The parts of a chain: effects on mouths that follow each other, and each one on the whole picture."""
    start = 0
    for place, effect in enumerate(bench.chain):
        if isinstance(effect, FrameEffect):
            if place > start:
                yield MouthPass(bench, range(start, place), failed)
            yield FramePass(bench, place, failed)
            start = place + 1
    if start < len(bench.chain):
        yield MouthPass(bench, range(start, len(bench.chain)), failed)


def _check(effect: Effect) -> None:
    """Raises: EffectError: what the effect declares is not what it may."""
    if not isinstance(effect.region, Region) or not isinstance(effect.space, Space):
        raise EffectError(
            f"effect {effect_name(effect)}: region is {effect.region!r}, space is {effect.space!r}"
            f"{at(defined_at(effect, ''))}; take them from lipfx.effects.Region and Space"
        )
    if not (effect.region.of_mouths or isinstance(effect, FrameEffect)):
        raise EffectError(
            f"effect {effect_name(effect)}: region is {effect.region.value}, which only a FrameEffect may "
            f"change{at(defined_at(effect, ''))}; take another region, or make it a FrameEffect"
        )
    for name in ("history", "ahead"):
        count = getattr(effect, name)
        if not isinstance(count, int) or not 0 <= count <= MOST_FRAMES:
            raise EffectError(
                f"effect {effect_name(effect)}: {name} is {count!r}{at(defined_at(effect, ''))}; "
                f"declare a number of frames, 0 to {MOST_FRAMES}"
            )
