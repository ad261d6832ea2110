"""How soft the edge of painted lips is told, whatever blurs it; bare lips have none to hide."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import lipfx
from lipfx.core.values import Float64
from lipfx.lighting.softness import softness
from lipfx.lighting.steady import SteadyLight
from lipfx.video.stills.images import to_frame
from tests.lighting.test_light import people

RED = "lipstick:shade=ruby,opacity=1,coverage=1,finish=matte"
Picture = NDArray[np.uint8]


@lru_cache(maxsize=1)
def painted() -> list[tuple[Picture, Float64]]:
    """The portraits with red lips."""
    red = lipfx.process_frames([picture for picture, _ in people()], RED, rate=None)
    return [(picture, points) for picture, (_, points) in zip(red, people(), strict=True)]


def told(picture: Picture, points: Float64) -> float:
    found = softness(to_frame(picture, 0), points)
    assert found is not None
    return found


def blurred(picture: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


@pytest.mark.parametrize("sigma", [1.0, 2.0])
def test_a_blur_is_told_by_the_edge_of_lipstick(sigma: float) -> None:
    for picture, points in painted():
        expected = math.hypot(told(picture, points), 2.563 * sigma)
        assert told(blurred(picture, sigma), points) == pytest.approx(expected, rel=0.25)


def test_exposure_changes_nothing() -> None:
    for picture, points in painted():
        darker = np.asarray(np.round(picture * 0.5), np.uint8)
        assert told(darker, points) == pytest.approx(told(picture, points), rel=0.1)


def test_bare_lips_fade_by_themselves() -> None:
    for (bare, points), (worn, _) in zip(people(), painted(), strict=True):
        soft = [told(blurred(picture, 2.0), points) for picture in (bare, worn)]
        assert 0.3 * soft[1] < soft[0] < 0.85 * soft[1]


def test_a_mouth_of_few_pixels_tells_nothing() -> None:
    picture, points = painted()[0]
    small = cv2.resize(picture, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    assert softness(to_frame(np.asarray(small, np.uint8), 0), 0.15 * points) is None


def test_live_what_was_taken_for_paint_once_is_forgotten() -> None:
    steady = SteadyLight(0)
    for k in range(100):
        steady.add(0.2 * k, np.full((6, 3), [0.6, 0.5, 0.45]))
        steady.add_softness(0.2 * k, 5.0 if k == 0 else 0.0)
        scene = steady.at(0.2 * k)
    assert scene is not None
    assert scene.softness == 0


def test_within_a_shot_it_is_the_usual_one_and_hardly_moves() -> None:
    steady, found = SteadyLight(0.5), []
    for k in range(100):
        time = 0.04 * k
        if steady.is_due(time):
            steady.add(time, np.full((6, 3), [0.6, 0.5, 0.45]))
            if steady.is_focus_due(time):
                steady.add_softness(time, 9.0 if k == 30 else 4.0)
        scene = steady.at(time)
        assert scene is not None
        found.append(scene.softness)
    assert found[0] == 4.0
    assert max(found) < 4.1
