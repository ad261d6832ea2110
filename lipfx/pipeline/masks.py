"""Owns the job of `lipfx masks`: one mask PNG per frame and their times; must not know the command line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.folders import NewContent
from lipfx.core.values import Face, Frame
from lipfx.errors import OutputError
from lipfx.masks.mouth import label_map, lip_coverage, mouth_box, mouth_masks, visibility
from lipfx.masks.settings import VISIBILITY
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.options import NOBODY, Progress, SourceOptions, Watch
from lipfx.video.clip import Clip
from lipfx.video.source import FrameReader

MARGIN = 0.1
TABLE, COLUMNS = "frames.csv", ["index", "time", "duration"]
FACELESS = "all masks are black"
FACE = re.compile(r"face-\d+")


@dataclass(frozen=True, slots=True)
class MaskOptions(SourceOptions):
    """How `masks` reads and writes. kind: soft alpha or labels. bits: 8 or 16, for alpha. per_face: a folder
    for each face; where `choice` tells persons apart, there is one for each of them, and none for others.
    """

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
    watch: Watch = NOBODY,
) -> None:
    """Writes a mask sequence: one PNG a frame, and frames.csv with their times.

    The folder appears when it is complete; on an error nothing is left behind.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    options = options or MaskOptions()
    reader, persons = options.open(source), frozenset(options.choice.persons)
    with (
        new_folder(folder, reader.clip, overwrite=options.overwrite, persons=persons) as room,
        analysed(reader, options, progress) as frames,
    ):
        sequence = _Sequence(room, reader, options)
        for frame, faces in counted(frames, reader, options, progress, watch, FACELESS):
            sequence.add(frame, faces.faces)
        sequence.finish()


@contextmanager
def new_folder(
    folder: Path, clip: Clip, *, overwrite: bool, persons: frozenset[str] = frozenset()
) -> Iterator[Path]:
    """A temporary folder whose content takes the place of `folder`'s earlier masks when the block ends well.

    persons: names of folders that masks may be in, beside those of faces.

    Raises:
        OutputError: `folder` is a file, or holds something and `overwrite` is not set; or it cannot be made.
    """
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise OutputError(f"{folder} exists and is not empty; choose another folder or pass --overwrite")
    stems = frozenset(path.stem.lower() for path in clip.files)
    content = NewContent(
        folder,
        "masks",
        lambda name: name in persons or _may_be_written(name, stems),
        None if clip.still else lambda there: _told(there, persons),
    )
    content.begin((clip.path, *clip.files), overwrite=overwrite)
    try:
        yield content.room
        content.commit()
    finally:
        content.abandon()


def _told(folder: Path, persons: frozenset[str]) -> frozenset[str]:
    """Names of the masks that an earlier table in `folder` tells of, its own too."""
    try:
        with (folder / TABLE).open(newline="") as file:
            rows = list(csv.reader(file))
        masks = frozenset(f"{int(row[0]):06d}.png" for row in rows[1:])
    except (OSError, ValueError, IndexError):
        return frozenset()
    if rows[0] != COLUMNS:
        return frozenset()
    named = (path for path in folder.iterdir() if FACE.fullmatch(path.name) or path.name in persons)
    faces = (path for path in named if path.is_dir())
    return masks | {TABLE} | {path.name for path in faces if {mask.name for mask in path.iterdir()} <= masks}


def _may_be_written(name: str, stems: frozenset[str]) -> bool:
    """Whether a mask or the table may get this name. stems: of the pictures that masks are made of."""
    if name == TABLE or FACE.fullmatch(name):
        return True
    stem, dot, suffix = name.lower().rpartition(".")
    return bool(dot) and suffix == "png" and (stem in stems if stems else stem.isdigit())


@dataclass
class _Sequence:
    """The files of one sequence, or of one for each face."""

    room: Path
    reader: FrameReader
    options: MaskOptions
    rows: list[tuple[int, float, float]] = field(default_factory=list)
    written: list[tuple[str, tuple[int, int]]] = field(default_factory=list)
    tracks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        for person in self.options.choice.persons:
            (self.room / person).mkdir()

    def add(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Writes the masks of one frame."""
        clip = self.reader.clip
        name = Path(self.reader.name_of(frame.index)).stem if clip.still else f"{frame.index:06d}"
        size = (frame.height, frame.width)
        self.rows.append((frame.index, frame.time, float(frame.duration * frame.time_base)))
        if self.options.choice.persons:
            for person in self.options.choice.persons:
                own = [face for face in faces if face.person == person]
                self._write(self.room / person, name, draw(frame, own, self.options))
        elif self.options.per_face:
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
        with (self.room / TABLE).open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
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
            alpha = np.round(lip_coverage(parts, face.mouth_width) * np.float32(seen * top))
            np.maximum(room, alpha.astype(mask.dtype), out=room)
    return mask
