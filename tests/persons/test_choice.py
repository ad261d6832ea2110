"""Owns the promises of choosing: whole tracks, the largest over their stay, nobody in two places at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lipfx.core.values import Face, FrameFaces, PixelFormat
from lipfx.errors import InputError, UsageError
from lipfx.persons.choice import Choice, Chosen, OneByOne, Spot, choose
from lipfx.persons.look import Look, likeness, packed
from tests.helpers.mouths import face_at, flat_frame

SIZE = (1000, 1000)
GREY = PixelFormat("gray", 8, grey=True)
ANNA, BEN = Path("anna.jpg"), Path("ben.jpg")

Stay = tuple[int, range, float, tuple[float, float], "Look | None"]
"""A track: its number, its frames, the width of its mouth, where that is, and its look."""


def some_look(person: int, other: int = 0, share: float = 0.0) -> Look:
    """The look of a person; or one that shows so much of somebody else."""
    own, strange = (np.random.default_rng(seed).normal(size=992) for seed in (person, 100 + other))
    return packed(np.asarray((1 - share) * own + share * strange, np.float32))


def stay(
    track_id: int,
    frames: range,
    width: float,
    at: tuple[float, float] = (500, 500),
    look: Look | None = None,
) -> Stay:
    return track_id, frames, width, at, look


def clip(*stays: Stay, count: int = 100) -> list[FrameFaces]:
    """Frames a tenth of a second apart."""

    def faces(index: int) -> tuple[Face, ...]:
        here = (s for s in stays if index in s[1])
        return tuple(replace(face_at(s[3], s[2], track_id=s[0]), look=s[4]) for s in here)

    return [FrameFaces(index, index / 10, faces(index)) for index in range(count)]


def chosen(choice: Choice, *stays: Stay, looks: Mapping[Path, Look] | None = None) -> Mapping[int, str]:
    return choose(clip(*stays), choice, looks or {}, SIZE).names


def test_the_largest_is_who_takes_most_of_the_picture_while_there() -> None:
    main, passing = stay(1, range(100), 40), stay(2, range(40, 50), 80)
    assert chosen(Choice(largest=1), main, passing).keys() == {1}
    assert chosen(Choice(largest=1), main, stay(2, range(40, 90), 80)).keys() == {2}
    assert chosen(Choice(largest=2), main, passing).keys() == {1, 2}


def test_of_faces_of_one_size_only_so_many_are_taken() -> None:
    tiles = [stay(k + 1, range(100), 40, (150 + 300 * k, 500)) for k in range(3)]
    assert chosen(Choice(largest=2), *tiles).keys() == {1, 2}


def test_the_largest_of_a_shot_may_be_lost_and_found() -> None:
    small = stay(3, range(100), 30)
    parts = stay(1, range(45), 50), stay(2, range(55, 100), 50)
    assert chosen(Choice(largest=1), *parts, small).keys() == {1, 2}
    assert chosen(Choice(largest=2), *parts, small, stay(4, range(100), 20)).keys() == {1, 2, 3}


def test_only_what_shows_of_a_face_counts() -> None:
    whole, cut = stay(1, range(100), 50), stay(2, range(100), 60, at=(0, 500))
    assert chosen(Choice(largest=1), whole, cut).keys() == {1}


@pytest.mark.parametrize(
    ("spot", "track"),
    [
        (Spot(200, 480), 1),
        (Spot(700, 480), 2),
        (Spot(250, 430), 1),
        (Spot(200, 480, 9.05), 3),
        (Spot(200, 480, 1.99), 1),
        (Spot(200, 480, 99), 3),
    ],
)
def test_a_point_means_who_is_there_then_or_first(spot: Spot, track: int) -> None:
    stays = (
        stay(1, range(10, 50), 50, at=(200, 500)),
        stay(2, range(20, 100), 50, at=(700, 500)),
        stay(3, range(90, 100), 50, at=(200, 500)),
    )
    assert chosen(Choice(wanted=(spot,)), *stays).keys() == {track}


@pytest.mark.parametrize("spot", [Spot(400, 480), Spot(200, 480, 6), Spot(200, 900)])
def test_a_point_without_a_face_is_an_error(spot: Spot) -> None:
    with pytest.raises(InputError, match="no face is at"):
        chosen(Choice(wanted=(spot,)), stay(1, range(10, 50), 50, at=(200, 500)))


def test_persons_are_known_by_their_look_in_all_shots() -> None:
    anna, ben = some_look(1), some_look(2)
    stays = (
        stay(1, range(30), 50, (200, 500), some_look(1, 1, 0.3)),
        stay(2, range(30), 50, (700, 500), some_look(2, 2, 0.3)),
        stay(3, range(40, 70), 50, (500, 500), some_look(2, 3, 0.4)),
        stay(4, range(80, 100), 50, (500, 500), some_look(3)),
    )
    persons: dict[str, tuple[Path | Spot, ...]] = {"anna": (ANNA,), "ben": (BEN,)}
    names = chosen(Choice(persons=persons), *stays, looks={ANNA: anna, BEN: ben})
    assert names == {1: "anna", 2: "ben", 3: "ben", 4: ""}
    assert chosen(Choice(wanted=(BEN,)), *stays, looks={BEN: ben}).keys() == {2, 3}
    assert chosen(Choice(largest=1, persons={"ben": (Spot(700, 480),)}), *stays).get(3) == "ben"


def test_nobody_is_in_two_places_at_once() -> None:
    twins = [some_look(1, k, 0.2 + 0.1 * k) for k in range(3)]
    stays = [stay(k + 1, range(50), 50, (200 + 250 * k, 500), look) for k, look in enumerate(twins)]
    assert chosen(Choice(wanted=(ANNA,)), *stays, looks={ANNA: some_look(1)}).keys() == {1}


def test_a_sure_track_shows_what_else_to_look_for() -> None:
    """Somebody turns away in the second track, which resembles the first one, but not the photograph."""
    photo, front = some_look(1), some_look(1, 1, 0.45)
    turned = some_look(1, 1, 0.75)
    assert likeness(photo, turned) < 0.42 < 0.5 < likeness(photo, front)
    stays = stay(1, range(40), 50, look=front), stay(2, range(50, 90), 50, look=turned)
    assert chosen(Choice(wanted=(ANNA,)), *stays, looks={ANNA: photo}).keys() == {1, 2}
    assert chosen(Choice(wanted=(ANNA,)), stays[1], looks={ANNA: photo}).keys() == set()


def test_faces_without_a_look_are_nobody(caplog: pytest.LogCaptureFixture) -> None:
    choice = Choice(wanted=(ANNA,), persons={"ben": (BEN,)})
    looks = {ANNA: some_look(1), BEN: some_look(2)}
    assert chosen(choice, stay(1, range(100), 50), looks=looks) == {}
    assert "looks like the face in anna.jpg" in caplog.text
    assert "recognised as ben" in caplog.text


def test_pictures_that_stand_alone_are_decided_one_by_one(caplog: pytest.LogCaptureFixture) -> None:
    frame = flat_frame(GREY, (0,), width=1000, height=1000)
    told = clip(stay(1, range(2), 40, (300, 500)), stay(2, range(1, 3), 60, (700, 500)), count=4)

    def kept(choice: Choice, looks: Mapping[Path, Look]) -> list[list[int]]:
        one_by_one = OneByOne(choice, looks)
        pairs = list(one_by_one.choose([(frame, faces) for faces in told]))
        one_by_one.report()
        return [[face.track_id for face in faces.faces] for _, faces in pairs]

    assert kept(Choice(largest=1), {}) == [[1], [2], [2], []]
    assert kept(Choice(wanted=(Spot(700, 480),)), {}) == [[], [2], [2], []]
    assert kept(Choice(wanted=(ANNA,)), {ANNA: some_look(1)}) == [[], [], [], []]
    assert caplog.text.count("anna.jpg") == 1
    with pytest.raises(InputError, match="no face is at 10,10"):
        kept(Choice(wanted=(Spot(10, 10),)), {})


def test_who_is_chosen_stays_so_in_every_frame() -> None:
    faces = clip(stay(1, range(100), 40), stay(2, range(100), 50, (700, 500)))
    only = Chosen({2: "anna"})
    told: Sequence[FrameFaces] = [only.of(one) for one in faces]
    assert all([(f.track_id, f.person) for f in one.faces] == [(2, "anna")] for one in told)
    assert [(one.index, one.time) for one in told] == [(one.index, one.time) for one in faces]


def test_ways_of_choosing_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match="choose one way"):
        Choice(largest=2, wanted=(ANNA,))
    with pytest.raises(UsageError, match="1 or more"):
        Choice(largest=0)
