"""Owns the job of `lipfx masks`: one mask PNG per frame and their times; must not know the command line."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.temporary import remove_abandoned, temporary_path
from lipfx.core.values import Face, Frame
from lipfx.errors import OutputError
from lipfx.masks.mouth import label_map, mouth_box, mouth_masks, visibility
from lipfx.masks.settings import VISIBILITY
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.options import Progress, SourceOptions
from lipfx.video.source import FrameReader, open_source

MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class MaskOptions(SourceOptions):
    """How `masks` reads and writes. kind: soft alpha or labels. bits: 8 or 16, for alpha."""

    kind: Literal["alpha", "labels"] = "alpha"
    bits: int = 8
    per_face: bool = False
    overwrite: bool = False


def masks(
    source: Path,
    folder: Path,
    options: MaskOptions | None = None,
    *,
    progress: Progress = lambda _done, _total: None,
) -> None:
    """Writes a mask sequence: one PNG a frame, and frames.csv with their times.

    The folder appears when it is complete; on an error nothing is left behind.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    options = options or MaskOptions()
    reader = open_source(source, options.start, options.end, deinterlace=options.deinterlace)
    with (
        new_folder(folder, overwrite=options.overwrite) as room,
        analysed(reader, options, progress) as frames,
    ):
        sequence = _Sequence(room, reader, options)
        for frame, faces in counted(frames, reader, options, progress):
            sequence.add(frame, faces.faces)
        sequence.finish()


@contextmanager
def new_folder(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """A temporary folder beside `folder` whose content takes its place when the block ends well.

    Raises:
        OutputError: `folder` is a file, or holds something and `overwrite` is not set; or it cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, wanted a folder; choose another name")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise OutputError(f"{folder} exists and is not empty; choose another folder or pass --overwrite")
    if not folder.parent.is_dir():
        raise OutputError(f"{folder.parent}: no such folder; make it first")
    remove_abandoned(folder)
    room = temporary_path(folder)
    room.mkdir()
    try:
        yield room
        if folder.is_dir():
            for path in room.iterdir():
                _move(path, folder / path.name)
        else:
            room.rename(folder)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _move(path: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    path.replace(target)


@dataclass
class _Sequence:
    """The files of one sequence, or of one for each face."""

    room: Path
    reader: FrameReader
    options: MaskOptions
    rows: list[tuple[int, float, float]] = field(default_factory=list)
    written: list[tuple[str, tuple[int, int]]] = field(default_factory=list)
    tracks: list[int] = field(default_factory=list)

    def add(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Writes the masks of one frame."""
        clip = self.reader.clip
        name = Path(self.reader.name_of(frame.index)).stem if clip.still else f"{frame.index:06d}"
        size = (frame.height, frame.width)
        self.rows.append((frame.index, frame.time, float(frame.duration * frame.time_base)))
        if self.options.per_face:
            for face in faces:
                if face.track_id not in self.tracks:
                    self._begin(face.track_id)
            for track in self.tracks:
                own = [face for face in faces if face.track_id == track]
                self._write(self._folder(track), name, draw(frame, own, self.options))
        else:
            self._write(self.room, name, draw(frame, faces, self.options))
        self.written.append((name, size))

    def finish(self) -> None:
        """Writes frames.csv."""
        with (self.room / "frames.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["index", "time", "duration"])
            table.writerows((index, f"{time:.6f}", f"{length:.6f}") for index, time, length in self.rows)

    def _begin(self, track: int) -> None:
        """Black masks for the frames before a face came."""
        self.tracks.append(track)
        self._folder(track).mkdir()
        for name, size in self.written:
            self._write(self._folder(track), name, blank(size, self.options))

    def _folder(self, track: int) -> Path:
        return self.room / f"face-{track:04d}"

    def _write(self, folder: Path, name: str, mask: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
        path = folder / f"{name}.png"
        if path.exists():
            raise OutputError(
                f"two pictures are named {name}; their masks would replace each other, rename one"
            )
        done, data = cv2.imencode(".png", mask)
        assert done
        path.write_bytes(data.tobytes())


def blank(size: tuple[int, int], options: MaskOptions) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """A mask of (height, width) without any lips."""
    deep = options.kind == "alpha" and options.bits == 16
    return np.zeros(size, np.uint16) if deep else np.zeros(size, np.uint8)


def draw(frame: Frame, faces: Sequence[Face], options: MaskOptions) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The mask of one frame, (height, width): alpha scaled to its bits, or labels 0 to 3."""
    mask = blank((frame.height, frame.width), options)
    for face in faces:
        seen = visibility(face.confidence)
        box = mouth_box(face, frame.width, frame.height, frame.format, MARGIN)
        if box.empty or seen == 0:
            continue
        room = mask[box.y0 : box.y1, box.x0 : box.x1]
        parts = mouth_masks(face, box)
        if options.kind == "labels":
            labels = label_map(parts) if seen >= VISIBILITY.label_from else np.uint8(0)
            np.maximum(room, labels, out=room)
        else:
            top = float(np.iinfo(mask.dtype).max)
            alpha = np.round((parts.upper + parts.lower) * (seen * top))
            np.maximum(room, np.clip(alpha, 0, top).astype(mask.dtype), out=room)
    return mask
