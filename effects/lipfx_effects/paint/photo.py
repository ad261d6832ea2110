"""Owns taking a shade from a photograph, of lips, a swatch or a bullet; must not know parameters."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipfx.effects import Box, Float32, Float64, Scene, from_lab, mouth_masks, to_encoded, to_lab, to_linear
from lipfx_effects.paint.swatch import shade_of_swatch

MARGIN = 0.25  # mouth widths around the mouth that are read


@lru_cache(maxsize=8)
def shade_in_photo(path: str) -> Float32:
    """(3,) Lab, in neutral light, of the lips of the largest face in a photograph, or of the swatch it shows.

    Raises:
        ValueError: there is no such photograph, it cannot be read, or shows neither lips nor a colour.
        WeightsError: the weights that find them are missing.
    """
    import lipfx

    picture = _read(path)
    found = next(lipfx.find_faces([picture], rate=None))
    if not found.faces:
        swatch = shade_of_swatch(to_linear(np.asarray(picture / 255, np.float32)))
        if swatch is None:
            raise ValueError(
                f"from={path} shows no face that is found and no colour; name a photograph of lips, a swatch "
                "or a bullet"
            )
        return swatch
    face = max(found.faces, key=lambda face: face.mouth_width)
    box = _around(face.points, MARGIN * face.mouth_width).clipped(picture.shape[1], picture.shape[0])
    masks = mouth_masks(face, box)
    patch = to_linear(np.asarray(picture[box.y0 : box.y1, box.x0 : box.x1] / 255, np.float32))
    return shade_of(patch, masks.upper + masks.lower, face.scene or Scene())


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


def shade_of(rgb: Float32, lips: Float32, scene: Scene) -> Float32:
    """(3,) Lab, in neutral light, of the body of lips: neither their highlights nor their creases.

    rgb: (h, w, 3) linear. lips: (h, w) 0..1. scene: of the photograph.
    """
    lab = to_lab(rgb)
    colours = lab[lips > min(0.9, 0.9 * float(lips.max()))]
    low, high = np.quantile(colours[:, 0], (0.2, 0.8))
    body = colours[(colours[:, 0] >= low) & (colours[:, 0] <= high)].mean(axis=0)
    plain = scene.neutral(to_encoded(from_lab(body)).astype(np.float64))
    return to_lab(to_linear(np.clip(plain, 0, 1).astype(np.float32)))
