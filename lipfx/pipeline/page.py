"""Owns the page that shows a preview: one file that asks nothing of a network; must not know clips or faces.

Pictures are (h, w, 3) uint8 encoded RGB.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import msgspec
import numpy as np

from lipfx.pipeline.sheet import Picture

TEMPLATE = Path(__file__).with_name("page.html")
QUALITY = 88
WIDEST = 960
MOST_ROWS = 2000
"""Points of a line: more than a screen has columns."""

Row = tuple[float, float, float]
"""Time in seconds, confidence 0..1, opening in mouth widths."""


@dataclass
class Shot:
    """One frame. name: above it. after, mouths: by variant, whole and close to its surest mouth, if any."""

    name: str
    time: float
    before: Picture
    after: list[Picture] = field(default_factory=list)
    mouths: list[Picture] = field(default_factory=list)


@dataclass
class Page:
    """All that the page shows. variants: their names. span: seconds. rows: of each track, by its number.
    doubtful: stretches, in seconds. gap: seconds between two rows that are one after the other, at most.
    """

    title: str
    about: str
    variants: list[str]
    span: tuple[float, float] = (0.0, 0.0)
    shots: list[Shot] = field(default_factory=list)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    doubtful: list[tuple[float, float]] = field(default_factory=list)
    gap: float = 0.5

    def text(self) -> str:
        """The page, HTML."""
        shots = [
            {
                "name": shot.name,
                "time": shot.time,
                "before": _jpeg(shot.before),
                "after": [_jpeg(picture) for picture in shot.after],
                "mouths": [_jpeg(picture) for picture in shot.mouths],
            }
            for shot in self.shots
        ]
        tracks = [{"id": number, "rows": _thinned(rows)} for number, rows in sorted(self.rows.items())]
        data = {
            "title": self.title,
            "about": self.about,
            "variants": self.variants,
            "span": self.span,
            "shots": shots,
            "tracks": tracks,
            "doubtful": self.doubtful,
            "gap": self.gap,
        }
        inside = msgspec.json.encode(data).decode().replace("<", "\\u003c")
        return TEMPLATE.read_text(encoding="utf-8").replace("@DATA@", inside)


def _thinned(rows: list[Row]) -> list[list[float]]:
    step = -(-len(rows) // MOST_ROWS)
    return [[round(value, 3) for value in row] for row in rows[:: max(step, 1)]]


def _jpeg(picture: Picture) -> str:
    """Base64 of a JPEG, reduced where it is wider than a page."""
    height, width = picture.shape[:2]
    if width > WIDEST:
        size = (WIDEST, max(1, round(height * WIDEST / width)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return base64.b64encode(data.tobytes()).decode()
