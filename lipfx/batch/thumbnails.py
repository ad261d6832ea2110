"""Owns small pictures of clips before and after, for looking through a night's work; must not know the page.

They are made of frames as these pass by: opening files again to find one takes longer than a short clip's
effects.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.batch.store import STATE, Folder
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Frame, FrameFaces, Plane, Space
from lipfx.errors import LipfxError
from lipfx.pipeline import Findings

THUMBNAILS = f"{STATE}/thumbnails"
WIDTH, HEIGHT = 320, 240
QUALITY = 80

Picture = NDArray[np.uint8]
"""(h, w, 3) RGB."""


@dataclass
class Album(Findings):
    """Keeps the frame that shows most of lips, small, before and after effects; the first one without any."""

    before: Picture | None = None
    after: Picture | None = None
    _wanted: int | None = None

    def see(self, frame: Frame, faces: FrameFaces) -> None:
        best = self.best
        super().see(frame, faces)
        if self.before is None or self.best != best:
            self._wanted, self.before = frame.index, _small(frame)

    def made(self, frame: Frame) -> None:
        if frame.index == self._wanted:
            self.after = _small(frame)


def write_thumbnails(folder: Folder, key: str, album: Album, output: Path) -> None:
    """Writes what the clip of a record was and became: `KEY-before.jpg`, `KEY-after.jpg`. A clip without is
    as good."""
    with contextlib.suppress(LipfxError, OSError, ValueError, cv2.error):
        after = album.after if album.after is not None else _shown(output, album.best or 0.0)
        for name, picture in (("before", album.before), ("after", after)):
            if picture is not None:
                folder.write(f"{THUMBNAILS}/{key}-{name}.jpg", _jpeg(picture))


def _small(frame: Frame) -> Picture | None:
    """A frame, shrunk in its own planes before it is converted."""
    scale = min(WIDTH / frame.width, HEIGHT / frame.height, 1.0)
    width, height = (max(4, round(side * scale) // 4 * 4) for side in (frame.width, frame.height))
    shapes = frame.format.plane_shapes(width, height)
    try:
        planes = tuple(_shrunk(plane, w, h) for plane, (h, w) in zip(frame.planes, shapes, strict=True))
        rgb = read_patch(replace(frame, planes=planes), Box(0, 0, width, height), Space.ENCODED)
    except (
        LipfxError,
        cv2.error,
    ):  # a colour that cannot be converted: effects say so, where there is a face
        return None
    return np.asarray(np.clip(rgb * 255 + 0.5, 0, 255), np.uint8)


def _shrunk(plane: Plane, width: int, height: int) -> Plane:
    small = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8) if plane.dtype == np.uint8 else np.asarray(small, np.uint16)


def _shown(output: Path, time: float) -> Picture | None:
    """What shows a clip became where no frame was made: a sheet, or the mask of that time; of tracks
    nothing."""
    path: Path | None = output if output.suffix == ".png" else None
    if output.is_dir():
        rows = [line.split(",") for line in (output / "frames.csv").read_text().splitlines()[1:]]
        masks = sorted(output.rglob("*.png"))
        best = min(rows, key=lambda row: abs(float(row[1]) - time), default=["0"])
        path = next((mask for mask in masks if mask.stem == f"{int(best[0]):06d}"), next(iter(masks), None))
    found = None if path is None else cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if found is None else np.asarray(found[..., ::-1], np.uint8)


def _jpeg(picture: Picture) -> bytes:
    height, width = picture.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    flipped = np.ascontiguousarray(picture[..., ::-1])
    _, data = cv2.imencode(".jpg", flipped, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()
