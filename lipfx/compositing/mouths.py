"""Owns a run of effects on each mouth of a frame, written into the box; must not know codecs.

Per mouth there is one read of the patch and one write, whatever the length of the run. Where an effect wants
to see frames that come, those before wait for them, each as far on its way as it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from lipfx.compositing.around import Around, Written
from lipfx.compositing.bench import Bench
from lipfx.compositing.passing import Passing, Seen
from lipfx.compositing.pictures import add_to_picture, new_picture
from lipfx.compositing.render import Mouth
from lipfx.core.planar import plane_windows, read_patch, write_patch
from lipfx.core.values import Box, Frame
from lipfx.effects.base import Renderer
from lipfx.errors import EffectError
from lipfx.masks.mouth import mouth_masks


@dataclass
class _Waiting:
    """A frame on its way, and the next effect's place."""

    passing: Passing
    mouths: list[Mouth]
    place: int


class MouthPass:
    """The effects of a chain at `places`, which follow each other and work on mouths.

    failed: is given what an effect raised, and raises it, or else the frame stays as it was.
    """

    def __init__(self, bench: Bench, places: range, failed: Callable[[EffectError], None]) -> None:
        last = bench.chain[places[-1]]
        self._bench, self._places, self._failed = bench, places, failed
        self._channels = last.channels if isinstance(last, Renderer) else None
        self._aheads = {place: bench.chain[place].ahead for place in places}
        self._waiting: list[_Waiting] = []
        self._count = 0

    def push(self, passing: Passing) -> Iterator[Passing]:
        """Takes the next frame; gives those that are done."""
        if not any(self._aheads.values()):
            yield self.at_once(passing)
            return
        around = Around(passing.frame, passing.faces)
        mouths = [self._opened(around, one) for one in passing.mouths]
        self._count += 1
        self._waiting.append(_Waiting(passing, mouths, self._places.start))
        yield from self._moved_on(over=False)

    def finish(self) -> Iterator[Passing]:
        """The frames that have waited for others: none comes any more."""
        yield from self._moved_on(over=True)

    def at_once(self, passing: Passing) -> Passing:
        """The frame with the effects, which see none that come after it."""
        frame, seen = passing.frame, passing.mouths
        try:
            with _restored_on_error(
                frame, [one.box for one in seen] if self._channels is None else []
            ) as saved:
                return self._written(passing, self._run(Around(frame, passing.faces, saved), seen))
        except EffectError as error:
            passing.give_up()
            self._failed(error)
            return self._written(passing, ())
        finally:
            self._count += 1

    def _opened(self, around: Around, seen: Seen) -> Mouth:
        """The mouth before all effects."""
        frame, work, space = around.frame, self._bench.work, self._bench.chain[self._places.start].space
        rgb = read_patch(frame, seen.box, space)
        work.count("patches")
        work.count("bytes of patches converted", rgb.nbytes)
        masks = seen.masks or mouth_masks(seen.face, seen.box)
        return Mouth(around, seen.face, masks, rgb, rgb, space, seen.kept, self._count, self._bench.loudness)

    def _step(self, mouth: Mouth, place: int, later: Sequence[Mouth] = ()) -> None:
        effect = self._bench.moving.of(mouth.face.person, mouth.frame.time)[place]
        with self._bench.on(effect, place, mouth.masks.box):
            mouth.apply(effect, place, self._bench.memories, later)

    def _run(self, around: Around, seen: Sequence[Seen]) -> Iterator[Mouth]:
        """One mouth after the other, so that one sees what was written of those before."""
        for one in seen:
            mouth = self._opened(around, one)
            for place in self._places:
                self._step(mouth, place)
            yield mouth

    def _written(self, passing: Passing, mouths: Iterator[Mouth] | Sequence[Mouth]) -> Passing:
        """The frame with the mouths written into it, or the picture that a renderer draws of it."""
        frame = passing.frame
        if self._channels is None:
            done = []
            for mouth in mouths:
                write_patch(frame, mouth.masks.box, mouth.before, mouth.after, mouth.space)
                done.append(Seen(mouth.face, mouth.masks.box, mouth.masks, mouth.kept))
            passing.mouths = done
            return passing
        picture = new_picture(frame, self._channels)
        for mouth in mouths:
            assert mouth.drawn is not None
            add_to_picture(picture, mouth.masks.box, mouth.drawn, mouth.space)
        return replace(passing, frame=picture)

    def _moved_on(self, *, over: bool) -> Iterator[Passing]:
        """Takes every frame on as far as those that come allow; gives those that are through."""
        for place in self._places:
            for at, waiting in enumerate(self._waiting):
                coming = self._waiting[at + 1 : at + 1 + self._aheads[place]]
                ready = over or len(coming) == self._aheads[place]
                if waiting.place > place:
                    continue
                if waiting.place < place or not ready or any(item.place < place for item in coming):
                    break
                self._all_stepped(waiting, coming)
        while self._waiting and self._waiting[0].place == self._places.stop:
            done = self._waiting.pop(0)
            yield self._written(done.passing, _one_after_the_other(done))

    def _all_stepped(self, waiting: _Waiting, coming: Sequence[_Waiting]) -> None:
        try:
            for mouth in waiting.mouths:
                self._step(mouth, waiting.place, _followed(mouth, coming))
        except EffectError as error:
            waiting.passing.give_up()
            waiting.mouths = []
            self._failed(error)
        waiting.place += 1


def _followed(mouth: Mouth, coming: Sequence[_Waiting]) -> list[Mouth]:
    """The same mouth in the frames that come, up to the first in which it is not seen."""
    found: list[Mouth] = []
    for waiting in coming:
        same = [other for other in waiting.mouths if other.face.track_id == mouth.face.track_id]
        if not same:
            break
        found += same
    return found


def _one_after_the_other(waiting: _Waiting) -> Iterator[Mouth]:
    """The mouths of a frame, read before any was written; where they overlap both changes count."""
    for mouth in waiting.mouths:
        now = read_patch(waiting.passing.frame, mouth.masks.box, mouth.space)
        if mouth.drawn is None and mouth is not waiting.mouths[0]:
            mouth.after = now + (mouth.after - mouth.before)
            mouth.before = now
        yield mouth


@contextmanager
def _restored_on_error(frame: Frame, boxes: Sequence[Box]) -> Iterator[Sequence[Written]]:
    """Puts the samples of `boxes` back when the block raises; shows it those samples."""
    saved = [
        (number, window, frame.planes[number][window].copy())
        for box in boxes[:-1]  # nothing can fail after the last, or look at it
        for number, window in enumerate(plane_windows(frame.format, box))
    ]
    try:
        yield saved
    except BaseException:
        for number, window, samples in saved:
            frame.planes[number][window] = samples
        raise
