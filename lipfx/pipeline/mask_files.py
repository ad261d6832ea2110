"""Owns a folder of masks: which file each gets, and the table of times; must not know how one is made."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lipfx.core.folders import NewContent
from lipfx.core.values import Face, Frame
from lipfx.errors import OutputError, UsageError
from lipfx.pipeline.mattes import FACE, LAYERS, Mask, MaskOptions, blank, face_name, mattes
from lipfx.video.clip import Clip
from lipfx.video.source import FrameReader
from lipfx.video.stills.matte import write_matte, write_matte_layers
from lipfx.video.stills.stamp import stamp
from lipfx.video.stills.template import Template

TABLE, COLUMNS = "frames.csv", ["index", "time", "duration"]
SUFFIXES = {"png": ".png", "exr": ".exr", "tiff": ".tif", "dpx": ".dpx"}
EXR_LAYERS = {
    "lips": "lips",
    "upper": "lips_upper",
    "lower": "lips_lower",
    "inner": "mouth",
    "teeth": "teeth",
}
"""What layers are called in an .exr."""


def template(options: MaskOptions, clip: Clip) -> Template:
    """What the pictures are called.

    Raises: UsageError: pictures would get the same name.
    """
    if not options.names:
        name = ("{clip}" if clip.still else "{frame:06}") + SUFFIXES[options.format]
        several = len(options.parts) > 1 and options.format != "exr"
        return Template(f"{{layer}}/{name}" if several else name)
    made = Template(options.names)
    if len(options.parts) > 1 and options.format != "exr" and not made.has("layer"):
        raise UsageError(f"names '{options.names}' would be the same for all layers; add {{layer}}")
    if not made.has("frame") and not (clip.still and (made.has("clip") or len(clip.files) == 1)):
        raise UsageError(f"names '{options.names}' would be the same for all frames; add {{frame:04}}")
    return made


@contextmanager
def new_folder(folder: Path, clip: Clip, options: MaskOptions) -> Iterator[Path]:
    """A temporary folder whose content takes the place of `folder`'s earlier masks when the block ends well.

    Raises:
        OutputError: `folder` is a file, or holds something and `overwrite` is not set; or it cannot be made.
        UsageError: see `template`.
    """
    if folder.is_dir() and any(folder.iterdir()) and not options.overwrite:
        raise OutputError(f"{folder} exists and is not empty; choose another folder or pass --overwrite")
    persons, made = frozenset(options.choice.persons), template(options, clip)
    stems = frozenset(path.stem.lower() for path in clip.files)
    usual = made == Template("{frame:06}.png") and not options.first_of(clip)
    content = NewContent(
        folder,
        "masks",
        lambda name: name in persons or _may_be_written(name, made, stems),
        None if clip.still else lambda there: _told(there, persons),
        listed=not usual,
    )
    content.begin((clip.path, *clip.files), overwrite=options.overwrite)
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


def _may_be_written(name: str, made: Template, stems: frozenset[str]) -> bool:
    """Whether a mask or the table may get this name. stems: of the pictures that masks are made of."""
    if name == TABLE or FACE.fullmatch(name) or (made.text.startswith("{layer}/") and name in LAYERS):
        return True
    if made.text.startswith("{clip}.") and "{frame" not in made.text:
        stem, dot, suffix = name.lower().rpartition(".")
        return bool(dot) and made.text.endswith(f".{suffix}") and stem in stems
    return not made.text.startswith("{layer}/") and made.may_name(name)


@dataclass
class MaskFiles:
    """The files of one sequence, or of one for each face or person."""

    room: Path
    reader: FrameReader
    options: MaskOptions
    rows: list[tuple[int, float, float]] = field(default_factory=list)
    written: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    tracks: list[int] = field(default_factory=list)

    @cached_property
    def _template(self) -> Template:
        return template(self.options, self.reader.clip)

    @property
    def _together(self) -> bool:
        """Whether one file holds all layers."""
        return self.options.format == "exr" and not self._template.has("layer")

    def add(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Writes the masks of one frame."""
        self.rows.append((frame.index, frame.time, float(frame.duration * frame.time_base)))
        persons, index = self.options.choice.persons, frame.index
        if persons:
            made = {
                person: mattes(frame, [face for face in faces if face.person == person], self.options)
                for person in persons
            }
            if self._together and not self._template.has("person"):
                self._write_together(index, "", made)
            else:
                for person, masks in made.items():
                    self._write(index, person, masks)
        elif self.options.per_face:
            for face in faces:
                if face.track_id not in self.tracks:
                    self._begin(face.track_id)
            for track in self.tracks:
                own = [face for face in faces if face.track_id == track]
                self._write(index, face_name(track), mattes(frame, own, self.options))
        else:
            self._write(index, "", mattes(frame, faces, self.options))
        self.written.append((index, (frame.height, frame.width)))

    def finish(self) -> None:
        """Writes frames.csv."""
        with (self.room / TABLE).open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            table.writerows((index, f"{time:.6f}", f"{length:.6f}") for index, time, length in self.rows)

    def _begin(self, track: int) -> None:
        """Black masks for the frames before a face came."""
        self.tracks.append(track)
        for index, size in self.written:
            empty = blank(size, self.options)
            self._write(index, face_name(track), dict.fromkeys(self.options.parts, empty))

    def _write(self, index: int, person: str, masks: dict[str, Mask]) -> None:
        """The masks of a frame, of one person or of all."""
        if self._together:
            self._write_together(index, person, {"": masks})
            return
        for name, mask in masks.items():
            if self.options.format == "exr":
                self._write_exr(self._place(index, person, name), index, {EXR_LAYERS[name]: mask})
            else:
                place = self._place(index, person, name)
                write_matte(place, mask, stamp(self.reader.clip, index), deep=self.options.bits == 16)

    def _write_together(self, index: int, person: str, masks: dict[str, dict[str, Mask]]) -> None:
        layers = {
            f"{who}.{EXR_LAYERS[name]}" if who else EXR_LAYERS[name]: mask
            for who, own in masks.items()
            for name, mask in own.items()
        }
        self._write_exr(self._place(index, person, ""), index, layers)

    def _write_exr(self, place: Path, index: int, layers: dict[str, Mask]) -> None:
        write_matte_layers(place, layers, stamp(self.reader.clip, index))

    def _place(self, index: int, person: str, layer: str) -> Path:
        """Where a picture goes.

        Raises: OutputError when another one is there.
        """
        clip, made = self.reader.clip, self._template
        stem = Path(self.reader.name_of(index)).stem
        name = made.named(stem, layer, person, index + self.options.first_of(clip))
        if person and not made.has("person"):
            name = f"{person}/{name}"
        path = self.room / name
        if path.exists():
            raise OutputError(
                f"two pictures are named {path.stem}; their masks would replace each other, rename one"
                if clip.still
                else f"{name} is the name of two masks; give names that differ, as {{layer}}.{{frame:06}}"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
