"""Owns the way from frames to the faces that are rendered: follow, look ahead, steady, fade.

Knows faces, the cascade and smoothing, which do not know each other; must not know files, masks or effects.
Frames go in, the same frames come out in order, each with its faces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lipfx.core.values import Face, Float64, Frame, FrameFaces
from lipfx.detection.finder import Finder, Seen, same_mouth
from lipfx.smoothing.live import LiveSmoother
from lipfx.smoothing.offline import FADE, LOOK_AHEAD, Sighting, Smoother, faded
from lipfx.tcnn.cascade import Cascade, Mouth
from lipfx.tracking.follower import Follower, Glance

LEAST_SIGHTINGS = 3  # of a face that appears and goes again within the look-ahead


@dataclass(frozen=True, slots=True)
class _Moment:
    """A frame that waits to be rendered, and what it showed."""

    frame: Frame
    glance: Glance

    @property
    def time(self) -> float:
        return self.frame.time


@dataclass(frozen=True, slots=True)
class _Past:
    """What a frame showed that was handed on: its picture is not kept."""

    time: float
    glance: Glance


class Analysis:
    """Finds the faces of a clip with a cascade.

    still: frames are pictures that have nothing to do with each other. smooth: steady and fade. causal: for
    live use, each frame is given before the next one is taken, steadied by those before it alone.
    shape_predictor: dlib's 68-point file, to place mouths in faces in place of the cascade's locator.
    """

    def __init__(
        self,
        cascade: Cascade,
        *,
        still: bool = False,
        smooth: bool = True,
        causal: bool = False,
        shape_predictor: Path | None = None,
    ) -> None:
        """Raises: InputError when the shape predictor cannot be used."""
        self._finder = Finder(cascade, shape_predictor)
        self._still = still
        self._smooth = smooth
        self._causal = causal

    def follow(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Each frame with its faces, in order. Unless `causal`, half a second of a video is held back."""
        if self._still:
            yield from ((frame, still_faces(frame, self._finder)) for frame in frames)
            return
        if self._causal:
            live = _Live(self._finder)
            yield from ((frame, live.push(frame)) for frame in frames)
            return
        pending = _Pending(self._finder, self._smooth)
        for frame in frames:
            yield from pending.push(frame)
        yield from pending.finish()


class _Live:
    """Faces of frames that are rendered as they come."""

    def __init__(self, finder: Finder) -> None:
        self._follower = Follower(finder)
        self._shot = 0
        self._smoothers: dict[int, LiveSmoother] = {}
        self._track_ids: dict[int, int] = {}

    def push(self, frame: Frame) -> FrameFaces:
        """The faces of the next frame."""
        glance = self._follower.step(frame)
        if glance.shot != self._shot:
            self._shot = glance.shot
            self._smoothers.clear()
        faces = [self._face(number, seen, frame) for number, seen in glance.seen.items()]
        return FrameFaces(frame.index, frame.time, tuple(sorted(faces, key=lambda f: f.track_id)))

    def _face(self, number: int, seen: Seen, frame: Frame) -> Face:
        track_id = self._track_ids.setdefault(number, len(self._track_ids) + 1)
        steady, confidence = self._smoothers.setdefault(number, LiveSmoother()).see(_sighting(frame, seen))
        return Face(track_id, np.round(seen.box, 2), confidence, seen.mouth.head, steady.points, steady.map)


class _Pending:
    """Frames on their way from following to rendering."""

    def __init__(self, finder: Finder, smooth: bool) -> None:
        self._follower = Follower(finder)
        self._smooth = smooth
        self._waiting: deque[_Moment] = deque()
        self._past: deque[_Past] = deque()
        self._smoothers: dict[int, Smoother] = {}
        self._sightings: dict[int, int] = {}
        self._track_ids: dict[int, int] = {}

    def push(self, frame: Frame) -> Iterator[tuple[Frame, FrameFaces]]:
        """Takes the next frame; gives those that have seen enough of their future."""
        glance = self._follower.step(frame)
        if self._waiting and glance.shot != self._waiting[-1].glance.shot:
            yield from self.finish()
        for number in glance.new:
            self._look_back(number, glance.seen[number])
        self._waiting.append(_Moment(frame, glance))
        self._note(frame, glance.seen)
        while self._waiting and frame.time - self._waiting[0].frame.time > LOOK_AHEAD:
            yield self._emit()

    def finish(self) -> Iterator[tuple[Frame, FrameFaces]]:
        """Gives all frames that wait: their shot is over."""
        while self._waiting:
            yield self._emit()
        self._past.clear()
        self._smoothers.clear()
        self._sightings.clear()

    def _look_back(self, number: int, seen: Seen) -> None:
        """Looks for a face that was just found in the frames that wait, from the latest backwards."""
        for moment in reversed(self._waiting):
            if number in moment.glance.seen:
                return
            earlier = self._follower.look_back(moment.frame, seen)
            others = moment.glance.seen.values()
            if earlier is None or any(same_mouth(earlier.mouth, other.mouth) for other in others):
                return
            seen = moment.glance.seen[number] = earlier
            self._note(moment.frame, {number: earlier})

    def _note(self, frame: Frame, seen: dict[int, Seen]) -> None:
        for number, face in seen.items():
            self._smoothers.setdefault(number, Smoother()).add(frame.index, _sighting(frame, face))
            self._sightings[number] = self._sightings.get(number, 0) + 1

    def _emit(self) -> tuple[Frame, FrameFaces]:
        moment = self._waiting.popleft()
        frame = moment.frame
        self._past.append(_Past(frame.time, moment.glance))
        faces = [self._face(n, seen, frame) for n, seen in moment.glance.seen.items() if self._lasts(n)]
        for smoother in self._smoothers.values():
            smoother.forget(frame.time - LOOK_AHEAD)
        while frame.time - self._past[0].time > LOOK_AHEAD:
            self._past.popleft()
        faces.sort(key=lambda f: f.track_id)
        return frame, FrameFaces(frame.index, frame.time, tuple(faces))

    def _lasts(self, number: int) -> bool:
        """Whether a face is more than a flash; in a shot that is shorter than that, any will do."""
        return self._sightings[number] >= min(LEAST_SIGHTINGS, len(self._waiting) + len(self._past))

    def _face(self, number: int, seen: Seen, frame: Frame) -> Face:
        track_id = self._track_ids.setdefault(number, len(self._track_ids) + 1)
        if not self._smooth:
            return settled(track_id, seen.mouth, seen.box)
        steady = self._smoothers[number].at(frame.index)
        confidence = self._confidence(number, frame.time)
        return Face(track_id, np.round(seen.box, 2), confidence, seen.mouth.head, steady.points, steady.map)

    def _confidence(self, number: int, time: float) -> float:
        """The face's confidence at `time`, faded by what the frames around it show."""
        moments: list[_Moment | _Past] = [*self._past, *self._waiting]
        near = [m for m in moments if abs(m.time - time) < 2 * FADE]
        sure = [m.glance.seen[number].mouth.confidence if number in m.glance.seen else 0.0 for m in near]
        return faded(np.array([m.time for m in near]), np.array(sure), time)


def _sighting(frame: Frame, seen: Seen) -> Sighting:
    """What smoothing needs of a mouth in a frame."""
    mouth = seen.mouth
    return Sighting(frame.time, mouth.points, mouth.confidence, mouth.map, seen.carried)


def still_faces(frame: Frame, finder: Finder) -> FrameFaces:
    """The faces of a picture that stands alone, from left to right."""
    found = finder.everyone(frame)
    faces = tuple(settled(i, seen.mouth, seen.box) for i, seen in enumerate(found, start=1))
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
