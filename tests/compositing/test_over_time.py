"""Effects that look at frames before and after: what they see, where it lies, when tracks begin and end."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, ClassVar

import numpy as np
import pytest

from lipfx.compositing.compose import Compositor
from lipfx.core.values import Float32, Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.effects import Effect, Patch, Region, Space
from lipfx.errors import EffectError
from lipfx.pipeline.stage import Stage
from lipfx.testing import Scene, check_effect, scenes

SCENE = Scene("talking", opening=0.1, width=80, size=(200, 140), centres=((100.0, 70.0),))
TWO = next(scene for scene in scenes() if len(scene.centres) > 1)


class Looks(Effect, frozen=True, kw_only=True):
    """Keeps what it is given."""

    region: ClassVar[Region] = Region.AROUND
    history: ClassVar[int] = 3
    ahead: ClassVar[int] = 2
    seen: ClassVar[list[Patch]] = []

    def render(self, patch: Patch) -> Float32:
        self.seen.append(patch)
        return patch.rgb


class LooksLinear(Looks, frozen=True, kw_only=True):
    """The same in linear light."""

    space: ClassVar[Space] = Space.LINEAR


class Counts(Effect, frozen=True, kw_only=True):
    """Makes a patch as bright as its frame's number says."""

    region: ClassVar[Region] = Region.AROUND

    def render(self, patch: Patch) -> Float32:
        return np.full_like(patch.rgb, 0.01 * patch.index)


class Blends(Effect, frozen=True, kw_only=True):
    """Mixes three frames before, this one and two that come."""

    region: ClassVar[Region] = Region.AROUND
    history: ClassVar[int] = 3
    ahead: ClassVar[int] = 2

    def render(self, patch: Patch) -> Float32:
        return np.asarray(np.mean([*patch.before, patch.rgb, *patch.after], axis=0), np.float32)


def run(chain: list[Effect], scene: Scene, frames: range, *, unseen: tuple[int, ...] = ()) -> list[Frame]:
    compositor = Compositor(chain)
    made: list[Frame] = []
    for index in frames:
        made += compositor.push(scene.frame(index), () if index in unseen else scene.faces(index))
    made += compositor.finish()
    compositor.end()
    return made


def looked(chain: list[Effect], **more: Any) -> dict[int, Patch]:
    """What `Looks` saw, by the frame's number."""
    Looks.seen.clear()
    assert [frame.index for frame in run(chain, SCENE, range(8), **more)] == list(range(8))
    return {patch.index: patch for patch in Looks.seen}


def test_frames_around_are_told_as_far_as_there_are_any() -> None:
    patches = looked([Counts(), Looks()])
    assert [len(patches[k].before) for k in range(8)] == [0, 1, 2, 3, 3, 3, 3, 3]
    assert [len(patches[k].after) for k in range(8)] == [2, 2, 2, 2, 2, 2, 1, 0]
    for picture, number in zip((*patches[4].before, *patches[4].after), (3, 2, 1, 5, 6), strict=True):
        middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
        np.testing.assert_allclose(middle, 0.01 * number, atol=0.004)  # what the effect before it made
        assert picture.shape == patches[4].rgb.shape
        assert not picture.flags.writeable


def test_a_mouth_that_was_not_seen_ends_what_is_told() -> None:
    patches = looked([Looks()], unseen=(3,))
    assert [len(patches[k].before) for k in (2, 4, 5, 6)] == [2, 0, 1, 2]
    assert [len(patches[k].after) for k in (1, 2, 4)] == [1, 0, 2]


@pytest.mark.parametrize("effect", [Looks(), LooksLinear()], ids=["encoded", "linear"])
def test_mouths_lie_on_each_other_though_they_move(effect: Effect) -> None:
    still, moving = Scene("still", width=80, size=(200, 140), centres=((100.0, 70.0),)), []
    for index in range(4):  # the same mouth, which walks, turns and grows
        moving.append(
            Scene(
                "moving",
                width=80 + 4 * index,
                turn=0.08 * index,
                size=(260, 200),
                centres=((100.0 + 9 * index, 70.0 + 6 * index),),
            )
        )
    Looks.seen.clear()
    compositor = Compositor([effect])
    for index, scene in enumerate(moving):
        frame = scene.frame(0)
        compositor.render(
            Frame(frame.planes, frame.format, frame.colour, index, index, frame.time_base, 1), scene.faces(0)
        )
    patch = Looks.seen[-1]
    lips = patch.upper + patch.lower > 0.9
    for picture in patch.before:
        assert np.abs(picture - patch.rgb)[lips].mean() < 0.03
        assert np.abs(np.roll(picture, 8, axis=1) - patch.rgb)[lips].mean() > 0.04
    assert still.frame(0).width == 200


@pytest.mark.parametrize("scene", [SCENE, TWO], ids=str)
def test_a_part_with_its_frames_around_is_that_of_the_whole(scene: Scene) -> None:
    whole = run([Blends(), Blends()], scene, range(30))
    part = run([Blends(), Blends()], scene, range(4, 20))  # 6 before it and 4 after it are needed
    for ours, theirs in zip(part[6:12], whole[10:16], strict=True):
        for one, other in zip(ours.planes, theirs.planes, strict=True):
            np.testing.assert_array_equal(one, other)
    assert (part[0].planes[0] != whole[4].planes[0]).any()


def test_the_contract_knows_how_far_an_effect_looks() -> None:
    check_effect(Blends())

    class Undeclared(Blends, frozen=True, kw_only=True):
        """Keeps more than it says."""

        history: ClassVar[int] = 0
        ahead: ClassVar[int] = 0

        def render(self, patch: Patch) -> Float32:
            patch.state["count"] = patch.state.get("count", 0) + 1
            return patch.rgb * np.float32(0.9 ** patch.state["count"])

    with pytest.raises(EffectError, match=r"any segment: .*begun in the middle looks different"):
        check_effect(Undeclared())


@pytest.mark.parametrize("count", [-1, 1.5, 1000])
def test_a_reach_that_is_none_is_refused(count: Any) -> None:
    class Far(Looks, frozen=True, kw_only=True):
        """Looks too far."""

        history: ClassVar[int] = count

    with pytest.raises(EffectError, match=r"history is .*test_over_time.py:\d+.*declare a number of frames"):
        Compositor([Far()])


class Opens(Effect, frozen=True, kw_only=True):
    """Opens something for each track, and closes it."""

    told: ClassVar[list[str]] = []

    def begin_track(self, patch: Patch) -> None:
        self.told.append(f"begin {patch.track_id}")
        patch.state["number"] = patch.track_id

    def render(self, patch: Patch) -> Float32:
        assert patch.state["number"] == patch.track_id
        return patch.rgb

    def end_track(self, state: MutableMapping[str, Any]) -> None:
        self.told.append(f"end {state['number']}")


def test_a_track_begins_once_and_ends_once() -> None:
    Opens.told.clear()
    run([Opens()], TWO, range(5))
    assert Opens.told == ["begin 1", "begin 2", "end 1", "end 2"]
    check_effect(Opens())


class Ends(Opens, frozen=True, kw_only=True):
    """Raises when a track ends."""

    def end_track(self, state: MutableMapping[str, Any]) -> None:
        raise RuntimeError("nothing to close")


def test_an_error_at_a_tracks_end_names_its_line() -> None:
    with pytest.raises(EffectError, match=r"Ends failed at the end of track 1: .*test_over_time.py:\d+"):
        run([Ends()], SCENE, range(2))


class FailsTwice(Ends, frozen=True, kw_only=True):
    """Fails at a frame, and again where its track ends."""

    def render(self, patch: Patch) -> Float32:
        raise RuntimeError("out of paint")


def test_of_two_errors_the_first_is_told() -> None:
    frames = ((SCENE.frame(k), FrameFaces(k, k / 25, SCENE.faces(k))) for k in range(2))
    with pytest.raises(EffectError, match=r"frame 0.*out of paint"):
        list(Stage([FailsTwice()]).over(frames, Work()))


class Fails(Blends, frozen=True, kw_only=True):
    """Fails at one frame."""

    def render(self, patch: Patch) -> Float32:
        if patch.index == 4:
            raise RuntimeError("out of paint")
        return super().render(patch)


def test_where_frames_that_fail_are_left_alone_the_others_are_not() -> None:
    told: list[EffectError] = []
    compositor = Compositor([Fails()], failed=told.append)
    made: list[Frame] = []
    for index in range(10):
        made += compositor.push(SCENE.frame(index), SCENE.faces(index))
    made += compositor.finish()
    assert ["frame 4" in str(error) for error in told] == [True]
    same = [(f.planes[0] == SCENE.frame(f.index).planes[0]).all() for f in made]
    assert [k for k, unchanged in enumerate(same) if unchanged] == [4]
    with pytest.raises(EffectError, match="frame 4"):
        run([Fails()], SCENE, range(10))
