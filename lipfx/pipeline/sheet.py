"""Owns how a contact sheet is laid out: cells in rows, captions, zooms; must not know clips or faces.

Pictures are (h, w, 3) uint8 encoded RGB unless stated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.sampling import reduced
from lipfx.core.values import Float64

HEIGHT = 360
WIDEST = 640
ZOOM_SIZE = (480, HEIGHT)
GAP, CAPTION, TEXT_SIZE = 8, 26, 15
PAPER, INK = (24, 24, 26), (226, 226, 222)
LINE, DOT = (255, 255, 255), (255, 220, 0)
SUBPIXEL = 4

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a sheet and the line above it."""

    caption: str
    picture: Picture


def fitted(picture: Picture, aspect: float = 1.0) -> Picture:
    """The whole picture at the height of a row, or less where it would be too wide.

    aspect: how much wider than high its pixels are.
    """
    height, width = picture.shape[:2]
    scale = min(HEIGHT / height, WIDEST / (width * aspect))
    size = (max(1, round(width * aspect * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def zoom_on(points: Float64, mouth_width: float, aspect: float = 1.0) -> Float64:
    """(2, 3) from pixels of the picture to those of a zoom on the mouth with these (n, 2) points."""
    spread = np.array([aspect, 1.0])
    low, high = points.min(axis=0) * spread, points.max(axis=0) * spread
    room = np.maximum((high - low) * (1.5, 1.8), mouth_width * 1.2)
    scale = float((np.array(ZOOM_SIZE) / np.maximum(room, 1)).min())
    middle = np.array(ZOOM_SIZE) / 2 - (low + high) / 2 * scale
    return np.array([[scale * aspect, 0, middle[0]], [0, scale, middle[1]]])


def zoomed(picture: Picture, affine: Float64) -> Picture:
    """The part of a picture that `affine`, from `zoom_on`, shows."""
    small, moved = reduced(picture, affine)
    return np.asarray(
        cv2.warpAffine(small, moved, ZOOM_SIZE, flags=cv2.INTER_CUBIC, borderValue=PAPER), np.uint8
    )


def marked(picture: Picture, contours: Sequence[Float64]) -> Picture:
    """A copy with closed contours, each (n, 2) in its pixels, and a dot at each of their points."""
    drawn = picture.copy()
    fixed = [np.asarray(np.round(points * 2**SUBPIXEL), np.int32) for points in contours]
    cv2.polylines(drawn, fixed, True, LINE, 1, cv2.LINE_AA, SUBPIXEL)
    for x, y in np.concatenate(fixed):
        cv2.circle(drawn, (int(x), int(y)), 3 << SUBPIXEL, DOT, -1, cv2.LINE_AA, SUBPIXEL)
    return drawn


def sheet(rows: Sequence[Sequence[Cell | None]]) -> Picture:
    """Rows of cells in columns, on dark paper, each under its caption; None leaves a place empty."""
    columns = max(len(row) for row in rows)
    widths = [
        max((c.picture.shape[1] for row in rows for c in row[k : k + 1] if c), default=0)
        for k in range(columns)
    ]
    left = [GAP + sum(widths[:k]) + GAP * k for k in range(columns + 1)]
    heights = [CAPTION + max(cell.picture.shape[0] for cell in row if cell) + GAP for row in rows]
    paper = np.full((GAP + sum(heights), left[-1], 3), PAPER, np.uint8)
    places = [
        (cell, left[k], GAP + sum(heights[:i]))
        for i, row in enumerate(rows)
        for k, cell in enumerate(row)
        if cell
    ]
    for cell, x, y in places:
        height, width = cell.picture.shape[:2]
        paper[y + CAPTION : y + CAPTION + height, x : x + width] = cell.picture
    return captioned(paper, [(cell.caption, x, y) for cell, x, y in places])


def captioned(paper: Picture, captions: Sequence[tuple[str, int, int]]) -> Picture:
    """The picture with lines of text, each at x, y of its corner, with a dark edge around it."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(paper)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(TEXT_SIZE)
    for text, x, y in captions:
        draw.text((x, y + 3), text, fill=INK, font=font, stroke_width=1, stroke_fill=PAPER)
    return np.array(image)
