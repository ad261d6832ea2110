"""What the trade has beside colour: gradients, stain, glitter, palettes, swatches, bare and smooth lips."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from lipfx_effects.paint.shine import Twinkle, glints, scattered
from lipfx_effects.paint.swatch import shade_of_swatch
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000

from lipfx.core.colour import parse_hex, to_lab, to_linear
from lipfx.core.values import Float32
from lipfx.effects.lipspace import lip_coordinates
from lipfx.effects.registry import parse_chain
from lipfx.errors import ParameterError
from tests.conftest import Keep
from tests.helpers.commands import ROOT, blocks
from tests.helpers.portraits import SKINS, Portrait, apply, lab, portrait

FULL = "opacity=1,coverage=1"


def apart(first: Float32, second: Float32) -> float:
    return float(np.mean(deltaE_ciede2000(first, second)))


def of_hex(code: str) -> Float32:
    return to_lab(to_linear(parse_hex(code)))


def change(before: Portrait, after: Portrait) -> NDArray[np.float64]:
    """(h, w) levels by which a picture has changed."""
    return np.asarray(np.abs(after.picture.astype(float) - before.picture).mean(axis=2))


def places(of: Portrait) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pixels of lips near the mouth's opening and near their outer edge, in the mouth's middle third."""
    along, across, _ = lip_coordinates(of.face.points, (of.picture.shape[0], of.picture.shape[1]))
    middle = of.lips & (np.abs(along - 0.5) < 0.2)
    return middle & (np.abs(across) < 0.3), middle & (np.abs(across) > 0.75)


@pytest.mark.parametrize(("gradient", "strong"), [("inside", 0), ("outside", 1)])
def test_a_gradient_fades_from_where_it_is_named(gradient: str, strong: int, keep: Keep) -> None:
    before = portrait()
    after = apply(f"lipstick:shade=wine,{FULL},gradient={gradient}", before)
    keep("after", after.picture)
    seen = [change(before, after)[place].mean() for place in places(before)]
    assert seen[strong] > 2.5 * seen[1 - strong]


def test_a_stain_is_blotted_and_keeps_texture(keep: Keep) -> None:
    before = portrait()
    stain, satin = (apply(f"lipstick:shade=wine,{FULL},finish={name}", before) for name in ("stain", "satin"))
    keep("stain", stain.picture)
    inside, outside = places(before)
    left = [
        change(before, stain)[place].mean() / change(before, satin)[place].mean()
        for place in (inside, outside)
    ]
    assert left[0] > 0.6
    assert left[1] < 0.7 * left[0]


def test_glitter_flashes_where_shimmer_glows() -> None:
    """Fewer flakes, each as small, dark for most of the time; the whole keeps its brightness."""
    along, across = np.meshgrid(np.linspace(0, 1, 200), np.linspace(-1, 1, 90))
    lips, flakes = (
        (np.asarray(along, np.float32), np.asarray(across, np.float32)),
        scattered(np.random.default_rng(0)),
    )
    times = np.arange(0, 3, 0.04)
    shimmer, glitter = (
        np.array([glints(*lips, 200.0, float(t), flakes, twinkle) for t in times])
        for twinkle in (Twinkle(), Twinkle(0.35, 1.0))
    )
    assert (glitter > 0.2).mean() < 0.6 * (shimmer > 0.2).mean()
    bright = glitter.max(axis=0) > 0.5
    assert (glitter[:, bright] > 0.25).mean() < 0.7 * (shimmer[:, bright] > 0.25).mean()
    means = glitter.mean(axis=(1, 2))
    assert means.std() / means.mean() < 0.08


@pytest.mark.parametrize("skin", SKINS)
def test_lipstick_comes_off(skin: str, keep: Keep) -> None:
    bare = portrait(skin)
    worn = apply(f"lipstick:shade=magenta,{FULL}", bare)
    off = apply("lipstick-remove", worn)
    keep("off", off.picture)
    natural, red, back = (lab(on)[bare.lips].mean(axis=0) for on in (bare, worn, off))
    assert apart(back, natural) < 0.35 * apart(red, natural)
    assert change(worn, off)[bare.masks.upper + bare.masks.lower == 0].max() == 0


def test_chapped_lips_become_smooth(keep: Keep) -> None:
    plain = portrait()
    rng = np.random.default_rng(0)
    flakes = cv2.GaussianBlur(np.asarray(rng.random(plain.picture.shape[:2]) > 0.93, np.float32), (0, 0), 1.0)
    lips = np.minimum(plain.masks.upper + plain.masks.lower, 1)
    picture = (
        plain.picture
        + (np.clip(flakes * 3, 0, 1) * lips)[..., None] * (np.array([235, 215, 205]) - plain.picture) * 0.5
    )
    chapped = plain.with_(np.round(picture).astype(np.uint8))
    smooth = apply("lips-smooth:amount=1", chapped)
    keep("chapped", chapped.picture)
    keep("smooth", smooth.picture)
    rough = [
        float((lab(on)[..., 0] - cv2.GaussianBlur(lab(on)[..., 0], (0, 0), 4))[plain.lips].std())
        for on in (chapped, smooth)
    ]
    assert rough[1] < 0.6 * rough[0]
    assert apart(lab(smooth)[plain.lips].mean(axis=0), lab(chapped)[plain.lips].mean(axis=0)) < 4


def test_whiter_teeth_do_not_glow() -> None:
    """Never whiter than dentists bleach to; what lies in shadow stays darker than what is lit."""
    before = portrait()
    teeth = before.teeth
    for level in (0.35, 0.6, 1.0, 1.4):
        picture = np.where(teeth[..., None], before.picture * level, before.picture)
        mouth = before.with_(np.clip(np.round(picture), 0, 255).astype(np.uint8))
        after = apply("teeth-whiten:amount=1", mouth)
        lightness = [lab(on)[teeth, 0] for on in (mouth, after)]
        assert (lightness[1] - lightness[0]).max() < 12
        assert np.percentile(lightness[1], 95) < max(88, np.percentile(lightness[0], 95) + 1)
        assert np.corrcoef(*lightness)[0, 1] > 0.97


def test_plump_is_seen_at_its_default() -> None:
    areas = [apply(chain, portrait()).picture.sum(dtype=float) for chain in ("mask", "plump+mask")]
    assert areas[1] > 1.12 * areas[0]


def test_pixelate_shows_no_curve_of_its_region() -> None:
    """A square is of one colour but where it holds some of the mouth."""
    rng = np.random.default_rng(0)
    noisy = portrait()
    noisy = noisy.with_(rng.integers(0, 255, noisy.picture.shape).astype(np.uint8))
    after = apply("pixelate:size=0.1", noisy).picture.astype(float)
    same = np.abs(np.diff(after, axis=1)).max(axis=2) <= 1
    runs = [
        len(run) for row in same for run in "".join("1" if x else "0" for x in row).split("0") if len(run) > 1
    ]
    assert sum(runs) > 0.2 * same.size
    mouth = noisy.masks.upper + noisy.masks.lower + noisy.masks.inner > 0.5
    assert np.abs(after - noisy.picture)[mouth].mean() > 30


def write_palette(path: Path) -> Path:
    """The one that the page of effects shows."""
    (shown,) = [text for language, text in blocks(ROOT / "effects" / "README.md") if language == "json"]
    path.write_text(shown)
    return path


def test_a_palette_brings_colours_and_how_they_shine(tmp_path: Path) -> None:
    palette = write_palette(tmp_path / "brand.json")
    named = apply(f'lipstick:shade="{palette}:velvet rope"', portrait())
    assert np.array_equal(named.picture, apply("lipstick:shade=#7a1120,finish=matte", portrait()).picture)
    chosen = apply(f'lipstick:shade="{palette}:velvet-rope",finish=gloss', portrait())
    assert np.array_equal(chosen.picture, apply("lipstick:shade=#7a1120,finish=gloss", portrait()).picture)
    plain = apply(f'lipstick:shade="{palette}:bare"', portrait())
    assert np.array_equal(plain.picture, apply("lipstick:shade=#c4897d,finish=satin", portrait()).picture)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ('{"shades": {"Bare": "#c4897d"}}', "Bear", "did you mean bare"),
        ('{"shades": {"Bare": {"colour": "#c4897d", "finish": "wet"}}}', "Bare", "is no palette"),
        ('{"shades": {"Bare": "reddish"}}', "Bare", "neither a colour"),
        ("[", "Bare", "is no palette"),
        ("[" * 100_000, "Bare", "is no palette"),
    ],
)
def test_a_palette_that_is_none(content: str, name: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "brand.json"
    path.write_text(content)
    with pytest.raises(ParameterError, match=words) as told:
        parse_chain(f'lipstick:shade="{path}:{name}"')
    assert "\n" not in str(told.value)


def test_a_palette_that_is_missing() -> None:
    with pytest.raises(ParameterError, match="is not a file"):
        parse_chain('tint:shade="nowhere.json:Bare"')


def swatch(colour: str, on: str, light: tuple[float, float, float] = (1, 1, 1)) -> Float32:
    """(h, w, 3) linear: a smear of a colour, with shine and a dark case, on something, in some light."""
    ground, paint, case = (to_linear(parse_hex(code)) for code in (on, colour, "#202020"))
    picture = np.tile(ground, (200, 300, 1))
    cv2.ellipse(picture, (150, 100), (70, 45), 20, 0, 360, [float(x) for x in paint], -1)
    cv2.ellipse(picture, (140, 85), (18, 8), 20, 0, 360, (0.9, 0.9, 0.9), -1)
    cv2.rectangle(picture, (200, 30), (240, 60), [float(x) for x in case], -1)
    noise = np.random.default_rng(0).normal(1, 0.03, picture.shape)
    return np.asarray(cv2.GaussianBlur(picture * noise, (0, 0), 1) * np.array(light), np.float32)


@pytest.mark.parametrize("ground", ["#f4f4f2", "#c99a80", "#5a3a2a", "#7d8a94"])
@pytest.mark.parametrize("colour", ["#9b1127", "#bf1f6e", "#4f1f45"])
def test_a_swatch_gives_its_shade(colour: str, ground: str) -> None:
    found = shade_of_swatch(swatch(colour, ground))
    assert found is not None
    assert apart(found, of_hex(colour)) < 5


def test_paper_tells_the_light_on_a_swatch() -> None:
    found = shade_of_swatch(swatch("#9b1127", "#f4f4f2", (1.0, 0.8, 0.6)))
    assert found is not None
    assert apart(found, of_hex("#9b1127")) < 5


def test_a_bullet_is_told_from_its_golden_case() -> None:
    picture = np.tile(to_linear(parse_hex("#ececec")), (300, 200, 1))
    for code, (x0, y0, x1, y1) in {"#c9a24a": (70, 150, 130, 280), "#a8122d": (80, 60, 120, 150)}.items():
        cv2.rectangle(picture, (x0, y0), (x1, y1), [float(x) for x in to_linear(parse_hex(code))], -1)
    found = shade_of_swatch(np.asarray(picture, np.float32))
    assert found is not None
    assert apart(found, of_hex("#a8122d")) < 5


def test_lipstick_from_a_swatch(tmp_path: Path) -> None:
    photo = tmp_path / "swatch.png"
    picture = np.full((200, 300, 3), 245, np.uint8)
    cv2.circle(picture, (150, 100), 60, (39, 17, 155), -1)
    cv2.imwrite(str(photo), picture)
    after = apply(f'lipstick:from="{photo}",{FULL},finish=matte', portrait())
    assert apart(lab(after)[after.lips].mean(axis=0), of_hex("#9b1127")) < 9
