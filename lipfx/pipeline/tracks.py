"""Owns the tracks file: faces and landmarks as JSON Lines; must not know how faces are found.

What is rendered is in the file to the last digit, the refiner's classes included, so that a render from it
gives the same picture. A clip is recognised again by its size, its length and the times of its frames.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

import cv2
import msgspec
import numpy as np

from lipfx.core import helen56
from lipfx.core.places import check_file
from lipfx.core.rooms import Growing
from lipfx.core.temporary import check_output, publish
from lipfx.core.values import Face, Float64, Frame, FrameFaces, MouthMap, Scene
from lipfx.errors import TracksError
from lipfx.pipeline.bounds import check_affine, check_near, read_classes, read_look
from lipfx.pipeline.fingerprint import fingerprint, shows, told_by_picture
from lipfx.pipeline.provenance import PROGRAM
from lipfx.pipeline.records import FORMAT, MOST_FRAMES, VERSION, FaceRecord, Header, Line, MouthRecord

if TYPE_CHECKING:
    from lipfx.video.clip import Clip

SAME_TIME = 1e-4  # seconds
SAME_LENGTH = 0.5  # seconds
LONGEST_LINE = 1 << 26  # bytes


class TracksWriter:
    """Writes a tracks file; it appears under its name when the block ends well."""

    def __init__(self, path: Path, clip: Clip, *, overwrite: bool = False, weights: str = "") -> None:
        self.path = path
        self.clip = clip
        self.overwrite = overwrite
        self.weights = weights
        self._growing = Growing(path)
        self._times = _TimesHash()
        self._room = len(self._header(MOST_FRAMES))
        self._encoder = msgspec.json.Encoder()
        self._file: BinaryIO | None = None

    def __enter__(self) -> TracksWriter:
        """Raises: OutputError when the path cannot be written."""
        check_output(self.path, self.clip.inputs, self.overwrite)
        self._growing.begin()
        self._file = self._growing.file.open("wb")
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
                publish(self._growing.file, self.path, overwrite=self.overwrite)
        finally:
            self._growing.end()

    def write(self, frame: Frame, faces: FrameFaces, source: str) -> None:
        """Adds a frame, whose file has the name `source`."""
        assert self._file is not None
        self._times.add(frame.time)
        line = Line(frame.index, frame.time, printable(source), [_to_record(f) for f in faces.faces])
        if told_by_picture(frame.index):
            line.picture = base64.b64encode(fingerprint(frame).tobytes()).decode()
        line.share = faces.share
        if (frame.width, frame.height) != (self.clip.width, self.clip.height):
            line.size = [frame.width, frame.height]
        self._file.write(self._encoder.encode(line) + b"\n")

    def _header(self, frames: int) -> bytes:
        clip = self.clip
        header = Header(
            FORMAT,
            VERSION,
            printable(clip.path.name),
            clip.width,
            clip.height,
            _ratio(clip.frame_rate),
            helen56.SCHEME,
            round(clip.duration, 6),
            frames,
            self._times.digest(),
            PROGRAM,
            self.weights,
            _ratio(clip.sample_aspect_ratio),
            printable(clip.timecode),
        )
        return msgspec.json.encode(header)


def read_tracks(path: Path, clip: Clip, *, force: bool = False) -> Tracks:
    """The tracks in `path`, which were made of `clip`. force: even where it seems to be another one.

    Raises:
        TracksError: there is no such file, it is damaged, or made of another clip.
    """
    header = _header_of(path)
    _check_clip(path, header, clip, force)
    return Tracks(path, header, force=force)


def open_tracks(path: Path) -> Tracks:
    """The tracks in `path`, whatever clip they were made of.

    Raises:
        TracksError: there is no such file, or it is damaged.
    """
    return Tracks(path, _header_of(path))


def _header_of(path: Path) -> Header:
    try:
        check_file(path)
        with path.open("rb") as file:
            first = file.readline(LONGEST_LINE)
        header = msgspec.json.decode(first, type=Header)
    except OSError as error:
        raise TracksError(
            f"{path} cannot be read ({error.strerror}); give a file that `lipfx track` wrote"
        ) from error
    except (ValueError, RecursionError) as error:
        raise TracksError(
            f"{path} is no tracks file ({error}); give a file that `lipfx track` wrote"
        ) from error
    _check_kind(path, header)
    return header


def _check_kind(path: Path, header: Header) -> None:
    kind, wanted = (header.format, header.version), (FORMAT, VERSION)
    if kind != wanted:
        found = f"{header.format} version {header.version}"
        raise TracksError(f"{path} is {found}, wanted {FORMAT} version {VERSION}; track the clip again")
    if header.landmarks != helen56.SCHEME:
        raise TracksError(
            f"{path} holds {header.landmarks} landmarks, wanted {helen56.SCHEME}; track the clip again"
        )


def _check_clip(path: Path, header: Header, clip: Clip, force: bool) -> None:
    found = f"{header.width}x{header.height}, {header.duration:g} s"
    wanted = f"{clip.width}x{clip.height}, {clip.duration:g} s"
    same_size = (header.width, header.height) == (clip.width, clip.height)
    if not same_size or (abs(header.duration - clip.duration) > SAME_LENGTH and not force):
        raise TracksError(f"{path} is of another clip ({found}) than {clip.path} ({wanted}); track this clip")


class Tracks:
    """An open tracks file's faces; see `read_tracks`."""

    def __init__(self, path: Path, header: Header, *, force: bool = False) -> None:
        self.path = path
        self.header = header
        self._side = max(header.width, header.height)
        self._force = force

    def join(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        """Each frame with its faces from the file.

        Raises:
            TracksError: a line is damaged, a frame is missing, or its time is another.
        """
        lines = self._lines()
        line: Line | None = None
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
            faces = tuple(self._face(record) for record in line.faces)
            yield frame, FrameFaces(frame.index, frame.time, faces, line.share)

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
        for line, faces in self.lines(with_mouths=False):
            if (start is None or line.time >= start) and (end is None or line.time < end):
                yield FrameFaces(line.index, line.time, faces, line.share)

    def lines(self, *, with_mouths: bool) -> Iterator[tuple[Line, tuple[Face, ...]]]:
        """Each frame's line and its faces. with_mouths: the refiner's classes, too.

        Raises:
            TracksError: a line is damaged.
        """
        for line in self._lines():
            yield line, tuple(self._face(record, with_mouths) for record in line.faces)

    def _lines(self) -> Iterator[Line]:
        """The lines after the first; checks count and times when the last has been read."""
        decoder, times = msgspec.json.Decoder(Line), _TimesHash()
        with self.path.open("rb") as file:
            file.readline(LONGEST_LINE)
            while text := file.readline(LONGEST_LINE):
                try:
                    line = decoder.decode(text)
                except (ValueError, RecursionError) as error:
                    raise self._damaged(f"line {times.count + 2}: {error}") from error
                times.add(line.time)
                yield line
        if (times.count, times.digest()) != (self.header.frames, self.header.times):
            raise self._damaged(f"{times.count} frames found, {self.header.frames} were written")

    def _damaged(self, what: str) -> TracksError:
        return TracksError(f"{self.path} is damaged ({what}); track the clip again")

    def _face(self, record: FaceRecord, with_mouth: bool = True) -> Face:
        try:
            return self._checked(record, with_mouth)
        except ValueError as error:
            raise self._damaged(str(error)) from error

    def _checked(self, record: FaceRecord, with_mouth: bool) -> Face:
        box, points = np.array(record.box, np.float64), np.array(record.points, np.float64)
        check_near(np.vstack((box.reshape(2, 2), points)), self._side)
        return Face(
            record.track_id,
            box,
            record.confidence,
            record.head,
            points,
            _mouth(record.mouth, points) if record.mouth is not None and with_mouth else None,
            None if record.look is None else read_look(record.look),
            record.person,
            None if record.scene is None else _scene(record.scene),
            record.share,
        )


def _mouth(record: MouthRecord, points: Float64) -> MouthMap | None:
    """None where the points were moved by hand since: masks are then drawn from them."""
    if record.points is not None and record.points != _sum_of(points):
        return None
    affine = np.array(record.to_frame, np.float64).reshape(2, 3)
    check_affine(affine)
    return MouthMap(read_classes(record.png), affine)


def _ratio(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"


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


def _sum_of(points: Float64) -> int:
    """A CRC-32 of points, which JSON holds to the last digit."""
    return zlib.crc32(np.ascontiguousarray(points, "<f8").tobytes())


def _to_record(face: Face) -> FaceRecord:
    mouth = None
    if face.mouth is not None:
        done, data = cv2.imencode(".png", np.ascontiguousarray(np.moveaxis(face.mouth.classes, 0, -1)))
        assert done
        picture = base64.b64encode(data.tobytes()).decode()
        mouth = MouthRecord(face.mouth.to_frame.ravel().tolist(), picture, _sum_of(face.points))
    look = None if face.look is None else base64.b64encode(face.look.tobytes()).decode()
    scene = face.scene
    return FaceRecord(
        face.track_id,
        face.box.tolist(),
        face.confidence,
        face.head,
        face.points.tolist(),
        mouth,
        look,
        None
        if scene is None
        else [*scene.black.tolist(), *scene.white.tolist(), scene.saturation, scene.softness],
        face.person,
        face.share,
    )


def _scene(numbers: list[float]) -> Scene:
    return Scene(np.array(numbers[:3]), np.array(numbers[3:6]), *numbers[6:])
