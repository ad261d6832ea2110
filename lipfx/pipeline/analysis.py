"""Owns the way from frames to the faces that are rendered: follow, look ahead, steady, fade.

Knows faces, the cascade and smoothing, which do not know each other; must not know files, masks or effects.
Frames go in, the same frames come out in order, each with its faces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from lipfx.core.shelf import Held, Shelf
from lipfx.core.values import Face, Float64, Frame, FrameFaces
from lipfx.detection.finder import Finder, Seen, same_mouth
from lipfx.lighting.glimpse import glimpse
from lipfx.lighting.measure import measure
from lipfx.lighting.softness import softness
from lipfx.lighting.steady import SteadyLight
from lipfx.smoothing.base import Sighting, Smoother
from lipfx.smoothing.offline import OfflineSmoother
from lipfx.tcnn.base import Mouth
from lipfx.tracking.follower import Follower, Glance

CLEAR = 0.5  # confidence of a mouth in sight, whose light is noted
LEAST_SIGHTINGS = 3  # of a face that appears and goes again within the look-ahead


@dataclass(frozen=True, slots=True)
class _Moment:
    """A frame that waits to be rendered, and what it showed."""

    held: Held
    glance: Glance

    @property
    def index(self) -> int:
        return self.held.shown.index

    @property
    def time(self) -> float:
        return self.held.shown.time


@dataclass(frozen=True, slots=True)
class _Past:
    """What a frame showed that was handed on: its picture is not kept."""

    index: int
    time: float
    glance: Glance


class Analysis:
    """Finds the faces of a clip.

    finder: finds them in one frame. smoother: makes what steadies one track; with `LiveSmoother` each frame
    is given before the next one is taken.
    """

    def __init__(self, finder: Finder, smoother: Callable[[], Smoother] = OfflineSmoother) -> None:
        self._finder = finder
        self._smoother = smoother

    def follow(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Each frame with its faces, in order, held back for as long as the smoother looks ahead."""
        with self.following() as pending:
            for frame in frames:
                yield from pending.push(frame)
                del frame
            yield from pending.finish()

    @contextmanager
    def following(self) -> Iterator[Following]:
        """For frames that are pushed one by one."""
        with Shelf() as shelf:
            yield Following(self._finder, self._smoother, shelf)


class Following:
    """Frames on their way from following to rendering."""

    def __init__(self, finder: Finder, smoother: Callable[[], Smoother], shelf: Shelf) -> None:
        self._shelf = shelf
        self._follower = Follower(finder)
        self._smoother = smoother
        self._ahead = smoother().look_ahead
        self._waiting: deque[_Moment] = deque()
        self._past: deque[_Past] = deque()
        self._smoothers: dict[int, Smoother] = {}
        self._lights: dict[int, SteadyLight] = {}
        self._sightings: dict[int, int] = {}
        self._track_ids: dict[int, int] = {}

    def push(self, frame: Frame) -> Iterator[tuple[Frame, FrameFaces]]:
        """Takes the next frame; gives those that have seen enough of their future."""
        glance = self._follower.step(frame)
        if glance.shot != self._shot:
            yield from self.finish()
        for number in glance.new:
            self._look_back(number, glance.seen[number])
        self._waiting.append(_Moment(self._shelf.put(frame), glance))
        self._note(frame, glance.seen)
        self._look_at_light(frame, glance.seen)
        while self._waiting and self._is_ready(self._waiting[0], frame.time):
            yield self._emit()

    def _is_ready(self, moment: _Moment, now: float) -> bool:
        """Whether a frame has seen enough of its future."""
        return not self._ahead or now - moment.time > self._ahead

    @property
    def _shot(self) -> int:
        last = self._waiting or self._past
        return last[-1].glance.shot if last else 0

    def finish(self) -> Iterator[tuple[Frame, FrameFaces]]:
        """Gives all frames that wait: their shot is over."""
        while self._waiting:
            yield self._emit()
        self._past.clear()
        self._smoothers.clear()
        self._lights.clear()
        self._sightings.clear()

    def _look_back(self, number: int, seen: Seen) -> None:
        """Looks for a face that was just found in the frames that wait, from the latest backwards."""
        for moment in reversed(self._waiting):
            if number in moment.glance.seen:
                return
            frame = self._shelf.read(moment.held)
            earlier = self._follower.look_back(frame, seen)
            others = moment.glance.seen.values()
            if earlier is None or any(same_mouth(earlier.mouth, other.mouth) for other in others):
                return
            seen = moment.glance.seen[number] = earlier
            self._add(number, frame, earlier)

    def _note(self, frame: Frame, seen: dict[int, Seen]) -> None:
        """Tells every track's smoother whether the frame shows it."""
        for number in {*self._smoothers, *seen}:
            if number in seen:
                self._add(number, frame, seen[number])
            else:
                self._smoothers[number].miss(frame.index, frame.time)

    def _look_at_light(self, frame: Frame, seen: dict[int, Seen]) -> None:
        """Notes the light on every face, where its mouth is in sight or nothing is known yet."""
        for number, face in seen.items():
            light = self._lights.get(number)
            if light is None:
                light = self._lights[number] = SteadyLight(self._ahead)
            elif face.mouth.confidence < CLEAR or not light.is_due(frame.time):
                continue
            light.add(frame.time, measure(frame, face.mouth.points))
            if light.is_focus_due(frame.time):
                light.add_softness(frame.time, softness(frame, face.mouth.points))

    def _add(self, number: int, frame: Frame, seen: Seen) -> None:
        if number not in self._smoothers:
            smoother = self._smoothers[number] = self._smoother()
            moments: list[_Moment | _Past] = [*self._past, *self._waiting]
            for moment in moments:
                smoother.miss(moment.index, moment.time)
        self._smoothers[number].add(frame.index, _sighting(frame, seen))
        self._sightings[number] = self._sightings.get(number, 0) + 1

    def _emit(self) -> tuple[Frame, FrameFaces]:
        moment = self._waiting.popleft()
        frame = self._shelf.take(moment.held)
        self._past.append(_Past(frame.index, frame.time, moment.glance))
        faces = [self._face(n, seen, frame) for n, seen in moment.glance.seen.items() if self._lasts(n)]
        for smoother in self._smoothers.values():
            smoother.forget(frame.time - self._ahead)
        while frame.time - self._past[0].time > self._ahead:
            self._past.popleft()
        faces.sort(key=lambda f: f.track_id)
        return frame, FrameFaces(frame.index, frame.time, tuple(faces))

    def _lasts(self, number: int) -> bool:
        """Whether a face is more than a flash; in a shot that is shorter than that, any will do."""
        if not self._ahead:
            return True
        return self._sightings[number] >= min(LEAST_SIGHTINGS, len(self._waiting) + len(self._past))

    def _face(self, number: int, seen: Seen, frame: Frame) -> Face:
        track_id = self._track_ids.setdefault(number, len(self._track_ids) + 1)
        steady = self._smoothers[number].at(frame.index)
        light, box = self._lights.get(number), np.round(seen.box, 2)
        return Face(
            track_id,
            box,
            steady.confidence,
            seen.mouth.head,
            steady.points,
            steady.map,
            scene=None if light is None else light.at(frame.time),
        )


def _sighting(frame: Frame, seen: Seen) -> Sighting:
    """What smoothing needs of a mouth in a frame."""
    mouth = seen.mouth
    return Sighting(frame.time, mouth.points, mouth.confidence, mouth.map, seen.carried, seen.faced)


def still_faces(frame: Frame, finder: Finder) -> FrameFaces:
    """The faces of a picture that stands alone, from left to right."""
    found = finder.everyone(frame)
    faces = tuple(
        replace(settled(i, seen.mouth, seen.box), scene=glimpse(frame, seen.mouth.points))
        for i, seen in enumerate(found, start=1)
    )
    return FrameFaces(frame.index, frame.time, faces)


def settled(track_id: int, mouth: Mouth, box: Float64) -> Face:
    """A face as the cascade saw it, to the precision that tracks files keep."""
    return Face(
        track_id,
        np.round(box, 2),
        round(mouth.confidence, 3),
        mouth.head,
        np.round(mouth.points, 3),
        mouth.map,
    )


def still_pictures(frames: Iterable[Frame], finder: Finder) -> Iterator[tuple[Frame, FrameFaces]]:
    """Pictures that have nothing to do with each other, each with its faces."""
    return ((frame, still_faces(frame, finder)) for frame in frames)
