"""What a viewer would notice: colours reach their shade, relief stays, teeth and skin are left alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from lipfx_effects import plump
from lipfx_effects.paint import shine
from lipfx_effects.paint.photo import shade_of
from lipfx_effects.paint.shades import FAMILIES, SHADES
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000

from lipfx.core.colour import parse_hex, to_encoded, to_lab, to_linear
from lipfx.core.values import Float32, Scene
from lipfx.effects import white_of
from lipfx.effects.lipspace import lip_coordinates
from tests.conftest import Keep
from tests.helpers.mouths import outline
from tests.helpers.portraits import SKINS, Portrait, apply, lab, portrait, scene_of

FULL = "opacity=1,coverage=1,finish=matte"


def difference(first: Float32, second: Float32) -> NDArray[np.float64]:
    """CIEDE2000 of two arrays of Lab colours."""
    return np.asarray(deltaE_ciede2000(first, second))


def detail(of: Portrait) -> Float32:
    """Lightness over the lips without its large forms."""
    lips = np.asarray(of.lips, np.float32)
    known = cv2.GaussianBlur(lips, (0, 0), 4) + 1e-3
    lightness = lab(of)[..., 0]
    return np.asarray(
        (lightness - cv2.GaussianBlur(lightness * lips, (0, 0), 4) / known)[of.lips], np.float32
    )


def lightness_of_highlights(of: Portrait) -> float:
    return float(np.percentile(lab(of)[of.lips, 0], 98) - np.median(lab(of)[of.lips, 0]))


def test_the_library_has_shades_for_everyone() -> None:
    assert set(FAMILIES) == {"nude", "pink", "coral", "red", "berry", "plum", "brown", "bold"}
    assert len(SHADES) >= 24
    colours = np.stack([to_lab(to_linear(parse_hex(code))) for code in SHADES.values()])
    apart = difference(colours[:, None], colours[None])
    assert apart[~np.eye(len(SHADES), dtype=bool)].min() > 2


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("shade", [next(iter(family)) for family in FAMILIES.values()])
def test_full_pigment_reaches_the_shade_and_keeps_the_relief(shade: str, skin: str, keep: Keep) -> None:
    before = portrait(skin)
    after = apply(f"lipstick:shade={shade},{FULL}", before)
    keep("after", after.picture)
    wanted = to_lab(to_linear(parse_hex(SHADES[shade])))
    assert difference(lab(after)[after.lips].mean(axis=0), wanted) < 8
    assert np.corrcoef(detail(before), detail(after))[0, 1] > 0.9


@pytest.mark.parametrize("skin", SKINS)
def test_the_default_is_seen_at_once(skin: str) -> None:
    before = portrait(skin)
    after = apply("lipstick", before)
    assert np.median(difference(lab(before)[before.lips], lab(after)[after.lips])) > 9


def test_the_default_is_seen_on_red_lips_too() -> None:
    red = apply(f"lipstick:shade=ruby,{FULL}", portrait())
    after = apply("lipstick", red)
    assert np.median(difference(lab(red)[red.lips], lab(after)[after.lips])) > 5.5


@pytest.mark.parametrize("finish", ["matte", "gloss", "shimmer", "metallic"])
def test_teeth_and_skin_are_not_coloured(finish: str, keep: Keep) -> None:
    before = portrait()
    after = apply(f"lipstick:shade=violet,opacity=1,coverage=1,finish={finish}", before)
    keep("after", after.picture)
    change = np.abs(after.picture.astype(float) - before.picture).mean(axis=2)
    skin = before.masks.upper + before.masks.lower + before.masks.inner == 0
    assert change[before.lips].mean() > 30
    assert change[before.teeth].mean() < 0.03 * change[before.lips].mean()
    assert change[skin].max() == 0


def test_finishes_treat_highlights_as_their_names_say() -> None:
    shown = {
        finish: lightness_of_highlights(apply(f"lipstick:shade=cherry,finish={finish}", portrait()))
        for finish in ("matte", "satin", "gloss", "metallic")
    }
    assert shown["matte"] < shown["satin"] < shown["gloss"]
    assert shown["satin"] < shown["metallic"]


def test_opacity_and_coverage_take_the_colour_back() -> None:
    before = portrait("medium")
    assert np.abs(apply("lipstick:opacity=0", before).picture.astype(int) - before.picture).max() <= 1
    changes = [
        np.mean(
            difference(
                lab(before)[before.lips], lab(apply(f"lipstick:shade=wine,{parameter}", before))[before.lips]
            )
        )
        for parameter in ("opacity=0.3", "opacity=0.9")
    ]
    assert changes[0] < 0.6 * changes[1]
    natural = detail(before).std() + lab(before)[before.lips, 1].std()
    sheer = apply("lipstick:shade=wine,coverage=0.2,opacity=1", before)
    assert lab(sheer)[sheer.lips, 1].std() > 0.3 * natural


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("shade", ["rose", "ruby", "espresso"])
def test_a_shade_is_read_back_from_lips_that_wear_it(shade: str, skin: str) -> None:
    worn = apply(f"lipstick:shade={shade},opacity=1,coverage=1", portrait(skin))
    linear = to_linear(np.asarray(worn.picture / 255, np.float32))
    masks = worn.masks
    read = shade_of(linear, masks.upper + masks.lower, scene_of(worn))
    assert difference(read, to_lab(to_linear(parse_hex(SHADES[shade])))) < 6


def test_a_dark_room_darkens_the_shade() -> None:
    bright = portrait()
    dark = bright.with_(np.round(bright.picture * 0.25).astype(np.uint8))
    after = lab(apply("lipstick:shade=peach,opacity=1,coverage=1", dark))[dark.lips, 0].mean()
    skin = np.median(lab(dark)[..., 0])
    assert after < skin + 5


def test_a_shadow_across_the_mouth_stays_a_shadow(keep: Keep) -> None:
    even = portrait()
    fall = np.linspace(-3, 5, even.picture.shape[1])[None, :, None]
    light = 0.08 + 0.92 / (1 + np.exp(2 * fall))
    linear = to_linear(np.asarray(even.picture / 255, np.float32))
    half_lit = even.with_(to_encoded(np.asarray(linear * light, np.float32)))
    after = [apply(f"lipstick:shade=petal,{FULL}", on) for on in (even, half_lit)]
    for name, on in zip(("even", "half-lit"), after, strict=True):
        keep(name, on.picture)
    columns = np.arange(even.picture.shape[1])[None]
    sides = [even.lips & (columns < 40), even.lips & (columns > 90)]
    bare, painted = ([lab(on)[side, 0].mean() for side in sides] for on in (half_lit, after[1]))
    assert painted[0] - painted[1] > 0.8 * (bare[0] - bare[1])
    assert lab(after[1])[even.lips, 0].mean() < lab(after[0])[even.lips, 0].mean() - 8


def test_a_pale_shade_does_not_glow_in_dim_light(keep: Keep) -> None:
    """Pale skin may be pale and ill lit or deep and well lit; how little colour it has tells."""
    bright = portrait()
    grey = bright.picture.mean(axis=2, keepdims=True)
    pale = grey + 0.5 * (bright.picture - grey)
    dim = bright.with_(np.round(pale * 0.6).astype(np.uint8))
    after = apply(f"lipstick:shade=petal,{FULL}", dim)
    keep("after", after.picture)
    skin = dim.masks.upper + dim.masks.lower + dim.masks.inner == 0
    assert lab(after)[after.lips, 0].mean() < np.percentile(lab(dim)[skin, 0], 90)


def test_coloured_light_colours_the_shade() -> None:
    orange = portrait().picture * np.array([1, 0.62, 0.3])
    warm = apply(f"lipstick:shade=mauve,{FULL}", portrait().with_(np.round(orange).astype(np.uint8)))
    plain = apply(f"lipstick:shade=mauve,{FULL}", portrait())
    assert lab(warm)[warm.lips, 2].mean() > lab(plain)[plain.lips, 2].mean() + 8


def test_shine_has_the_colour_of_the_light(keep: Keep) -> None:
    """In blue light a highlight on red paint is blue; a grey one would look pink."""
    blue = portrait().with_(np.round(portrait().picture * np.array([0.6, 0.8, 1])).astype(np.uint8))
    after = apply("lipstick:shade=ruby,finish=vinyl", blue)
    keep("after", after.picture)
    added = (lab(after) - lab(apply("lipstick:shade=ruby,finish=matte", blue)))[..., 0]
    shine = lab(after)[blue.lips & (added >= np.percentile(added[blue.lips], 97))].mean(axis=0)
    white = to_lab(white_of(scene_of(blue)))
    assert shine[2] / (shine[0] + 16) < 0.8 * white[2] / (white[0] + 16)


def test_shimmer_stays_on_the_skin(keep: Keep) -> None:
    """The grain of a mouth that has moved, turned and grown, brought back, is the grain that it had."""
    still = portrait("medium")
    height, width = still.picture.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), 5, 1.06) + np.array([[0, 0, 3.4], [0, 0, -2.3]])
    picture = cv2.warpAffine(
        still.picture, move, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    points = still.face.points @ move[:, :2].T + move[:, 2]
    moved = Portrait(np.asarray(picture, np.uint8), dataclasses.replace(still.face, points=points))
    grains = [
        lab(apply("lipstick:finish=shimmer", on))[..., 0] - lab(apply("lipstick:finish=satin", on))[..., 0]
        for on in (still, moved)
    ]
    back = cv2.warpAffine(grains[1], move, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    for name, grain in (("still", grains[0]), ("back", back)):
        keep(name, np.clip(128 + 6 * grain, 0, 255).astype(np.uint8))
    assert np.std(grains[0][still.lips]) > 1
    assert np.corrcoef(grains[0][still.lips], back[still.lips])[0, 1] > 0.9


def test_glints_are_small_and_the_whole_does_not_flicker(keep: Keep) -> None:
    rng, (height, width) = np.random.default_rng(0), (90, 200)
    along, across = np.meshgrid(np.linspace(0, 1, width), np.linspace(-1, 1, height))
    lips = np.asarray(along, np.float32), np.asarray(across, np.float32)
    flakes = shine.scattered(rng)
    shown = [shine.glints(*lips, 200.0, time, flakes) for time in np.arange(0, 3, 0.04)]
    keep("glints", np.clip(shown[0] * 255, 0, 255).astype(np.uint8))
    peak = np.unravel_index(int(shown[0].argmax()), shown[0].shape)
    around = shown[0][peak[0] - 3 : peak[0] + 4, peak[1] - 3 : peak[1] + 4]
    assert 1 <= (around > 0.5 * around.max()).sum() <= 6
    means = np.array([picture.mean() for picture in shown])
    assert means.std() / means.mean() < 0.05
    assert np.abs(shown[20] - shown[0]).max() > 0.3


@pytest.mark.parametrize("skin", SKINS)
def test_nude_over_red_leaves_no_outline(skin: str, keep: Keep) -> None:
    """Where lips thin out into skin, half of the red would stay if the nude were only blended over it."""
    bare, nude_shade = portrait(skin), "lipstick:shade=almond,opacity=1,coverage=1,finish=matte"
    nude, red = apply(nude_shade, bare), apply(f"lipstick:shade=ruby,{FULL}", bare)
    over = apply(nude_shade, red)
    keep("over", over.picture)
    lips = bare.masks.upper + bare.masks.lower
    for least, most, much in ((0.1, 0.9, 0.35), (0.1, 0.5, 0.6)):
        edge = (lips > least) & (lips < most) & (bare.masks.inner < 0.01)
        left = difference(lab(over)[edge], lab(nude)[edge]).mean()
        assert left < much * difference(lab(red)[edge], lab(bare)[edge]).mean()
        redness = [
            (lab(one)[edge, 1] - lab(other)[edge, 1]).mean() for one, other in ((over, nude), (red, bare))
        ]
        assert abs(redness[0]) < 0.15 * redness[1] + 0.25  # a tenth of what can be seen


def test_what_was_told_of_the_light_can_be_overruled() -> None:
    dark = portrait().with_(np.round(portrait().picture * 0.4).astype(np.uint8))
    wanted = to_lab(to_linear(parse_hex(SHADES["rose"])))
    seen = {
        more: lab(apply(f"lipstick:shade=rose,{FULL}{more}", dark))[dark.lips].mean(axis=0)
        for more in ("", ",match=0", ",exposure=1", ",saturation=0", ",warmth=1")
    }
    assert difference(seen[",match=0"], wanted) < 5 < difference(seen[""], wanted)
    assert seen[",exposure=1"][0] > seen[""][0] + 5
    assert np.hypot(*seen[",saturation=0"][1:]) < 3
    assert seen[",warmth=1"][2] > seen[""][2] + 3


@pytest.mark.parametrize("skin", SKINS)
def test_whitening_changes_teeth_and_nothing_else(skin: str, keep: Keep) -> None:
    before = portrait(skin)
    yellow = np.where(before.teeth[..., None], before.picture * np.array([0.9, 0.82, 0.6]), before.picture)
    stained = before.with_(np.round(yellow).astype(np.uint8))
    after = apply("teeth-whiten:amount=1", stained)
    keep("after", after.picture)
    teeth = before.teeth
    assert lab(after)[teeth, 2].mean() < 0.5 * lab(stained)[teeth, 2].mean()
    assert lab(after)[teeth, 0].mean() > lab(stained)[teeth, 0].mean() + 1
    assert np.abs(after.picture[stained.lips].astype(int) - stained.picture[stained.lips]).mean() < 1


def test_whitening_leaves_tongue_and_darkness(keep: Keep) -> None:
    before = portrait()
    for colour in ((190, 95, 100), (45, 22, 22)):
        picture = np.where(before.masks.inner[..., None] > 0.5, np.array(colour), before.picture)
        mouth = before.with_(picture.astype(np.uint8))
        after = apply("teeth-whiten:amount=1", mouth)
        keep(f"after-{colour[0]}", after.picture)
        inside = before.masks.inner > 0.95
        assert np.abs(after.picture[inside].astype(int) - mouth.picture[inside]).mean() < 2


def test_liner_follows_the_outer_contour_only() -> None:
    before = portrait()
    change = np.abs(apply("liner:width=0.03,opacity=1", before).picture.astype(float) - before.picture).mean(
        axis=2
    )
    mouth = np.asarray(before.masks.upper + before.masks.lower + before.masks.inner > 0.5, np.uint8)
    away = cv2.distanceTransform(mouth, cv2.DIST_L2, 5) + cv2.distanceTransform(1 - mouth, cv2.DIST_L2, 5)
    width = 0.03 * before.face.mouth_width
    assert change[away < 0.4 * width].mean() > 10
    assert change[away > 2.5 * width].mean() < 0.3


def test_a_line_outside_the_edge_leaves_the_edge() -> None:
    before = portrait()
    away = [
        np.abs(
            apply(f"liner:width=0.02,opacity=1,outside={far}", before).picture.astype(float) - before.picture
        )
        for far in (0, 0.04)
    ]
    mouth = before.masks.upper + before.masks.lower + before.masks.inner
    outside = cv2.distanceTransform(np.asarray(mouth < 0.5, np.uint8), cv2.DIST_L2, 5)
    ring = (outside > 0.03 * before.face.mouth_width) & (outside < 0.05 * before.face.mouth_width)
    assert away[1][ring].mean() > 3 * away[0][ring].mean()
    assert away[1][mouth > 0.9].mean() < 0.5 * away[0][mouth > 0.9].mean()


@pytest.mark.parametrize("finish", ["shimmer", "glitter"])
def test_glints_are_as_soft_as_the_picture(finish: str, keep: Keep) -> None:
    sharp = portrait()
    soft = dataclasses.replace(sharp, face=dataclasses.replace(sharp.face, scene=Scene(softness=5.0)))
    steepest, light = [], []
    for name, before in (("sharp", sharp), ("soft", soft)):
        after = apply(f"lipstick:shade=ruby,finish={finish}", before)
        keep(name, after.picture)
        glow = lab(after)[..., 0] - lab(apply("lipstick:shade=ruby", before))[..., 0]
        steepest.append(np.percentile(np.hypot(*np.gradient(glow))[before.lips], 99))
        light.append(glow[before.lips].mean())
    assert steepest[1] < 0.5 * steepest[0]
    assert 0.7 < light[1] / light[0] < 2


@pytest.mark.parametrize("outside", [0, 0.04])
def test_a_line_is_as_soft_as_the_picture_that_it_is_drawn_into(outside: float) -> None:
    sharp = portrait()
    soft = dataclasses.replace(sharp, face=dataclasses.replace(sharp.face, scene=Scene(softness=7.0)))
    steepest, pigment = [], []
    for before in (sharp, soft):
        after = apply(f"liner:shade=plum,width=0.03,opacity=1,outside={outside}", before)
        change = np.abs(lab(after)[..., 0] - lab(before)[..., 0])
        steepest.append(np.percentile(np.hypot(*np.gradient(change)), 99.5))
        pigment.append(change.sum())
    assert steepest[1] < 0.6 * steepest[0]
    assert 0.75 < pigment[1] / pigment[0] < 1.25


@pytest.mark.parametrize(("lips", "other"), [("upper", "lower"), ("lower", "upper")])
def test_one_lip_alone_can_be_made_up(lips: str, other: str) -> None:
    before = portrait()
    change = np.abs(
        apply(f"lipstick:shade=violet,lips={lips}", before).picture.astype(float) - before.picture
    )
    assert change[getattr(before.masks, lips) > 0.99].mean() > 20
    assert change[getattr(before.masks, other) > 0.99].mean() < 0.5


def test_ombre_is_one_shade_inside_and_another_outside() -> None:
    before = portrait()
    after = lab(apply("ombre:inner=peach,outer=espresso,opacity=1,coverage=1,finish=matte", before))
    across = np.abs(lip_coordinates(before.face.points, before.picture.shape[:2])[1])
    lips = before.masks.upper + before.masks.lower > 0.8
    inside, outside = after[lips & (across < 0.45)], after[lips & (across > 0.75)]
    shades = [to_lab(to_linear(parse_hex(SHADES[shade]))) for shade in ("peach", "espresso")]
    for found, (near, far) in ((inside.mean(axis=0), shades), (outside.mean(axis=0), shades[::-1])):
        assert difference(found, near) < 0.7 * difference(found, far)


def test_gloss_brightens_highlights_and_keeps_the_hue() -> None:
    before = portrait("deep")
    after = apply("gloss:amount=1", before)
    assert lightness_of_highlights(after) > lightness_of_highlights(before) + 5
    hues = [np.arctan2(*np.median(lab(on)[before.lips], axis=0)[[2, 1]]) for on in (before, after)]
    assert abs(hues[0] - hues[1]) < 0.1


def test_tint_colours_and_keeps_the_relief() -> None:
    before = portrait("medium")
    after = apply("tint:shade=fuchsia,amount=1", before)
    assert np.median(difference(lab(before)[before.lips], lab(after)[before.lips])) > 8
    assert np.corrcoef(detail(before), detail(after))[0, 1] > 0.98


@pytest.mark.parametrize("turn", [0.0, 0.7, 3.0])
@pytest.mark.parametrize("opening", [0.0, 0.02, 0.15])
def test_plump_never_folds(opening: float, turn: float) -> None:
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    x, y = plump.warp(outline(90, opening) @ turned + 90, (180, 180), 1.0)
    (x_down, x_right), (y_down, y_right) = np.gradient(x), np.gradient(y)
    jacobian = x_right * y_down - x_down * y_right
    assert jacobian.min() > 0.2
    rows, columns = np.mgrid[:180, :180]
    moved = np.hypot(x - columns, y - rows)
    assert 2 < moved.max() < 10
    assert moved[[0, -1]].max() < 0.1
    assert moved[:, [0, -1]].max() < 0.1


def test_plump_makes_lips_fuller_and_leaves_teeth() -> None:
    red = apply(f"lipstick:shade=ruby,{FULL}", portrait())
    after = apply("plump:amount=1", red)
    vivid = [int((lab(on)[..., 1] > 40).sum()) for on in (red, after)]
    assert vivid[1] > 1.1 * vivid[0]
    assert np.abs(after.picture[red.teeth].astype(int) - red.picture[red.teeth]).mean() < 6


@pytest.mark.parametrize("paint", ["lipstick:shade=ruby", "liner:opacity=1,width=0.03"])
def test_what_follows_plump_meets_the_fuller_lips(paint: str, keep: Keep) -> None:
    """Fuller lips that are painted are painted lips made fuller; drawn on the old outline they are not."""
    before = portrait()
    after = apply(f"plump:amount=1+{paint}", before)
    old_outline = apply(paint, apply("plump:amount=1", before))
    painted = apply(f"{paint}+plump:amount=1", before)
    for name, on in (("after", after), ("painted", painted), ("old", old_outline)):
        keep(name, on.picture)
    errors = [np.abs(on.picture.astype(float) - painted.picture).mean() for on in (after, old_outline)]
    assert errors[0] < 0.5 * errors[1]


def test_the_matte_after_plump_is_fuller() -> None:
    areas = [apply(chain, portrait()).picture.sum(dtype=float) for chain in ("mask", "plump:amount=1+mask")]
    assert 1.1 * areas[0] < areas[1] < 2 * areas[0]


@pytest.mark.parametrize("effect", ["blur", "pixelate"])
def test_privacy_leaves_no_edge_between_lips_and_teeth(effect: str) -> None:
    before = portrait()
    after = apply(effect, before)
    inner = np.asarray(before.masks.inner > 0.5, np.uint8)
    edge = np.asarray(cv2.morphologyEx(inner, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))) > 0
    steps = [np.abs(cv2.Laplacian(lab(on)[..., 0], cv2.CV_32F))[edge].mean() for on in (before, after)]
    assert steps[1] < 0.25 * steps[0]


@pytest.mark.parametrize("effect", ["blur", "pixelate"])
def test_privacy_leaves_little_of_what_a_mouth_says(effect: str) -> None:
    """Of the spread between dark opening, teeth and lips, by which speech is read, a quarter at most."""
    before = portrait()
    after = apply(effect, before)
    mouth = before.masks.upper + before.masks.lower + before.masks.inner > 0.5
    spread = [float(lab(on)[mouth, 0].std()) for on in (before, after)]
    assert spread[1] < 0.25 * spread[0]


def test_cutout_is_transparent_where_no_lips_are() -> None:
    before = portrait()
    cut = apply("cutout", before)
    outside = before.masks.upper + before.masks.lower == 0
    assert (cut.picture[outside] == 128).all()
    assert np.abs(cut.picture[before.lips].astype(int) - before.picture[before.lips]).max() <= 2


def test_the_guide_names_every_shade() -> None:
    guide = (Path(__file__).parents[2] / "effects" / "README.md").read_text()
    for family, shades in FAMILIES.items():
        assert f"| {family} | {', '.join(shades)} |" in guide
