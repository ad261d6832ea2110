"""Owns rendered mouths to try effects on: faces whose geometry is known, without any photograph."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np

from lipfx.core import helen56
from lipfx.core.colour import parse_hex
from lipfx.core.planar import read_patch, write_patch
from lipfx.core.values import Box, Colour, Face, Float32, Float64, Frame, PixelFormat, Plane, Space
from lipfx.masks.mouth import mouth_masks

YUV420 = PixelFormat("yuv420p", 8, chroma_shift_x=1, chroma_shift_y=1)
RATE = Fraction(25)
TEETH, MOUTH = "#e8e2d2", "#3a1518"


@dataclass(frozen=True)
class Scene:
    """A short clip of one or several mouths.

    skin, lips: #rrggbb. width: of a mouth in pixels. opening: half the inner mouth's height in mouth widths.
    turn: radians in the picture. light: factor on linear light. centres: of the mouths, in pixels.
    """

    name: str
    skin: str = "#c99a82"
    lips: str = "#a8605c"
    width: float = 60.0
    opening: float = 0.02
    turn: float = 0.0
    light: float = 1.0
    centres: tuple[tuple[float, float], ...] = ((80.0, 60.0),)
    size: tuple[int, int] = (160, 120)

    def faces(self, index: int) -> tuple[Face, ...]:
        """The faces of a frame; mouths drift by half a pixel a frame and talk."""
        opening = self.opening * (1 + 0.3 * np.sin(index))
        drift = np.array([0.5 * index, 0.2 * index])
        return tuple(
            _face(np.array(centre) + drift, self.width, opening, self.turn, track_id)
            for track_id, centre in enumerate(self.centres, 1)
        )

    def frame(self, index: int) -> Frame:
        """A frame in 8-bit YUV 4:2:0: skin, creased and shining lips, teeth."""
        planes = tuple(plane.copy() for plane in _planes(self, index))
        return Frame(planes, YUV420, Colour(), index, index, 1 / RATE, 1)

    def rendered(self, index: int) -> Frame:
        """As `frame`, made anew."""
        width, height = self.size
        planes = tuple(np.full(shape, 128, np.uint8) for shape in YUV420.plane_shapes(width, height))
        frame = Frame(planes, YUV420, Colour(), index, index, 1 / RATE, 1)
        whole = Box(0, 0, width, height)
        before = read_patch(frame, whole, Space.ENCODED)
        write_patch(frame, whole, before, self._picture(index), Space.ENCODED)
        return frame

    def _picture(self, index: int) -> Float32:
        """(h, w, 3) float32 encoded RGB 0..1."""
        box = Box(0, 0, *self.size)
        grain = np.random.default_rng(index).normal(0, 0.01, (box.height, box.width, 1))
        picture = np.broadcast_to(parse_hex(self.skin), (box.height, box.width, 3)) + grain
        for face in self.faces(index):
            masks = mouth_masks(face, box)
            lips, relief = masks.upper + masks.lower, _relief(face, box)
            picture = picture + lips[..., None] * (parse_hex(self.lips) * relief + grain - picture)
            inside = np.where(_rows(face, box)[..., None] < 0, parse_hex(TEETH), parse_hex(MOUTH))
            picture = picture + masks.inner[..., None] * (inside - picture)
        return np.asarray(np.clip(picture, 0, 1) * self.light ** (1 / 2.2), np.float32)


def scenes() -> tuple[Scene, ...]:
    """Mouths that differ in skin, light, opening, turn, size and place."""
    return (
        Scene("light skin, closed"),
        Scene("deep skin, open", skin="#5b3a2c", lips="#6b3c38", opening=0.12),
        Scene("red lips, dark room", lips="#a01020", light=0.08),
        Scene("grey picture", skin="#b0b0b0", lips="#808080", opening=0.06, turn=0.4),
        Scene("upside down", turn=np.pi, opening=0.1),
        Scene("two faces", centres=((60.0, 60.0), (180.0, 70.0)), size=(240, 130), width=50.0),
        Scene("at the left border", centres=((2.0, 60.0),)),
        Scene("at the lower right corner", centres=((158.0, 118.0),), opening=0.1),
        Scene("far away", width=7.0),
        Scene("four pixels wide", width=4.0, opening=0.2),
        Scene("close", width=150.0, opening=0.1),
    )


@lru_cache(maxsize=128)
def _planes(scene: Scene, index: int) -> tuple[Plane, ...]:
    """The planes of a scene's frame, rendered once; not to be written into."""
    return scene.rendered(index).planes


def _face(centre: Float64, width: float, opening: float, turn: float, track_id: int) -> Face:
    c, s = np.cos(turn), np.sin(turn)
    points = _outline(opening) * width @ np.array([[c, s], [-s, c]]) + centre
    box = np.concatenate([centre - (width, 2 * width), centre + width])
    return Face(track_id, box, 1.0, 0, points, None)


def _outline(opening: float) -> Float64:
    """(56, 2) helen-56 in mouth widths about the mouth's middle."""
    top, below = np.linspace(np.pi, 0, 14), np.linspace(0, np.pi, 16)[1:-1]
    inner_top, inner_below = np.linspace(np.pi, 0, 15), np.linspace(0, np.pi, 15)[1:-1]
    bow = 1 - 0.15 * np.exp(-((top - np.pi / 2) ** 2) / 0.05)
    outer = [np.stack([0.5 * np.cos(top), -(0.13 + opening) * np.sin(top) * bow], 1)]
    outer += [np.stack([0.5 * np.cos(below), (0.18 + opening) * np.sin(below)], 1)]
    inner = [np.stack([0.42 * np.cos(inner_top), -opening * np.sin(inner_top)], 1)]
    inner += [np.stack([0.42 * np.cos(inner_below), opening * np.sin(inner_below)], 1)]
    return np.concatenate(outer + inner)


def _rows(face: Face, box: Box) -> Float64:
    """(h, w): how far below the line between the corners a pixel lies, in mouth widths."""
    left, right = face.points[list(helen56.OUTER_CORNERS)]
    across = np.array([left[1] - right[1], right[0] - left[0]]) / face.mouth_width**2
    rows, columns = np.mgrid[: box.height, : box.width]
    return np.asarray((columns - left[0]) * across[0] + (rows - left[1]) * across[1])


def _relief(face: Face, box: Box) -> Float64:
    """(h, w, 1) factor on the lips' colour: rounder in the middle, creased, a highlight on the lower lip."""
    left, right = face.points[list(helen56.OUTER_CORNERS)]
    rows, columns = np.mgrid[: box.height, : box.width]
    along = (columns - left[0]) * (right[0] - left[0]) + (rows - left[1]) * (right[1] - left[1])
    along, below = along / face.mouth_width**2, _rows(face, box)
    creases = 0.06 * np.sin(2 * np.pi * 24 * along)
    highlight = 0.8 * np.exp(-(((along - 0.45) / 0.08) ** 2) - ((below - 0.1) / 0.02) ** 2)
    relief = 1 + creases + highlight - 0.8 * np.abs(below)
    return np.asarray(cv2.GaussianBlur(relief, (0, 0), 0.6))[..., None]
