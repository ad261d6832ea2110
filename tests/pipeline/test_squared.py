"""Owns the promise that faces are found in pictures whose pixels are not square."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.core.values import Frame
from lipfx.masks.mouth import label_map, mouth_box, mouth_masks
from lipfx.pipeline.faces import Networks
from lipfx.video.source import open_source


@pytest.fixture(scope="module")
def frames(talking: Path) -> list[Frame]:
    with open_source(talking, end=0.3) as reader:
        return list(reader)


def narrow(frame: Frame) -> Frame:
    """The frame with half of its columns."""
    return replace(
        frame,
        planes=tuple(
            np.asarray(cv2.resize(p, (p.shape[1] // 2, p.shape[0]), interpolation=cv2.INTER_AREA), np.uint8)
            for p in frame.planes
        ),
    )


def test_a_face_in_wide_pixels_is_where_it_is_in_square_ones(frames: list[Frame]) -> None:
    square = list(Networks(device="cpu").follow(frames))
    squeezed = [narrow(frame) for frame in frames]
    wide = list(Networks(device="cpu", pixel=Fraction(2)).follow(squeezed))
    assert [id(frame) for frame, _ in wide] == [id(frame) for frame in squeezed]
    for (frame, (one)), (small, (other)) in zip(square, wide, strict=True):
        (face,), (found,) = one.faces, other.faces
        expected = (face.points + 0.5) * (0.5, 1) - 0.5
        assert np.abs(found.points - expected).mean() < 0.03 * face.mouth_width
        shares = [
            np.count_nonzero(label_map(mouth_masks(f, mouth_box(f, p.width, p.height, p.format, 0.1))) > 0)
            for f, p in ((face, frame), (found, small))
        ]
        assert shares[1] == pytest.approx(shares[0] / 2, rel=0.1)
