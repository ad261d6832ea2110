"""Owns taking a shade from a photograph: the colour of the lips found in it; must not know parameters."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from lipfx.core.colour import from_lab, to_lab
from lipfx.core.planar import read_patch
from lipfx.core.values import Float32
from lipfx.effects.base import Space
from lipfx.masks.mouth import mouth_box, mouth_masks
from lipfx_effects.paint.light import scene_light

MARGIN = 0.25


@lru_cache(maxsize=8)
def shade_in_photo(path: str) -> Float32:
    """(3,) Lab, in neutral light, of the lips of the largest face in a photograph.

    Raises:
        ValueError: there is no such photograph, or no lips are found in it.
        WeightsError: the weights that find them are missing.
    """
    if not Path(path).is_file():
        raise ValueError(f"from={path} is not a file; name a photograph of a face")
    from lipfx.pipeline.analysis import Analysis
    from lipfx.tcnn.cascade import Cascade
    from lipfx.video.source import open_source

    with open_source(path) as reader:
        frame, found = next(Analysis(Cascade.load(), still=True).follow(reader))
    if not found.faces:
        raise ValueError(
            f"from={path} shows no face that is found; name a photograph with clearly visible lips"
        )
    face = max(found.faces, key=lambda face: face.mouth_width)
    box = mouth_box(face, frame.width, frame.height, frame.format, MARGIN)
    masks = mouth_masks(face, box)
    return shade_of(
        read_patch(frame, box, Space.LINEAR), masks.upper + masks.lower, masks.inner, face.mouth_width
    )


def shade_of(rgb: Float32, lips: Float32, inner: Float32, width: float) -> Float32:
    """(3,) Lab, in neutral light, of the body of lips: neither their highlights nor their creases.

    rgb: (h, w, 3) linear. lips, inner: (h, w) 0..1. width: of the mouth in pixels.
    """
    lab = to_lab(rgb)
    light = scene_light(rgb, lips, inner, width)
    colours = lab[lips > min(0.9, 0.9 * float(lips.max()))]
    low, high = np.quantile(colours[:, 0], (0.2, 0.8))
    body = colours[(colours[:, 0] >= low) & (colours[:, 0] <= high)].mean(axis=0)
    return to_lab(np.asarray(from_lab(body) / light.rgb, np.float32))
