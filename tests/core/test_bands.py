"""Frames in bands are what they are as a whole, whatever their size and chroma."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lipfx.core.bands import bands
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Colour, Frame, Space
from lipfx.video.ffmpeg.formats import parse_format


@pytest.mark.parametrize("height", [1, 255, 256, 257, 513, 700])
@pytest.mark.parametrize("name", ["yuv420p", "yuv422p10le", "yuv410p", "yuv440p", "gbrp", "gray"])
def test_bands_are_the_whole(name: str, height: int) -> None:
    form, width = parse_format(name), 37
    assert form is not None
    random, top = np.random.default_rng(5), 2**form.bits
    shapes = form.plane_shapes(width, height)
    planes = tuple(random.integers(0, top, shape).astype(form.dtype) for shape in shapes)
    colour = Colour("gbr" if form.rgb else "bt709", "bt709", "bt709", full_range=form.rgb)
    frame = Frame(planes, form, colour, 0, 0, Fraction(1, 25), 1)
    whole = read_patch(frame, Box(0, 0, width, height), Space.ENCODED)
    parts = [read_patch(frame, band.box, Space.ENCODED)[band.part] for band in bands(width, height)]
    assert np.array_equal(np.concatenate(parts), whole)
