"""Effects look as they did when their pictures were last looked at.

LIPFX_WRITE_GOLDEN=1 writes the pictures anew; look at them before they are committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.effects.parameters import parameters
from lipfx.effects.registry import installed_effects, parse_chain
from tests.conftest import Keep
from tests.helpers.portraits import SKINS, apply, portrait

FOLDER = Path(__file__).with_name("golden")
CHAINS = {
    "lipstick": "lipstick",
    "lipstick-matte": "lipstick:shade=ruby,finish=matte,opacity=1,coverage=1",
    "lipstick-sheer": "lipstick:shade=plum,coverage=0.3",
    "lipstick-gloss": "lipstick:shade=coral,finish=gloss",
    "lipstick-shimmer": "lipstick:shade=rose,finish=shimmer",
    "lipstick-metallic": "lipstick:shade=cinnamon,finish=metallic",
    "teeth-whiten": "teeth-whiten:amount=1",
    "liner": "liner:width=0.05",
    "blur": "blur",
    "pixelate": "pixelate",
    "mask": "mask",
    "cutout": "cutout",
    "overlay": "overlay:text=false",
    "evening": "evening",
    "ombre": "ombre",
    "gloss": "gloss",
    "tint": "tint:shade=fuchsia",
    "plump": "plump:amount=1",
    "lipstick-stain": "lipstick:shade=wine,finish=stain",
    "lipstick-glitter": "lipstick:shade=wine,finish=glitter",
    "lipstick-gradient": "lipstick:shade=peony,gradient=inside",
    "lips-smooth": "lips-smooth:amount=1",
    "lipstick-remove": "lipstick-remove",
}


def test_every_effect_that_ships_has_a_picture() -> None:
    shipped = {e.name for e in installed_effects() if e.distribution == "lipfx"}
    assert shipped <= {chain.split(":")[0] for chain in CHAINS.values()}


@pytest.mark.parametrize("name", sorted({chain.split(":")[0] for chain in CHAINS.values()} - {"evening"}))
def test_every_choice_is_seen(name: str) -> None:
    """Of each parameter with choices, one at least changes the picture."""
    before = portrait()
    plain = apply(name, before).picture
    for parameter in parameters(type(parse_chain(name)[0])):
        others = [value for value in parameter.suggested if value != str(parameter.default).lower()]
        if parameter.choices or parameter.kind == "true or false":
            pictures = (apply(f"{name}:{parameter.name}={value}", before).picture for value in others)
            assert any(not np.array_equal(picture, plain) for picture in pictures), parameter.name


@pytest.mark.parametrize("name", CHAINS)
def test_looks_as_it_did(name: str, keep: Keep) -> None:
    actual = np.vstack([apply(CHAINS[name], portrait(skin)).picture for skin in SKINS])
    file = FOLDER / f"{name}.png"
    if os.environ.get("LIPFX_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(file), actual[..., ::-1])
    keep("actual", actual)
    stored = cv2.imread(str(file))
    assert stored is not None, f"{file} is missing; write it with LIPFX_WRITE_GOLDEN=1 and look at it"
    expected = stored[..., ::-1]
    difference = np.abs(actual.astype(int) - expected)
    keep("expected", expected)
    keep("difference", np.clip(difference * 8, 0, 255).astype(np.uint8))
    assert difference.mean() < 0.5
    assert np.percentile(difference, 99.5) <= 6
