"""Paint belongs in the picture: light is told alike on every skin; what changes a picture changes paint."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

import lipfx
from lipfx.core.values import Float64, Scene
from lipfx.lighting.estimate import estimate
from lipfx.lighting.measure import EYES, SKIN, measure
from lipfx.lighting.steady import SteadyLight
from lipfx.video.stills.images import to_frame

PORTRAITS = Path(__file__).parents[2] / "docs" / "gallery" / "portraits"
SHADES = np.array([[0.82, 0.0, 0.09], [0.35, 0.10, 0.24], [0.85, 0.64, 0.55]])
Change = Callable[[Float64], Float64]


def read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.asarray(picture[..., ::-1].copy(), np.uint8)


@lru_cache(maxsize=1)
def people() -> list[tuple[NDArray[np.uint8], Float64]]:
    """Portraits as RGB and the landmarks of their lips, from the deepest skin to the lightest."""
    pictures = [read(p) for p in sorted(PORTRAITS.glob("*.jpg"))]
    faces = list(lipfx.find_faces(pictures, rate=None))
    found = [(p, f.faces[0].points) for p, f in zip(pictures, faces, strict=True)]
    return sorted(found, key=lambda one: float(measure(to_frame(one[0], 0), one[1])[SKIN].mean()))


def scene(picture: Float64 | NDArray[np.uint8], points: Float64) -> Scene:
    return estimate(measure(to_frame(np.round(picture).clip(0, 255).astype(np.uint8), 0), points))


def apart(one: Float64, other: Float64) -> Float64:
    """CIEDE2000 of encoded RGB 0..1."""
    return np.asarray(deltaE_ciede2000(*(rgb2lab(x.clip(0, 1)[None])[0] for x in (one, other))))


def light(*gains: float) -> Change:
    """Other light: factors on linear RGB, which on encoded RGB are powers of them."""
    return lambda x: ((x / 255 + 0.055) * np.array(gains) ** (1 / 2.4) - 0.055) * 255


def grade(contrast: float, lift: float, saturation: float, tint: tuple[float, float, float]) -> Change:
    def change(x: Float64) -> Float64:
        grey = (x @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
        return np.asarray((grey + (x - grey) * saturation) * contrast + lift + np.array(tint))

    return change


CHANGES: dict[str, Change] = {
    "two stops darker": light(0.25, 0.25, 0.25),
    "warmer": light(1.2, 0.9, 0.6),
    "cooler": light(0.72, 1.0, 1.35),
    "faded": grade(0.7, 40, 0.7, (4, 0, -2)),
    "black and white": grade(1, 0, 0, (0, 0, 0)),
    "teal night": grade(0.6, 30, 0.5, (-12, 6, 18)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_the_picture_changes_the_paint(name: str) -> None:
    for picture, points in people():
        wanted = CHANGES[name](scene(picture, points).shows(SHADES) * 255) / 255
        seen = scene(CHANGES[name](picture.astype(np.float64)), points).shows(SHADES)
        assert apart(seen, wanted).mean() < 8
        assert apart(seen, wanted).mean() < 0.6 * max(apart(SHADES, wanted).mean(), 8)


def test_a_grey_picture_has_grey_paint() -> None:
    for picture, points in people():
        grey = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
        assert np.ptp(scene(grey, points).shows(SHADES), axis=-1).max() < 0.02


def test_deep_skin_is_no_dark_room() -> None:
    """The red that was asked for, on every skin in the same studio."""
    reds = [scene(picture, points).shows(SHADES[0])[0] for picture, points in people()]
    assert min(reds[:2]) > 0.65
    assert np.ptp(reds) < 0.25


def test_a_close_up_without_eyes_is_told_from_skin_and_what_is_bright() -> None:
    for picture, points in people():
        top = int(points[:, 1].min() - 0.6 * np.ptp(points[:, 0]))
        cropped = measure(to_frame(np.ascontiguousarray(picture[top:]), 0), points - (0, top))
        assert np.isnan(cropped[EYES]).all()
        assert 0.6 < estimate(cropped).white.mean() < 1.2


def looks(
    seconds: float, level: Callable[[float], float], noise: float = 0.02
) -> list[tuple[float, Float64]]:
    """What frames of a face tell, 25 a second."""
    rng = np.random.default_rng(0)
    skin = np.array([0.65, 0.5, 0.43])
    lips = np.array([0.6, 0.38, 0.38])
    face = np.array([skin, 0.4 * skin, 1.15 * skin, 1.08 * skin, [0.9, 0.9, 0.9], lips])
    times = np.arange(0, seconds, 0.04)
    return [(t, face * level(t) * rng.normal(1, noise, (6, 1))) for t in times]


def followed(told: list[tuple[float, Float64]], ahead: float) -> list[Scene]:
    """The light at each time, told `ahead` seconds before it is asked for."""
    steady, coming, scenes = SteadyLight(ahead), list(told), []
    for time, _ in told:
        while coming and coming[0][0] <= time + ahead:
            when, colours = coming.pop(0)
            if steady.is_due(when):
                steady.add(when, colours)
        found = steady.at(time)
        assert found is not None
        scenes.append(found)
    return scenes


def test_steady_light_stays_within_one_percent_a_second() -> None:
    whites = np.array([s.white for s in followed(looks(6, lambda _t: 1.0), 0.5)])
    assert np.abs(whites[25:] / whites[:-25] - 1).max() < 0.01


@pytest.mark.parametrize("ahead", [0.0, 0.5])
def test_paint_follows_a_shadow_and_a_fade(ahead: float) -> None:
    scenes = followed(looks(6, lambda t: 0.55 if t > 3 else 1.0, noise=0), ahead)
    before, after = scenes[60].white.mean(), scenes[75 + 20].white.mean()
    assert after / before == pytest.approx(0.55, abs=0.08)
    steps = np.abs(np.diff([s.white.mean() for s in scenes]))
    assert steps.max() < (0.12 if ahead else 0.5)


def test_skin_that_alone_changes_is_a_face_that_moves() -> None:
    told = looks(6, lambda _t: 1.0, noise=0)
    for time, colours in told:
        if 3 < time < 3.6:
            colours[SKIN] *= 0.8
    whites = np.array([s.white.mean() for s in followed(told, 0.5)])
    assert np.abs(whites[25:] / whites[:-25] - 1).max() < 0.01


def test_blinking_changes_nothing() -> None:
    told = looks(6, lambda _t: 1.0, noise=0)
    for time, colours in told:
        if 3 < time < 3.3:
            colours[EYES] = colours[SKIN]
    whites = np.array([s.white.mean() for s in followed(told, 0.5)])
    assert np.abs(np.diff(whites)).max() < 0.001
