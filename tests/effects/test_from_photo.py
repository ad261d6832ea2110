"""`lipstick:from=photo.jpg` wears what the lips in the photograph wear."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from lipfx.effects.registry import parse_chain
from lipfx.errors import ParameterError
from tests.helpers.portraits import apply, lab, portrait


def test_from_a_photograph(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), skimage.data.astronaut()[:300, 80:400, ::-1])
    before = portrait("deep")
    after = apply(f'lipstick:from="{photo}",opacity=1,coverage=1', before)
    natural = lab(portrait())[before.lips].mean(axis=0)
    apart = np.linalg.norm(lab(after)[before.lips].mean(axis=0) - natural)
    assert apart < 0.4 * np.linalg.norm(lab(before)[before.lips].mean(axis=0) - natural)


def test_a_photograph_that_is_missing_or_without_a_face(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is not a file"):
        parse_chain("lipstick:from=nowhere.jpg")
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((200, 200, 3), 128, np.uint8))
    with pytest.raises(ParameterError, match="no face"):
        parse_chain(f"lipstick:from={blank}")
