"""Effects on the whole picture: what they may change, their order, frames around, what errors leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from lipfx.compositing.compose import Compositor
from lipfx.core.colour import parse_hex
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Face, Float32, Frame, PixelFormat
from lipfx.effects import Effect, FrameEffect, Patch, Picture, Region, Renderer, Space, Warp
from lipfx.errors import EffectError
from lipfx.masks.heads import heads
from lipfx.masks.mouth import mouth_masks
from lipfx.testing import Scene, broken_rules, check_effect
from tests.compositing.test_compose import FORMATS, PaintLips
from tests.compositing.test_over_time import Blends
from tests.helpers.mouths import face_at, noise_frame

SCENE = Scene("talking", opening=0.1, width=80, size=(200, 140), centres=((100.0, 70.0),))


class Floods(FrameEffect, frozen=True, kw_only=True):
    """Paints all that it may in one colour."""

    shade: str = "#00ff00"

    def render_frame(self, picture: Picture) -> Float32:
        return np.broadcast_to(parse_hex(self.shade), picture.rgb.shape).astype(np.float32)


class FloodsLips(Floods, frozen=True, kw_only=True):
    """Paints all lips."""

    region: ClassVar[Region] = Region.LIPS


class FloodsBackground(Floods, frozen=True, kw_only=True):
    """Paints what is behind."""

    region: ClassVar[Region] = Region.BACKGROUND
    space: ClassVar[Space] = Space.LINEAR


class Mixes(FrameEffect, frozen=True, kw_only=True):
    """Mixes two frames before with this one and the next, and keeps count where lips are."""

    history: ClassVar[int] = 2
    ahead: ClassVar[int] = 1

    def render_frame(self, picture: Picture) -> Float32:
        mixed = np.mean([*picture.before, picture.rgb, *picture.after], axis=0, dtype=np.float32)
        return mixed + np.float32(0.1) * picture.lips[..., None]


class Recalls(FrameEffect, frozen=True, kw_only=True):
    """Gives every mouth the light of its first frame."""

    def begin_track(self, patch: Patch) -> None:
        patch.state["light"] = patch.rng.random()

    def render_frame(self, picture: Picture) -> Float32:
        light = sum(mouth.state["light"] for mouth in picture.mouths)
        return picture.rgb * np.float32(0.5 + 0.1 * light)


class MovesDown(Warp, frozen=True, kw_only=True):
    """Moves the mouth down by six pixels."""

    margin: ClassVar[float] = 0.5

    def sources(self, patch: Patch) -> tuple[Float32, Float32]:
        rows, columns = np.mgrid[: patch.rgb.shape[0], : patch.rgb.shape[1]].astype(np.float32)
        return columns, rows - np.float32(6)


def rgb(frame: Frame) -> Float32:
    return read_patch(frame, Box(0, 0, frame.width, frame.height), Space.ENCODED)


def run(chain: Sequence[Effect], frames: range, scene: Scene = SCENE) -> list[Frame]:
    compositor = Compositor(list(chain))
    made: list[Frame] = []
    for index in frames:
        made += compositor.push(scene.frame(index), scene.faces(index))
    return [*made, *compositor.finish()]


@pytest.mark.parametrize("format", FORMATS, ids=lambda form: form.name)
def test_nothing_changes_outside_of_what_is_declared(format: PixelFormat) -> None:
    faces = [face_at((50, 60), 30), face_at((115, 66), 30, track_id=2)]
    before, after = (noise_frame(format) for _ in range(2))
    Compositor([FloodsBackground()]).render(after, faces)
    share = heads(faces, before.width, before.height)
    assert (after.planes[0] != before.planes[0])[share == 0].mean() > 0.5
    inside = np.asarray(cv2.erode((share == 1).astype(np.uint8), np.ones((5, 5))), np.bool_)
    for one, other in zip(after.planes, before.planes, strict=True):
        down, across = (-(-whole // part) for whole, part in zip(share.shape, one.shape, strict=True))
        assert (one == other)[inside[::down, ::across]].all()  # chroma's filter reaches two pixels
        assert inside.any()
    if format.alpha:
        np.testing.assert_array_equal(after.planes[-1], before.planes[-1])
    ours, theirs = (noise_frame(format) for _ in range(2))
    Compositor([FloodsLips()]).render(ours, faces)
    Compositor([PaintLips()]).render(theirs, faces)
    for one, other in zip(ours.planes, theirs.planes, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_effects_follow_each_other_in_the_order_of_the_chain() -> None:
    masks = mouth_masks(SCENE.faces(0)[0], Box(0, 0, 200, 140))
    y, x = np.unravel_index(cv2.blur(masks.lower, (9, 9)).argmax(), masks.lower.shape)
    red, blue = PaintLips(shade="#ff0000"), Floods(shade="#0000ff")
    assert rgb(run([red, blue], range(1))[0])[y, x, 2] > 0.9
    painted = rgb(run([blue, red], range(1))[0])
    assert painted[y, x, 0] > 0.8
    assert painted[5, 5, 2] > 0.9
    assert rgb(run([red, blue, red, FloodsLips()], range(1))[0])[y, x, 1] > 0.8


class Notes(FrameEffect, frozen=True, kw_only=True):
    """Keeps what it is shown."""

    seen: ClassVar[list[Picture]] = []

    def render_frame(self, picture: Picture) -> Float32:
        self.seen.append(picture)
        return picture.rgb


def test_masks_that_an_effect_moved_come_moved_to_those_that_follow() -> None:
    Notes.seen.clear()
    run([Notes(), MovesDown(), Notes(), PaintLips(), Notes()], range(1))
    still, moved, painted = Notes.seen
    rows = [float((p.lips.sum(1) * np.arange(140)).sum() / p.lips.sum()) for p in (still, moved, painted)]
    assert 3 < rows[1] - rows[0] < 7
    assert rows[2] == rows[1]
    green = painted.rgb[..., 1] - painted.rgb[..., 0]
    assert green[moved.lips > 0.95].min() > 0.5
    assert painted.mouths[0].upper.shape == painted.mouths[0].rgb.shape[:2]


def test_frames_without_faces_and_parts_of_a_clip() -> None:
    frame = SCENE.frame(0)
    whole, none, half = (
        rgb(Compositor([Floods()]).render(SCENE.frame(0), (), share)) for share in (1, 0, 0.5)
    )
    np.testing.assert_array_equal(none, rgb(frame))
    np.testing.assert_allclose(half, (whole + rgb(frame)) / 2, atol=0.02)
    assert whole[..., 1].min() > 0.95
    untouched = Compositor([FloodsLips()]).render(SCENE.frame(0), ())
    np.testing.assert_array_equal(untouched.planes[0], frame.planes[0])


def test_a_part_with_its_frames_around_is_that_of_the_whole() -> None:
    chain = [Blends(), Mixes(), Recalls(), Blends()]  # eight frames before, five after
    whole, part = run(chain, range(28)), run(chain, range(4, 22))
    assert [frame.index for frame in whole] == list(range(28))
    for ours, theirs in zip(part[8:13], whole[12:17], strict=True):
        for one, other in zip(ours.planes, theirs.planes, strict=True):
            np.testing.assert_array_equal(one, other)
    alone = run([Blends(), Blends()], range(28))
    assert (alone[12].planes[0] != whole[12].planes[0]).any()


class Fails(Floods, frozen=True, kw_only=True):
    """Fails at one frame."""

    def render_frame(self, picture: Picture) -> Float32:
        if picture.index == 2:
            raise RuntimeError("out of paint")
        return super().render_frame(picture)


def test_a_frame_that_fails_is_as_it_came_whatever_was_painted_before() -> None:
    told: list[EffectError] = []
    compositor = Compositor([PaintLips(), Fails(), PaintLips()], failed=told.append)
    for index in range(4):
        (made,) = compositor.push(SCENE.frame(index), SCENE.faces(index))
        same = all(np.array_equal(a, b) for a, b in zip(made.planes, SCENE.frame(index).planes, strict=True))
        assert same == (index == 2)
    assert len(told) == 1
    with pytest.raises(EffectError, match=r"Fails failed at frame 2: .*paint \(.*test_wholes.py:\d+\)"):
        run([Fails()], range(3))


class Draws(Renderer, frozen=True, kw_only=True):
    """Shows the patch."""

    channels: ClassVar[int] = 3
    region: ClassVar[Region] = Region.AROUND

    def render(self, patch: Patch) -> Float32:
        return patch.rgb


def test_a_renderer_draws_what_came_to_it_and_leaves_the_clips_frame() -> None:
    frame = SCENE.frame(0)
    drawn = Compositor([Floods(), Draws()]).render(frame, SCENE.faces(0))
    assert rgb(drawn)[70, 100, 1] > 0.9
    np.testing.assert_array_equal(frame.planes[0], SCENE.frame(0).planes[0])


class Boils(Floods, frozen=True, kw_only=True):
    """Adds noise that no seed repeats."""

    def render_frame(self, picture: Picture) -> Float32:
        return picture.rgb + np.random.default_rng().random(picture.rgb.shape, np.float32)


class Writes(Floods, frozen=True, kw_only=True):
    """Writes into a mouth's mask."""

    def render_frame(self, picture: Picture) -> Float32:
        for mouth in picture.mouths:
            mouth.upper[:] = 0
        return picture.rgb


class Counts(Floods, frozen=True, kw_only=True):
    """Fades in from the first frame that it happens to see."""

    def render_frame(self, picture: Picture) -> Float32:
        picture.state["seen"] = picture.state.get("seen", 0) + 1
        return picture.rgb * np.float32(1 - 0.05 * picture.state["seen"])


class Needs(Floods, frozen=True, kw_only=True):
    """Takes it that there is a mouth."""

    def render_frame(self, picture: Picture) -> Float32:
        return picture.rgb * np.float32(picture.mouths[0].rgb.mean())


class Crops(Floods, frozen=True, kw_only=True):
    """Returns a smaller picture."""

    def render_frame(self, picture: Picture) -> Float32:
        return picture.rgb[1:]


@pytest.mark.parametrize(
    ("effect", "rules"),
    [
        (FloodsBackground(), set()),
        (Mixes(), set()),
        (Boils(), {"deterministic", "any segment"}),
        (Writes(), {"input untouched"}),
        (Counts(), {"any segment"}),
        (Needs(), {"odd patches"}),
        (Crops(), {"well formed"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_contract_tries_them_too(effect: Effect, rules: set[str]) -> None:
    found = {rule.name: reason for rule, reason in broken_rules(effect)}
    assert found.keys() >= rules if rules else not (found.keys() - {"declared"})
    assert all("test_wholes.py:" in found[rule] for rule in rules)


def test_a_region_of_the_picture_is_no_mouths() -> None:
    class Wide(PaintLips, frozen=True, kw_only=True):
        """Wants the whole picture of a patch."""

        region: ClassVar[Region] = Region.FRAME

    with pytest.raises(EffectError, match=r"region is frame, which only a FrameEffect may change"):
        Compositor([Wide()])
    with pytest.raises(EffectError, match="region"):
        check_effect(Wide())


def test_what_came_before_is_told_as_it_lay() -> None:
    class Looks(Notes, frozen=True, kw_only=True):
        """Looks back and ahead."""

        history: ClassVar[int] = 2
        ahead: ClassVar[int] = 1

    Notes.seen.clear()
    chain: Any = [Looks(), Floods()]
    run(chain, range(5))
    told = [(len(p.before), len(p.after)) for p in Notes.seen]
    assert told == [(0, 1), (1, 1), (2, 1), (2, 1), (2, 0)]
    compositor = Compositor([Looks()])
    Notes.seen.clear()
    for index in range(3):
        compositor.render(SCENE.frame(index), SCENE.faces(index))
    np.testing.assert_array_equal(Notes.seen[2].before[0], rgb(SCENE.frame(1)))
    np.testing.assert_array_equal(Notes.seen[2].before[1], rgb(SCENE.frame(0)))


class KeepsLeft:
    """A hand that holds the picture's left half out."""

    def look(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Needs nothing of it."""

    def mouth(self, face: Face, margin: float) -> None:
        """Corrects no mouth."""

    def kept(self, box: Box) -> Float32:
        columns = np.arange(box.x0, box.x1) >= 100
        return np.tile(columns.astype(np.float32), (box.height, 1))


@pytest.mark.parametrize("chain", [[Floods()], [PaintLips(), Floods()], [Floods(), Blends(), FloodsLips()]])
def test_what_is_held_out_by_hand_stays(chain: list[Effect]) -> None:
    compositor, frame = Compositor(chain), SCENE.frame(0)
    compositor.correct(KeepsLeft())
    made = [*compositor.push(SCENE.frame(0), SCENE.faces(0)), *compositor.finish()]
    np.testing.assert_array_equal(made[0].planes[0][:, :100], frame.planes[0][:, :100])
    assert (made[0].planes[0][:, 104:] != frame.planes[0][:, 104:]).mean() > 0.9
