"""What a patch tells of a mouth beside its pixels."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pytest

from lipfx.compositing.compose import Compositor
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Face, Float32
from lipfx.core.values import Scene as Light
from lipfx.effects import Effect, Patch, Region, Space, tooth_share
from lipfx.effects.matter import tongue
from lipfx.testing import Scene


class Looks(Effect, frozen=True, kw_only=True):
    """Keeps what it is given."""

    region: ClassVar[Region] = Region.MOUTH
    seen: ClassVar[list[Patch]] = []

    def render(self, patch: Patch) -> Float32:
        self.seen.append(patch)
        return patch.rgb


class LooksLinear(Looks, frozen=True, kw_only=True):
    """The same in linear light."""

    space: ClassVar[Space] = Space.LINEAR


def patch_of(scene: Scene, effect: Effect | None = None, **changes: Any) -> Patch:
    """The patch of a scene's first face, as an effect gets it."""
    face: Face = replace(scene.faces(0)[0], **changes)
    frame = replace(scene.frame(0), time_base=Fraction(1, 50))
    Compositor([effect or Looks()]).render(frame, [face])
    return Looks.seen.pop()


def test_teeth_are_the_light_part_of_the_inner_mouth_in_either_space() -> None:
    scene = Scene("open", opening=0.2, width=120, size=(240, 160), centres=((120.0, 80.0),))
    patch, linear = patch_of(scene), patch_of(scene, LooksLinear())
    assert patch.teeth.dtype == np.float32
    assert (patch.teeth <= patch.inner).all()
    inside = patch.inner > 0.95
    light = inside & (patch.rgb.mean(-1) > 0.7)
    dark = inside & (patch.rgb.mean(-1) < 0.4)
    assert light.sum() > 200
    assert dark.sum() > 200
    assert patch.teeth[light].mean() > 0.9
    assert patch.teeth[dark].mean() < 0.1
    assert patch.teeth[patch.upper + patch.lower > 0.99].max() < 0.01
    assert np.abs(patch.teeth - linear.teeth).max() < 0.02


def test_teeth_are_neither_gums_nor_the_dark() -> None:
    lab = np.array([[[85, 2, 10], [55, 35, 20], [10, 2, 2]]], np.float32)
    assert tooth_share(lab)[0].tolist() == [1, 0, 0]


def test_a_tongue_is_red_broad_and_in_the_light() -> None:
    rgb = np.full((60, 100, 3), (0.12, 0.05, 0.05), np.float32)
    rgb[30:50, 20:80] = (0.75, 0.42, 0.42)  # a tongue
    rgb[10:25] = (0.9, 0.88, 0.8)  # teeth
    rgb[25:27] = (0.75, 0.42, 0.42)  # the rim of gums
    told = tongue(rgb, Space.ENCODED, Light(), np.ones((60, 100), np.float32), 100.0)
    assert told[33:47, 25:75].min() > 0.9
    assert told[:28].max() < 0.05
    assert told[55:].max() < 0.05


@pytest.mark.parametrize("opening", [0.0, 0.05, 0.2])
def test_opening_is_the_inner_mouths_height_in_mouth_widths(opening: float) -> None:
    for width in (30.0, 90.0):
        patch = patch_of(Scene("mouth", opening=opening, width=width, size=(200, 160)))
        assert patch.opening == pytest.approx(2 * opening, abs=0.01)


@pytest.mark.parametrize("turn", [0.0, 0.4, -1.2, 3.0])
def test_roll_is_told_in_degrees_clockwise(turn: float) -> None:
    patch = patch_of(Scene("turned", turn=turn, size=(200, 160), centres=((100.0, 80.0),)))
    left, right = patch.landmarks[0], patch.landmarks[13]
    assert patch.roll == pytest.approx(np.degrees(turn), abs=0.5)
    assert (right[1] > left[1]) == (patch.roll > 0 or turn == 0.0) or turn == 0.0


def test_rate_and_person() -> None:
    scene = Scene("mouth")
    patch = patch_of(scene, person="anna")
    assert patch.rate == 50
    assert patch.person == "anna"
    assert patch.seed == patch_of(scene, person="anna", track_id=9).seed
    assert patch.seed != patch_of(scene, person="ben").seed
    assert patch_of(scene, track_id=9).seed == (9, 0)


TWO = Scene("two", centres=((60.0, 70.0), (125.0, 74.0)), size=(200, 140), width=60.0)


class Floods(Looks, frozen=True, kw_only=True):
    """Keeps what it is given, and paints over it."""

    region: ClassVar[Region] = Region.AROUND
    ahead: ClassVar[int] = 0

    def render(self, patch: Patch) -> Float32:
        self.seen.append(patch)
        assert patch.frame.shape == (140, 200, 3)
        return np.zeros_like(patch.rgb)


class FloodsLater(Floods, frozen=True, kw_only=True):
    """The same, where frames wait for others."""

    ahead: ClassVar[int] = 1


@pytest.mark.parametrize("effect", [Floods(), FloodsLater(), LooksLinear()], ids=lambda e: type(e).__name__)
def test_the_whole_picture_is_as_it_came_whoever_was_painted_before(effect: Effect) -> None:
    Looks.seen.clear()
    whole, compositor = Box(0, 0, 200, 140), Compositor([effect])
    made = [*compositor.push(TWO.frame(0), TWO.faces(0)), *compositor.finish()]
    clean = read_patch(TWO.frame(0), whole, effect.space)
    first, second = Looks.seen
    for patch in (first, second):
        np.testing.assert_array_equal(patch.frame, clean)
        assert not patch.frame.flags.writeable
    assert first.frame is second.frame
    if isinstance(effect, Floods):
        assert (read_patch(made[0], whole, effect.space) != clean).any()
    np.testing.assert_allclose(
        second.others, [TWO.faces(0)[0].box - np.tile([second.box.x0, second.box.y0], 2)]
    )
    assert patch_of(Scene("alone")).others.shape == (0, 4)


@pytest.mark.parametrize("skin", ["#f0c8b0", "#c99a82", "#5b3a2c"])
def test_skin_is_what_has_the_colour_of_that_beside_the_lips(skin: str) -> None:
    scene = Scene("skin", skin=skin, opening=0.1, width=100, size=(240, 180), centres=((120.0, 90.0),))
    frame = scene.frame(0)
    frame.planes[0][:, :50] = 20  # hair
    for plane, grey_blue in zip(frame.planes[1:], (150, 120), strict=True):
        plane[:, :25] = 128
        plane[72:] = grey_blue  # a collar

    class Wide(Looks, frozen=True, kw_only=True):
        """Looks around."""

        region: ClassVar[Region] = Region.AROUND
        margin: ClassVar[float] = 0.6

    Compositor([Wide()]).render(frame, scene.faces(0))
    patch = Looks.seen.pop()
    box, mouth = patch.box, patch.upper + patch.lower + patch.inner
    y, x = np.mgrid[box.y0 : box.y1, box.x0 : box.x1]
    clear = mouth < 0.01
    assert patch.skin[(x > 54) & (y < 140) & clear].mean() > 0.95
    assert patch.skin[mouth > 0.99].max() < 0.01
    assert patch.skin[x < 46].mean() < 0.05
    assert patch.skin[(y > 148) & (x > 54)].mean() < 0.05


def turned(degrees: float, *, up: bool = False) -> Patch:
    """A closed mouth on a round jaw that is turned to the picture's right, or looks up."""
    face = Scene("mouth", width=100, size=(240, 180), centres=((120.0, 90.0),)).faces(0)[0]
    x, y = ((face.points - (120, 90)) / 100).T
    depth = 0.12 * np.sqrt(np.maximum(1 - (x / 0.62) ** 2, 0))
    angle = np.radians(degrees)
    if up:
        y = y * np.cos(angle) - depth * np.sin(angle)
    else:
        x = x * np.cos(angle) + depth * np.sin(angle)
    points = 100 * np.column_stack([x, y]) + (120, 90)
    return patch_of(Scene("mouth", size=(240, 180)), points=points)


def test_the_way_a_face_looks_is_told_from_its_lips() -> None:
    yaws = [turned(degrees).yaw for degrees in (-40, -20, 0, 20, 40)]
    assert yaws == sorted(yaws)
    assert yaws[2] == pytest.approx(0, abs=1)
    assert yaws[0] == pytest.approx(-yaws[4], abs=1)
    assert 15 < yaws[4] < 70
    pitches = [turned(degrees, up=True).pitch for degrees in (-20, 0, 20)]
    assert pitches == sorted(pitches)
    assert pitches[2] - pitches[0] > 3
