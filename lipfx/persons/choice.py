"""Owns which faces of a clip are meant: the largest, those pointed at, those who look like somebody; must not
know how faces are found, how looks are made, or what is done to a face.

Choices are made for whole tracks and before any picture is rendered, so that nothing flickers: who is largest
can only be said at the end of a shot, and whose look a track has is clearest from all of it. So a clip is
surveyed first, from a tracks file where there is one, else by an analysis whose faces (never the frames) are
kept in a file until the rendering reads them. A decision from the first second of a track would stream,
but give another answer than the tracks file does, and a worse one: people enter turned away and small.
Pictures that stand alone are decided one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from lipfx.core.values import Face, Frame, FrameFaces
from lipfx.errors import InputError, UsageError
from lipfx.persons.look import ALIKE, Look, likeness, mean_look

SURE = 0.5  # likeness from which a track shows what else to look for
TOGETHER = 0.25  # seconds for which two tracks of one person may overlap, where one is lost and found
SAME_TIME = 1e-6  # seconds
REACH = 0.3  # of a face's box, how far beside it a point may lie: the box holds no hair and no ears

log = logging.getLogger("lipfx")


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of the displayed frame in pixels. time: in seconds; None is when a face is first there."""

    x: float
    y: float
    time: float | None = None

    def __str__(self) -> str:
        return f"{self.x:g},{self.y:g}" + ("" if self.time is None else f"@{self.time:g}")


Sign: TypeAlias = Path | Spot
"""What tells who is meant: a photograph, or where they are in the clip."""
Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Choice:
    """Which faces are meant. largest: at most so many at a time, None for all. wanted: those alone, if any.
    persons: names, and what tells who they are.
    """

    largest: int | None = None
    wanted: tuple[Sign, ...] = ()
    persons: Mapping[str, tuple[Sign, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises: UsageError when two ways of choosing exclude each other."""
        if self.largest is not None and self.wanted:
            raise UsageError("the largest faces and certain faces are both asked for; choose one way")
        if self.largest is not None and self.largest < 1:
            raise UsageError(f"the {self.largest} largest faces are asked for, wanted 1 or more")

    @property
    def everyone(self) -> bool:
        """Whether nothing is to be decided."""
        return self.largest is None and not self.wanted and not self.persons

    @property
    def signs(self) -> tuple[Sign, ...]:
        """All photographs and spots, each once."""
        return tuple(dict.fromkeys([*self.wanted, *(s for own in self.persons.values() for s in own)]))

    @property
    def photos(self) -> tuple[Path, ...]:
        """The photographs among the signs."""
        return tuple(sign for sign in self.signs if isinstance(sign, Path))


@dataclass(slots=True)
class Track:
    """What a survey keeps of one face. area: of its boxes over all its frames, in pixels that show."""

    first: float
    last: float
    area: float = 0.0
    looks: list[Look] = field(default_factory=list)

    def overlaps(self, other: Track) -> float:
        """Seconds in which both are there."""
        return min(self.last, other.last) - max(self.first, other.first)


class Survey:
    """Sees the faces of all frames in their order; then says which of them are meant."""

    def __init__(self, choice: Choice, looks: Mapping[Path, Look], size: Size) -> None:
        """looks: of the choice's photographs. size: of the frames."""
        self._choice = choice
        self._size = size
        self._looks = looks
        self._tracks: dict[int, Track] = {}
        self._at: dict[Spot, int | None] = {}

    def see(self, faces: FrameFaces) -> None:
        """Notes the next frame's faces."""
        for face in faces.faces:
            track = self._tracks.setdefault(face.track_id, Track(faces.time, faces.time))
            track.last = faces.time
            track.area += shown_area(face, *self._size)
            if face.look is not None:
                track.looks.append(face.look)
        for sign in self._choice.signs:
            if isinstance(sign, Spot):
                self._point(sign, faces)

    def _point(self, spot: Spot, faces: FrameFaces) -> None:
        """Notes who is at the spot: at its time, in the frame that is then shown."""
        here = self._at.get(spot) is None if spot.time is None else faces.time <= spot.time + SAME_TIME
        if here:
            self._at[spot] = face_at(spot, faces.faces)

    def decide(self) -> Chosen:
        """Who is meant, of the tracks that were seen."""
        choice, unlike = self._choice, tuple[Path, ...]()
        if choice.largest is not None:
            kept = largest(self._tracks, choice.largest)
        elif choice.wanted:
            found = self._matched({str(sign): (sign,) for sign in choice.wanted})
            kept = set(found)
            photos = [sign for sign in choice.wanted if isinstance(sign, Path)]
            unlike = tuple(photo for photo in photos if str(photo) not in found.values())
        else:
            kept = set(self._tracks)
        names = self._matched(choice.persons)
        spots = [str(s) for s in choice.signs if isinstance(s, Spot) and self._at.get(s) is None]
        unseen = sorted(choice.persons.keys() - set(names.values()))
        return Chosen({k: names.get(k, "") for k in kept}, tuple(spots), unlike, tuple(unseen))

    def _matched(self, wanted: Mapping[str, Sequence[Sign]]) -> dict[int, str]:
        seeds = {
            track_id: name
            for name, signs in wanted.items()
            for sign in signs
            if isinstance(sign, Spot) and (track_id := self._at.get(sign)) is not None
        }
        looks = {
            name: [self._looks[sign] for sign in signs if isinstance(sign, Path)]
            for name, signs in wanted.items()
        }
        return matched(self._tracks, seeds, looks)


@dataclass(frozen=True)
class Chosen:
    """The tracks that are meant and their persons' names, "" where they have none.

    nowhere: spots at which there is no face. unlike: photographs that nobody looks like. unseen: persons that
    no face was taken for.
    """

    names: Mapping[int, str]
    nowhere: tuple[str, ...] = ()
    unlike: tuple[Path, ...] = ()
    unseen: tuple[str, ...] = ()

    def of(self, faces: FrameFaces) -> FrameFaces:
        """The faces of a frame that are meant, each with its person's name."""
        kept = [replace(f, person=self.names[f.track_id]) for f in faces.faces if f.track_id in self.names]
        return replace(faces, faces=tuple(kept))

    def also(self, other: Chosen) -> Chosen:
        """What is missing in both."""
        nowhere = tuple(spot for spot in self.nowhere if spot in other.nowhere)
        unlike = tuple(photo for photo in self.unlike if photo in other.unlike)
        return Chosen({}, nowhere, unlike, tuple(name for name in self.unseen if name in other.unseen))

    def report(self) -> None:
        """Says what was asked for and is not there.

        Raises:
            InputError: there is no face where one was pointed at.
        """
        if self.nowhere:
            raise InputError(
                f"no face is at {' and '.join(self.nowhere)}; `lipfx track` says where faces are"
            )
        for photo in self.unlike:
            log.warning("nobody was found who looks like the face in %s", photo)
        for name in self.unseen:
            log.warning("nobody was recognised as %s; all faces have the parameters for everybody", name)


def choose(clip: Iterable[FrameFaces], choice: Choice, looks: Mapping[Path, Look], size: Size) -> Chosen:
    """Who is meant in a clip, whose faces come frame by frame.

    looks: of the choice's photographs. size: of the frames, width and height.

    Raises:
        InputError: there is no face where one was pointed at.
    """
    survey = Survey(choice, looks, size)
    for faces in clip:
        survey.see(faces)
    chosen = survey.decide()
    chosen.report()
    return chosen


class OneByOne:
    """Decides pictures that stand alone; what is in none of them is said at the end."""

    def __init__(self, choice: Choice, looks: Mapping[Path, Look]) -> None:
        """looks: of the choice's photographs."""
        self._choice = choice
        self._looks = looks
        self._missing: Chosen | None = None

    def choose(self, pictures: Iterable[tuple[Frame, FrameFaces]]) -> Iterator[tuple[Frame, FrameFaces]]:
        """The same pictures with the faces that are meant."""
        for picture, faces in pictures:
            survey = Survey(self._choice, self._looks, (picture.width, picture.height))
            survey.see(faces)
            chosen = survey.decide()
            self._missing = chosen if self._missing is None else self._missing.also(chosen)
            yield picture, chosen.of(faces)

    def report(self) -> None:
        """Says what was asked for and is in no picture.

        Raises:
            InputError: no picture has a face where one was pointed at.
        """
        if self._missing is not None:
            self._missing.report()


def shown_area(face: Face, width: int, height: int) -> float:
    """Square pixels of the part of a face's box that lies in a frame of `width` x `height`."""
    corners = np.clip(face.box.reshape(2, 2), 0, (width, height))
    return float(np.prod(corners[1] - corners[0]))


def face_at(spot: Spot, faces: Sequence[Face]) -> int | None:
    """The track of the face at a point, of the one whose middle is nearest where boxes overlap."""

    def away(face: Face) -> float:
        middle, half = (face.box[:2] + face.box[2:]) / 2, np.maximum((face.box[2:] - face.box[:2]) / 2, 1.0)
        return float(np.abs(((spot.x, spot.y) - middle) / half).max())

    nearest = min(faces, key=away, default=None)
    return nearest.track_id if nearest is not None and away(nearest) <= 1 + REACH else None


def largest(tracks: Mapping[int, Track], count: int) -> set[int]:
    """The tracks that at no time share the screen with `count` larger ones.

    Who is larger is decided by the area over the whole of a track, so that somebody who passes close to the
    camera does not take over; and a person who is lost and found again, as two tracks, is not passed over.
    """

    size = {track_id: (track.area, -track_id) for track_id, track in tracks.items()}

    def larger(own: int, time: float) -> int:
        return sum(size[k] > size[own] and o.first <= time <= o.last for k, o in tracks.items())

    def most(own: int) -> int:
        track = tracks[own]
        arrivals = [o.first for o in tracks.values() if track.first < o.first <= track.last]
        return max(larger(own, time) for time in (track.first, *arrivals))

    return {track_id for track_id in tracks if most(track_id) < count}


def matched(
    tracks: Mapping[int, Track], seeds: Mapping[int, str], looks: Mapping[str, Sequence[Look]]
) -> dict[int, str]:
    """Who tracks belong to: those of `seeds`, and whose look is alike.

    The surest first; a track that surely is somebody shows what else that person looks like, and nobody is in
    two places at once. looks: by name, of photographs.
    """
    own = {track_id: mean_look(track.looks) for track_id, track in tracks.items() if track.looks}
    likest: dict[tuple[str, int], float] = {}
    names: dict[int, str] = {}

    def learn(name: str, shown: Look) -> None:
        for track_id, look in own.items():
            likest[name, track_id] = max(likest.get((name, track_id), -1.0), likeness(shown, look))

    def assign(track_id: int, name: str, sure: bool) -> None:
        names[track_id] = name
        if sure and track_id in own:
            learn(name, own[track_id])

    def fits(name: str, track_id: int) -> bool:
        others = (tracks[other] for other, person in names.items() if person == name)
        return track_id not in names and all(tracks[track_id].overlaps(o) <= TOGETHER for o in others)

    for name, photos in looks.items():
        for look in photos:
            learn(name, look)
    for track_id, name in seeds.items():
        assign(track_id, name, sure=True)
    while fitting := [(value, pair) for pair, value in likest.items() if value >= ALIKE and fits(*pair)]:
        value, (name, track_id) = max(fitting)
        assign(track_id, name, sure=value >= SURE)
    return names
