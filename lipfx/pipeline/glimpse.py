"""Owns chosen frames of a clip, made up as they are in the whole of it; must not know how they are shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lipfx.core.values import Face, Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.effects.base import Effect, Reach
from lipfx.pipeline.beside import Beside
from lipfx.pipeline.stage import Stage

Item: TypeAlias = "tuple[Frame, FrameFaces]"


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A frame with its faces, and those around it on which effects depend."""

    before: tuple[Item, ...]
    item: Item
    after: tuple[Item, ...]

    @property
    def frame(self) -> Frame:
        return self.item[0]

    @property
    def faces(self) -> tuple[Face, ...]:
        return self.item[1].faces

    def made_up(self, chain: Sequence[Effect], about: Beside) -> Frame:
        """A copy of the frame with a chain applied. about: what the clip tells beside its frames.

        Raises: EffectError, InputError: see `Compositor.push`.
        """
        items = [(frame.copy(), faces) for frame, faces in (*self.before, self.item, *self.after)]
        return list(Stage(chain, about=about).over(items, Work()))[len(self.before)]


def shown_at(items: Iterable[Item], times: Sequence[float], reach: Reach | None = None) -> Iterator[Glimpse]:
    """The frames that are on screen at `times`, each once; the last frame for times after it."""
    waiting = list(times)
    glimpse = None
    for glimpse in _glimpses(items, reach or Reach()):
        late = [time for time in waiting if time >= end_of(glimpse.frame)]
        if len(late) < len(waiting):
            yield glimpse
        waiting = late
        if not waiting:
            return
    if glimpse is not None:
        yield glimpse


def end_of(frame: Frame) -> float:
    """Seconds at which the next frame takes its place."""
    return float((frame.pts + frame.duration) * frame.time_base)


def _glimpses(items: Iterable[Item], reach: Reach) -> Iterator[Glimpse]:
    """Every frame with those around it, as far as they follow each other without a gap."""
    past: deque[Item] = deque(maxlen=reach.before)
    coming: deque[Item] = deque()
    rest = iter(items)
    while True:
        while len(coming) <= reach.after and (item := next(rest, None)) is not None:
            coming.append(item)
        if not coming:
            return
        item = coming.popleft()
        if past and past[-1][0].index != item[0].index - 1:
            past.clear()
        after = [other for k, other in enumerate(coming, 1) if other[0].index == item[0].index + k]
        yield Glimpse(tuple(past), item, tuple(after))
        past.append(item)
        del item
