"""Owns taking a shade from a photograph: the colour of the lips found in it; must not know parameters."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipfx.effects import Box, Float32, Float64, from_lab, mouth_masks, to_lab, to_linear
from lipfx_effects.paint.light import scene_light

MARGIN = 0.25  # mouth widths around the mouth in which the light is read


@lru_cache(maxsize=8)
def shade_in_photo(path: str) -> Float32:
    """(3,) Lab, in neutral light, of the lips of the largest face in a photograph.

    Raises:
        ValueError: there is no such photograph, it cannot be read, or no lips are found in it.
        WeightsError: the weights that find them are missing.
    """
    import lipfx

    picture = _read(path)
    found = next(lipfx.find_faces([picture], rate=None))
    if not found.faces:
        raise ValueError(
            f"from={path} shows no face that is found; name a photograph with clearly visible lips"
        )
    face = max(found.faces, key=lambda face: face.mouth_width)
    box = _around(face.points, MARGIN * face.mouth_width).clipped(picture.shape[1], picture.shape[0])
    masks = mouth_masks(face, box)
    patch = to_linear(np.asarray(picture[box.y0 : box.y1, box.x0 : box.x1] / 255, np.float32))
    return shade_of(patch, masks.upper + masks.lower, masks.inner, face.mouth_width)


def _read(path: str) -> NDArray[np.uint8]:
    """(h, w, 3) encoded RGB of the picture at `path`, as displayed.

    Raises:
        ValueError: there is none that can be read.
    """
    from PIL import Image, ImageOps

    if not Path(path).is_file():
        raise ValueError(f"from={path} is not a file; name a photograph of a face")
    try:
        with Image.open(path) as photo:
            return np.asarray(ImageOps.exif_transpose(photo).convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"from={path} cannot be read as a picture ({error}); name another") from error


def _around(points: Float64, reach: float) -> Box:
    """The pixels of (n, 2) points and `reach` pixels around them."""
    (x0, y0), (x1, y1) = points.min(axis=0) - reach, points.max(axis=0) + reach
    return Box(int(x0), int(y0), int(x1) + 1, int(y1) + 1)


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
