"""Owns the tracks file: faces and landmarks as JSON Lines; must not know how faces are found.

What is rendered is in the file to the last digit, the refiner's classes included, so that a render from it
gives the same picture. A clip is recognised again by its size, its length and the times of its frames.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, BinaryIO

import cv2
import msgspec
import numpy as np
from msgspec import Meta

from lipfx.core import helen56
from lipfx.core.temporary import check_output, publish, remove_abandoned, temporary_path
from lipfx.core.values import Face, Frame, FrameFaces, MouthMap
from lipfx.errors import TracksError
from lipfx.persons.look import LENGTH, Look
from lipfx.pipeline.fingerprint import fingerprint, shows, told_by_picture
from lipfx.pipeline.provenance import PROGRAM

if TYPE_CHECKING:
    from lipfx.video.clip import Clip

FORMAT = "lipfx-track"
VERSION = 1
MOST_FRAMES = 10**12
SAME_TIME = 1e-4  # seconds
SAME_LENGTH = 0.5  # seconds
LONGEST_LINE = 1 << 26  # bytes

_Point = Annotated[list[float], Meta(min_length=2, max_length=2)]


class _Mouth(msgspec.Struct):
    """to_frame: rows of the affine. png: base64 of a PNG whose channels are the classes."""

    to_frame: Annotated[list[float], Meta(min_length=6, max_length=6)]
    png: str


class _Face(msgspec.Struct, omit_defaults=True):
    """look: base64 of its bytes, now and then."""

    track_id: Annotated[int, Meta(ge=1)]
    box: Annotated[list[float], Meta(min_length=4, max_length=4)]
    confidence: Annotated[float, Meta(ge=0, le=1)]
    head: Annotated[int, Meta(ge=0)]
    points: Annotated[list[_Point], Meta(min_length=helen56.COUNT, max_length=helen56.COUNT)]
    mouth: _Mouth | None = None
    look: str | None = None


class _Line(msgspec.Struct, omit_defaults=True):
    """picture: base64 of a small luma of the frame, now and then."""

    index: int
    time: float
    source: str
    faces: list[_Face]
    picture: str | None = None


class _Header(msgspec.Struct):
    """duration: of the clip in seconds. frames: how many lines follow. times: hash of their times. program,
    weights: lipfx's version and the identity of the weights that found the faces; empty where not told."""

    format: str
    version: int
    source: str
    width: int
    height: int
    frame_rate: str | None
    landmarks: str
    duration: float
    frames: int
    times: str
    program: str = ""
    weights: str = ""


class TracksWriter:
    """Writes a tracks file; it appears under its name when the block ends well."""

    def __init__(self, path: Path, clip: Clip, *, overwrite: bool = False, weights: str = "") -> None:
        self.path = path
        self.clip = clip
        self.overwrite = overwrite
        self.weights = weights
        self._temporary = temporary_path(path)
        self._times = _TimesHash()
        self._room = len(self._header(MOST_FRAMES))
        self._encoder = msgspec.json.Encoder()
        self._file: BinaryIO | None = None

    def __enter__(self) -> TracksWriter:
        """Raises: OutputError when the path cannot be written."""
        check_output(self.path, self.clip.inputs, self.overwrite)
        remove_abandoned(self.path)
        self._file = self._temporary.open("wb")
        self._file.write(b" " * self._room + b"\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        try:
            with self._file as file:
                file.seek(0)
                file.write(self._header(self._times.count).ljust(self._room))
            if error is None:
                publish(self._temporary, self.path, overwrite=self.overwrite)
        finally:
            self._temporary.unlink(missing_ok=True)

    def write(self, frame: Frame, faces: FrameFaces, source: str) -> None:
        """Adds a frame, whose file has the name `source`."""
        assert self._file is not None
        self._times.add(frame.time)
        line = _Line(frame.index, frame.time, printable(source), [_to_record(f) for f in faces.faces])
        if told_by_picture(frame.index):
            line.picture = base64.b64encode(fingerprint(frame).tobytes()).decode()
        self._file.write(self._encoder.encode(line) + b"\n")

    def _header(self, frames: int) -> bytes:
        clip = self.clip
        rate = (
            None if clip.frame_rate is None else f"{clip.frame_rate.numerator}/{clip.frame_rate.denominator}"
        )
        header = _Header(
            FORMAT,
            VERSION,
            printable(clip.path.name),
            clip.width,
            clip.height,
            rate,
            helen56.SCHEME,
            round(clip.duration, 6),
            frames,
            self._times.digest(),
            PROGRAM,
            self.weights,
        )
        return msgspec.json.encode(header)


def read_tracks(path: Path, clip: Clip, *, force: bool = False) -> Tracks:
    """The tracks in `path`, which were made of `clip`. force: even where it seems to be another one.

    Raises:
        TracksError: there is no such file, it is damaged, or made of another clip.
    """
    try:
        with path.open("rb") as file:
            first = file.readline(LONGEST_LINE)
        header = msgspec.json.decode(first, type=_Header)
    except OSError as error:
        raise TracksError(
            f"{path} cannot be read ({error.strerror}); give a file that `lipfx track` wrote"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TracksError(
            f"{path} is no tracks file ({error}); give a file that `lipfx track` wrote"
        ) from error
    _check_kind(path, header)
    _check_clip(path, header, clip, force)
    return Tracks(path, header, force=force)


def _check_kind(path: Path, header: _Header) -> None:
    kind, wanted = (header.format, header.version), (FORMAT, VERSION)
    if kind != wanted:
        found = f"{header.format} version {header.version}"
        raise TracksError(f"{path} is {found}, wanted {FORMAT} version {VERSION}; track the clip again")
    if header.landmarks != helen56.SCHEME:
        raise TracksError(
            f"{path} holds {header.landmarks} landmarks, wanted {helen56.SCHEME}; track the clip again"
        )


def _check_clip(path: Path, header: _Header, clip: Clip, force: bool) -> None:
    found = f"{header.width}x{header.height}, {header.duration:g} s"
    wanted = f"{clip.width}x{clip.height}, {clip.duration:g} s"
    same_size = (header.width, header.height) == (clip.width, clip.height)
    if not same_size or (abs(header.duration - clip.duration) > SAME_LENGTH and not force):
        raise TracksError(f"{path} is of another clip ({found}) than {clip.path} ({wanted}); track this clip")


class Tracks:
    """An open tracks file's faces; see `read_tracks`."""

    def __init__(self, path: Path, header: _Header, *, force: bool = False) -> None:
        self.path = path
        self._header = header
        self._force = force

    def join(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Each frame with its faces from the file.

        Raises:
            TracksError: a line is damaged, a frame is missing, or its time is another.
        """
        lines = self._lines()
        line: _Line | None = None
        for frame in frames:
            while line is None or line.index < frame.index:
                line = next(lines, None)
                if line is None:
                    break
            if line is None or line.index != frame.index:
                raise TracksError(f"{self.path} lacks frame {frame.index}; track this clip again")
            if abs(line.time - frame.time) > SAME_TIME:
                raise TracksError(
                    f"{self.path} is of another clip: frame {frame.index} is at {line.time:g} s in it, "
                    f"at {frame.time:g} s here; track this clip"
                )
            if line.picture is not None and not self._force:
                self._check_picture(frame, line.picture)
            yield frame, FrameFaces(frame.index, frame.time, tuple(self._face(f) for f in line.faces))

    def _check_picture(self, frame: Frame, text: str) -> None:
        try:
            there = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
            same = shows(frame, there)
        except ValueError as error:
            raise self._damaged(f"a picture is none ({error})") from error
        if not same:
            raise TracksError(
                f"{self.path} is of another clip: frame {frame.index} shows another picture; track this "
                "clip, or insist with --force"
            )

    def told(self, start: float | None = None, end: float | None = None) -> Iterator[FrameFaces]:
        """The faces of each frame from `start` to before `end` (seconds), without the refiner's classes.

        Raises:
            TracksError: a line is damaged.
        """
        for line in self._lines():
            if (start is None or line.time >= start) and (end is None or line.time < end):
                faces = tuple(self._face(record, with_mouth=False) for record in line.faces)
                yield FrameFaces(line.index, line.time, faces)

    def _lines(self) -> Iterator[_Line]:
        """The lines after the first; checks count and times when the last has been read."""
        decoder, times = msgspec.json.Decoder(_Line), _TimesHash()
        with self.path.open("rb") as file:
            file.readline(LONGEST_LINE)
            while text := file.readline(LONGEST_LINE):
                try:
                    line = decoder.decode(text)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise self._damaged(f"line {times.count + 2}: {error}") from error
                times.add(line.time)
                yield line
        if (times.count, times.digest()) != (self._header.frames, self._header.times):
            raise self._damaged(f"{times.count} frames found, {self._header.frames} were written")

    def _damaged(self, what: str) -> TracksError:
        return TracksError(f"{self.path} is damaged ({what}); track the clip again")

    def _face(self, record: _Face, with_mouth: bool = True) -> Face:
        mouth = self._mouth(record.mouth) if record.mouth is not None and with_mouth else None
        return Face(
            record.track_id,
            np.array(record.box, np.float64),
            record.confidence,
            record.head,
            np.array(record.points, np.float64),
            mouth,
            None if record.look is None else self._look(record.look),
        )

    def _look(self, text: str) -> Look:
        try:
            look = np.frombuffer(base64.b64decode(text, validate=True), np.int8)
        except ValueError as error:
            raise self._damaged("a look is no base64") from error
        if len(look) != LENGTH:
            raise self._damaged(f"a look has {len(look)} numbers, wanted {LENGTH}")
        return look

    def _mouth(self, record: _Mouth) -> MouthMap:
        try:
            data = np.frombuffer(base64.b64decode(record.png, validate=True), np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
        except (ValueError, cv2.error) as error:
            raise self._damaged("a mouth is no base64") from error
        if picture is None or picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise self._damaged("a mouth is no PNG of three classes")
        classes = np.ascontiguousarray(np.moveaxis(picture, -1, 0), np.uint8)
        return MouthMap(classes, np.array(record.to_frame, np.float64).reshape(2, 3))


def printable(name: str) -> str:
    """`name` in UTF-8, whatever its bytes."""
    return os.fsencode(name).decode("utf-8", "replace")


class _TimesHash:
    """Count and hash of frame times, to the microsecond."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, time: float) -> None:
        self.count += 1
        self._hash.update(b"%d\n" % round(time * 1e6))

    def digest(self) -> str:
        return self._hash.hexdigest()


def _to_record(face: Face) -> _Face:
    mouth = None
    if face.mouth is not None:
        done, data = cv2.imencode(".png", np.ascontiguousarray(np.moveaxis(face.mouth.classes, 0, -1)))
        assert done
        mouth = _Mouth(face.mouth.to_frame.ravel().tolist(), base64.b64encode(data.tobytes()).decode())
    look = None if face.look is None else base64.b64encode(face.look.tobytes()).decode()
    return _Face(
        face.track_id, face.box.tolist(), face.confidence, face.head, face.points.tolist(), mouth, look
    )
