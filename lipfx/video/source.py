"""Owns telling videos, pictures and folders of pictures apart; must not know how they are read or written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol

from lipfx.core.values import Frame
from lipfx.errors import InputError, OutputError, UsageError
from lipfx.video.clip import SEQUENCE, Clip
from lipfx.video.stills.naming import DEEP_SUFFIXES, is_animation, is_pattern, is_picture, is_sequence
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding
from lipfx.video.writing.output import FrameWriter

ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/+")
"""How an address begins, with one slash too, which is what a path makes of two."""


class FrameReader(Protocol):
    """Frames of a video, a picture or a folder of pictures: a context manager and an iterator.

    `clip` describes the whole; `name_of` gives the file that a frame came from, for messages and stems;
    `notes` what was odd about the source, one line each, complete after the last frame.
    """

    clip: Clip
    notes: list[str]

    def __enter__(self) -> FrameReader: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def __next__(self) -> Frame: ...

    def name_of(self, index: int) -> str: ...


def open_source(
    path: str | Path,
    start: float | None = None,
    end: float | None = None,
    *,
    deinterlace: bool = False,
    stream: int | None = None,
    patience: float | None = None,
    clip: Clip | None = None,
    rate: Fraction | None = None,
    space: str | None = None,
    before: int = 0,
    after: int = 0,
) -> FrameReader:
    """The reader for `path`; its `clip` is known at once, frames come inside its context.

    start, end: seconds, for videos. deinterlace: make whole pictures of interlaced ones, which are refused
    otherwise. stream: the number of the video stream that is meant, None is what players choose. patience:
    seconds that the file may give no byte while it is looked at, None is the usual.
    clip: what `probe` said of a video a moment ago, which is not asked again. rate: frames a second of
    numbered pictures, with which a folder of them is a clip. space: what their numbers mean, see
    `stills.numbered`. before, after: as of `Reader`.

    Raises: InputError, MissingToolError; UsageError when there is no such stream.
    """
    path = Path(path)
    if is_pattern(path) or (path.is_dir() and rate is not None):
        from lipfx.video.stills.numbered import NumberedReader

        return NumberedReader(path, start, end, rate=rate, space=space)
    if rate is not None or space is not None:
        raise UsageError(
            f"{path} is no sequence of numbered pictures, which rates and input spaces are for; name a "
            "pattern: shot.%04d.exr"
        )
    clip = clip or look(path, stream=stream, patience=patience)
    if clip is None:
        from lipfx.video.stills.images import PictureReader

        return PictureReader(path)
    from lipfx.video.reader import Reader

    return Reader(clip, start, end, deinterlace=deinterlace, before=before, after=after)


def look(path: Path, *, stream: int | None = None, patience: float | None = None) -> Clip | None:
    """What is in the video at `path`, None where pictures are, numbered ones too; else as `open_source`."""
    if (found := ADDRESS.match(str(path))) and not path.exists():
        address = f"{found[1]}://{str(path)[found.end() :]}"
        raise InputError(
            f"{address} is an address, a file is wanted; fetch it first, or `lipfx batch` reads s3:// and gs://"
        )
    if is_still(path) or is_pattern(path):
        return None
    from lipfx.video.ffmpeg.probe import Asking, probe

    return probe(path, Asking(stream, patience))


def is_still(path: Path) -> bool:
    """Whether `path` is a picture or a folder of them, whose frames stand alone."""
    return path.is_dir() or (is_picture(path) and not is_pattern(path) and not is_animation(path))


def open_writer(
    path: str | Path,
    clip: Clip,
    encoding: Encoding | None = None,
    *,
    cut: Cut | None = None,
    overwrite: bool = False,
    provenance: str = "",
    first_number: int | None = None,
    data: bool = False,
) -> FrameWriter:
    """The writer for `path`, in which `clip`'s other streams and metadata are kept.

    provenance: a line that is written into the metadata; empty leaves it out. first_number: of the first
    frame in numbered pictures, None is the clip's own. data: frames are mattes, not light.

    Raises: OutputError (also later, inside the context).
    """
    path = Path(path)
    writer = _writer(path, clip, encoding, cut, overwrite, provenance, first_number, data)
    if clip.container == SEQUENCE and path.suffix.lower() != ".exr":
        from lipfx.video.stills.shown import shown_writer

        return shown_writer(writer)
    return writer


def _writer(
    path: Path,
    clip: Clip,
    encoding: Encoding | None,
    cut: Cut | None,
    overwrite: bool,
    provenance: str,
    first_number: int | None,
    data: bool,
) -> FrameWriter:
    if not (is_picture(path) or is_sequence(path)):
        if clip.path.is_dir() and clip.still:
            raise OutputError(
                f"{clip.path} is a folder of pictures, which make no video: name {path.stem}-%04d.png to "
                "number them, or let `lipfx batch --pictures` keep their names"
            )
        from lipfx.video.writing.writer import Writer

        return Writer(path, clip, encoding, cut=cut, overwrite=overwrite, provenance=provenance)
    writer = (
        _sequence_writer(path, clip, overwrite, first_number, data)
        if is_sequence(path)
        else _picture_writer(path, clip, overwrite, provenance)
    )
    if encoding not in (None, Encoding()):
        writer.notes.append(f"{path.name}: a picture takes no encoder's options; they are left out")
    return writer


def _picture_writer(path: Path, clip: Clip, overwrite: bool, provenance: str) -> FrameWriter:
    from lipfx.video.stills.images import PictureWriter

    return PictureWriter(path, clip, overwrite=overwrite, provenance=provenance)


def _sequence_writer(
    path: Path, clip: Clip, overwrite: bool, first_number: int | None, data: bool
) -> FrameWriter:
    if path.suffix.lower() in DEEP_SUFFIXES:
        from lipfx.video.stills.deep_sequences import DeepSequenceWriter

        return DeepSequenceWriter(path, clip, overwrite=overwrite, first_number=first_number, data=data)
    from lipfx.video.stills.sequences import SequenceWriter

    return SequenceWriter(path, clip, overwrite=overwrite, first_number=first_number)
