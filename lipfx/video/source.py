"""Owns telling videos, pictures and folders of pictures apart; must not know how they are read or written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

from lipfx.core.values import Frame
from lipfx.errors import InputError
from lipfx.video.clip import Clip
from lipfx.video.stills.naming import is_animation, is_picture, is_sequence
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
) -> FrameReader:
    """The reader for `path`; its `clip` is known at once, frames come inside its context.

    start, end: seconds, for videos. deinterlace: make whole pictures of interlaced ones, which are refused
    otherwise. stream: the number of the video stream that is meant, None is what players choose. patience:
    seconds that the file may give no byte while it is looked at, None is the usual.
    clip: what `probe` said of a video a moment ago, which is not asked again.

    Raises: InputError, MissingToolError; UsageError when there is no such stream.
    """
    path = Path(path)
    if (found := ADDRESS.match(str(path))) and not path.exists():
        address = f"{found[1]}://{str(path)[found.end() :]}"
        raise InputError(
            f"{address} is an address, a file is wanted; fetch it first, or `lipfx batch` reads s3:// and gs://"
        )
    if is_still(path):
        from lipfx.video.stills.images import PictureReader

        return PictureReader(path)
    from lipfx.video.ffmpeg.probe import Asking, probe
    from lipfx.video.reader import Reader

    clip = clip or probe(path, Asking(stream, patience))
    return Reader(clip, start, end, deinterlace=deinterlace)


def is_still(path: Path) -> bool:
    """Whether `path` is a picture or a folder of them, whose frames stand alone."""
    return path.is_dir() or (is_picture(path) and not is_animation(path))


def open_writer(
    path: str | Path,
    clip: Clip,
    encoding: Encoding | None = None,
    *,
    cut: Cut | None = None,
    overwrite: bool = False,
    provenance: str = "",
) -> FrameWriter:
    """The writer for `path`, in which `clip`'s other streams and metadata are kept.

    provenance: a line that is written into the metadata; empty leaves it out.

    Raises: OutputError (also later, inside the context).
    """
    path = Path(path)
    if not is_picture(path):
        from lipfx.video.writing.writer import Writer

        return Writer(path, clip, encoding, cut=cut, overwrite=overwrite, provenance=provenance)
    writer = _picture_writer(path, clip, overwrite, provenance)
    if encoding not in (None, Encoding()):
        writer.notes.append(f"{path.name}: a picture takes no encoder's options; they are left out")
    return writer


def _picture_writer(path: Path, clip: Clip, overwrite: bool, provenance: str) -> FrameWriter:
    if is_sequence(path):
        from lipfx.video.stills.sequences import SequenceWriter

        return SequenceWriter(path, clip, overwrite=overwrite)
    from lipfx.video.stills.images import PictureWriter

    return PictureWriter(path, clip, overwrite=overwrite, provenance=provenance)
