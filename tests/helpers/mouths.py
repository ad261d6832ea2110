"""Owns mouths and frames for tests: an outline with known geometry, frames of noise; not a test itself."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lipfx.core.values import Colour, Face, Float64, Frame, MouthMap, PixelFormat


def outline(width: float, opening: float = 0.1) -> Float64:
    """(56, 2) helen-56 points of an upright mouth about the origin, `width` pixels between the corners.

    The lips are ellipses 0.22 (outer upper) and 0.28 (outer lower) widths high; `opening` is half the
    height of the inner mouth in widths.
    """
    top, below = np.linspace(np.pi, 0, 14), np.linspace(0, np.pi, 16)[1:-1]
    outer = [(0.5 * np.cos(a), -0.22 * np.sin(a)) for a in top]
    outer += [(0.5 * np.cos(a), 0.28 * np.sin(a)) for a in below]
    inner_top, inner_below = np.linspace(np.pi, 0, 15), np.linspace(0, np.pi, 15)[1:-1]
    inner = [(0.4 * np.cos(a), -opening * np.sin(a)) for a in inner_top]
    inner += [(0.4 * np.cos(a), opening * np.sin(a)) for a in inner_below]
    return np.array(outer + inner) * width


def face_at(
    centre: tuple[float, float],
    width: float = 60.0,
    *,
    opening: float = 0.1,
    turn: float = 0.0,
    confidence: float = 1.0,
    track_id: int = 1,
    mouth: MouthMap | None = None,
) -> Face:
    """A face whose mouth is `outline` turned by `turn` radians about `centre`."""
    c, s = np.cos(turn), np.sin(turn)
    points = outline(width, opening) @ np.array([[c, s], [-s, c]]) + centre
    box = np.array([centre[0] - width, centre[1] - 2 * width, centre[0] + width, centre[1] + width])
    return Face(track_id, box, confidence, 0, points, mouth)


def noise_frame(
    format: PixelFormat, colour: Colour | None = None, width: int = 160, height: int = 120, seed: int = 0
) -> Frame:
    """A frame of samples drawn evenly from the whole range of codes, legal or not."""
    rng = np.random.default_rng(seed)
    shapes = format.plane_shapes(width, height)
    planes = tuple(rng.integers(0, 2**format.bits, shape).astype(format.dtype) for shape in shapes)
    return Frame(planes, format, colour or Colour(), 0, 0, Fraction(1, 25), 1)


def flat_frame(
    format: PixelFormat,
    samples: tuple[int, ...],
    colour: Colour | None = None,
    width: int = 160,
    height: int = 120,
) -> Frame:
    """A frame with one value per plane."""
    shapes = format.plane_shapes(width, height)
    planes = tuple(np.full(shape, value, format.dtype) for shape, value in zip(shapes, samples, strict=True))
    return Frame(planes, format, colour or Colour(), 0, 0, Fraction(1, 25), 1)
