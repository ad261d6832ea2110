"""Owns faces of light, medium and deep skin with known lips, and runs chains on them; must not know effects.

The face is NASA's public-domain photograph of Eileen Collins, as scikit-image carries it, twice its size and
recoloured; its contours were drawn by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from lipfx.compositing.compose import Compositor
from lipfx.core.colour import to_encoded, to_lab, to_linear
from lipfx.core.values import Box, Colour, Face, Float32, Float64, Frame, MouthMasks, PixelFormat, Scene
from lipfx.effects.registry import parse_chain
from lipfx.lighting.glimpse import glimpse
from lipfx.masks.mouth import mouth_masks

RGB = PixelFormat("gbrp", 8, rgb=True)
ZOOM = 2
LEFT, TOP, WIDTH, HEIGHT = 190, 124, 68, 42
SKINS = {"light": (1.0, 1.0, 1.0), "medium": (0.5, 0.4, 0.33), "deep": (0.3, 0.215, 0.175)}

# Contours in pixels of the photograph, from the left corner to the right one.
_UPPER = ((202, 138.6), (206, 139), (210, 139.3), (214, 139.1), (218, 138.9), (221, 138.8), (224, 139.2),
          (227, 138.9), (231, 139), (235, 139.4), (239, 139.9), (243, 140.2), (245, 140))  # fmt: skip
_LOWER = ((202, 138.6), (203.5, 141.5), (206, 144.8), (210, 149.3), (214, 152), (218, 154), (222, 154.6),
          (226, 154.4), (230, 153), (234, 150), (238, 146.3), (242, 143), (245, 140))  # fmt: skip
_INNER_UPPER = ((203.5, 139.8), (207, 140.8), (211, 141.6), (215, 142.6), (219, 143.3), (224, 143.6),
                (229, 143.2), (233, 142.4), (237, 141.4), (241, 140.5), (244, 140.4))  # fmt: skip
_INNER_LOWER = ((203.5, 139.8), (206, 143.2), (210, 146.3), (214, 148.2), (218, 149.3), (222, 149.7),
                (226, 149.6), (230, 148.7), (234, 147), (238, 144.8), (241, 142.7), (244, 140.4))  # fmt: skip


@dataclass(frozen=True)
class Portrait:
    """picture: (h, w, 3) uint8 encoded RGB. face: where its mouth is."""

    picture: NDArray[np.uint8]
    face: Face

    @property
    def masks(self) -> MouthMasks:
        return mouth_masks(self.face, Box(0, 0, self.picture.shape[1], self.picture.shape[0]))

    @property
    def lips(self) -> NDArray[np.bool_]:
        """Pixels that are nothing but lips."""
        return np.asarray(self.masks.upper + self.masks.lower > 0.99)

    @property
    def teeth(self) -> NDArray[np.bool_]:
        """Pixels that are teeth, well inside the mouth."""
        core = np.asarray(self.masks.inner > 0.99, np.uint8)
        inside = np.asarray(cv2.erode(core, np.ones((3, 3), np.uint8))) > 0
        return np.asarray(inside & (self.picture.min(axis=2) > 0.55 * self.picture[inside].max()))

    def with_(self, picture: NDArray[Any]) -> Portrait:
        """The same face in another picture, uint8 or float 0..1."""
        whole = picture if picture.dtype == np.uint8 else np.round(np.clip(picture, 0, 1) * 255)
        return Portrait(whole.astype(np.uint8), self.face)


def portrait(skin: str = "light") -> Portrait:
    """The face with skin and lips of one of SKINS, teeth as they are."""
    crop = skimage.data.astronaut()[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
    picture = cv2.resize(crop, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
    plain = Portrait(np.asarray(picture, np.uint8), _face())
    inner = plain.masks.inner[..., None]
    colour = np.array(SKINS[skin], np.float32)
    linear = to_linear(np.asarray(plain.picture / 255, np.float32))
    return plain.with_(to_encoded(linear * (colour + inner * (1 - colour))))


def frame_of(portrait: Portrait) -> Frame:
    """The portrait as a frame of a clip."""
    planes = tuple(np.ascontiguousarray(portrait.picture[..., channel]) for channel in (1, 2, 0))
    return Frame(planes, RGB, Colour(matrix="gbr", full_range=True), 0, 0, Fraction(1, 25), 1)


def scene_of(portrait: Portrait) -> Scene:
    """What light does in a portrait, as told from it alone."""
    return glimpse(frame_of(portrait), portrait.face.points)


def apply(chain: str, on: Portrait) -> Portrait:
    """The portrait with a chain of effects; of a picture with alpha, what it shows over mid-grey."""
    result = Compositor(parse_chain(chain)).render(frame_of(on), [on.face])
    green, blue, red = result.planes[:3]
    picture = np.asarray(np.dstack([red, green, blue]), np.float32) / 255
    if result.format.alpha:
        alpha = np.asarray(result.planes[3][..., None] / 255, np.float32)
        picture = np.asarray(picture * alpha + (1 - alpha) / 2, np.float32)
    return on.with_(picture)


def lab(of: Portrait) -> Float32:
    """(h, w, 3) Lab of a portrait's picture."""
    return to_lab(to_linear(np.asarray(of.picture / 255, np.float32)))


def _face() -> Face:
    outer = [_evenly(_UPPER, 14), _evenly(_LOWER, 16)[-2:0:-1]]
    inner = [_evenly(_INNER_UPPER, 15), _evenly(_INNER_LOWER, 15)[-2:0:-1]]
    points = (np.concatenate(outer + inner) - (LEFT, TOP) + 0.5) * ZOOM - 0.5
    return Face(1, np.array([-60.0, -150.0, 200.0, 110.0]), 1.0, 0, points, None)


def _evenly(contour: tuple[tuple[float, float], ...], count: int) -> Float64:
    """`count` points at even distances along a contour."""
    corners = np.array(contour)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    places = np.linspace(0, length[-1], count)
    return np.stack([np.interp(places, length, corners[:, axis]) for axis in (0, 1)], axis=1)
