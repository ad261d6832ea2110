"""Owns numbered pictures as frames of a clip: which files, which rate, which colours; must not know videos.

fileseq tells patterns, gaps and ranges: the extra `lipfx[editor]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Float32, Frame
from lipfx.errors import InputError, MissingToolError, UsageError
from lipfx.video.clip import SEQUENCE, Clip, ColourTags, Stream
from lipfx.video.orientation import Orientation
from lipfx.video.stills.dpx import is_dpx, read_dpx
from lipfx.video.stills.exr import exr_tags, read_exr
from lipfx.video.stills.images import SRGB, read_pixels, to_frame
from lipfx.video.stills.light import LIGHT, LOG, samples_of, samples_of_log
from lipfx.video.stills.naming import DEEP_SUFFIXES, PICTURE_SUFFIXES

RATE = Fraction(25)
"""Where neither the pictures nor anybody tells one: what ffmpeg takes too."""
SPACES = {
    "srgb": SRGB,
    "rec709": replace(SRGB, transfer="bt709"),
    "linear": replace(SRGB, transfer="linear"),
    "pq": replace(SRGB, primaries="bt2020", transfer="smpte2084"),
    "hlg": replace(SRGB, primaries="bt2020", transfer="arib-std-b67"),
}
"""What numbers in pictures may mean, by name, beside LOG; EXR is linear and all others sRGB unless it is
said."""
LATE = Fraction(1, 1000)
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Numbered:
    """files: in order, without a gap. first: the number of the first one."""

    files: tuple[Path, ...]
    first: int


class NumberedReader:
    """Numbered pictures, each as a frame of a clip of so many a second; see `kinds.FrameReader`."""

    def __init__(
        self,
        path: Path,
        start: float | None = None,
        end: float | None = None,
        *,
        rate: Fraction | None = None,
        space: str | None = None,
    ) -> None:
        """path: a pattern, or a folder. start, end: seconds. rate: frames a second, None is what the pictures
        say. space: of SPACES, or LOG; None is the usual.

        Raises: InputError: there are none, or some are missing; MissingToolError: fileseq is not installed;
            UsageError: `space` is none.
        """
        if space is not None and space not in (*SPACES, LOG):
            known = ", ".join((*SPACES, LOG))
            raise UsageError(f"input space '{space}' is not known; choose from {known}")
        found = found_pictures(path)
        self.notes: list[str] = []
        self.paths = found.files
        self._space = space
        self.clip = self._described(path, found, rate)
        first, last = self._span(start, end)
        self._indices = iter(range(first, last))

    def __enter__(self) -> NumberedReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        return self._frame(next(self._indices))

    def name_of(self, index: int) -> str:
        """The name of the file that frame `index` came from."""
        return self.paths[index].name

    def _span(self, start: float | None, end: float | None) -> tuple[int, int]:
        """The first frame, and the one after the last, from `start` to before `end`."""
        assert self.clip.frame_rate is not None
        count, rate = len(self.paths), self.clip.frame_rate
        first, last = (
            ceil(Fraction(time) * rate - LATE)
            for time in (start or 0.0, count / rate if end is None else end)
        )
        if first >= count:
            raise InputError(
                f"{self.clip.path} has its last picture at {float((count - 1) / rate):.3f} s, before --start "
                f"{start:g}; begin earlier"
            )
        return first, min(last, count)

    def _frame(self, index: int) -> Frame:
        frame, clip = _read(self.paths[index], self._space), self.clip
        if (frame.width, frame.height, frame.format) != (clip.width, clip.height, clip.pixel_format):
            raise InputError(
                f"{self.paths[index]} is {frame.width}x{frame.height} {frame.format.name}, the first one is "
                f"{clip.width}x{clip.height} {clip.pixel_format.name}; render all alike"
            )
        assert clip.frame_rate is not None
        return replace(frame, index=index, pts=index, time_base=1 / clip.frame_rate, duration=1)

    def _described(self, path: Path, found: Numbered, rate: Fraction | None) -> Clip:
        first, count = _read(found.files[0], self._space), len(found.files)
        told, timecode = exr_tags(found.files[0]) if _is_exr(found.files[0]) else (None, "")
        if rate is None and told is None:
            self.notes.append(
                f"{path} tells no frame rate; it is taken for {RATE} a second, --rate says else"
            )
        rate = rate or told or RATE
        duration = float(count / rate)
        tags = {"timecode": timecode} if timecode else {}
        codec = found.files[0].suffix[1:].lower()
        video = Stream(0, "video", codec, "", 0.0, duration, count, frozenset({"default"}), tags)
        curve = LOG if self._space == LOG else first.colour.transfer
        told_tags = ColourTags(first.colour.matrix, first.colour.primaries, curve, "pc")
        return Clip(
            path=path,
            container=SEQUENCE,
            video=video,
            streams=(video,),
            metadata={},
            chapters=0,
            width=first.width,
            height=first.height,
            stored_format=first.format.name,
            pixel_format=first.format,
            colour=first.colour,
            tags=told_tags,
            orientation=Orientation(),
            frame_rate=rate,
            time_base=1 / rate,
            origin=0.0,
            duration=duration,
            frame_count=count,
            files=found.files,
            first_number=found.first,
        )


def found_pictures(path: Path) -> Numbered:
    """The pictures that a pattern or a folder means.

    Raises: InputError, MissingToolError: see `NumberedReader`.
    """
    fileseq = _library()
    style = fileseq.PAD_STYLE_HASH1
    try:
        if path.is_dir():
            there = _only(path, fileseq.findSequencesOnDisk(str(path), pad_style=style))
            asked = None
        else:
            named = fileseq.FileSequence(str(path), pad_style=style)
            asked = named.frameSet()
            there = fileseq.findSequenceOnDisk(
                named.format("{dirname}{basename}#{extension}"), pad_style=style
            )
    except fileseq.FileSeqException as error:
        raise InputError(f"{path}: there are no pictures of that name; see how they are numbered") from error
    numbers = sorted(there.frameSet() if asked is None else asked)
    missing = sorted({*range(numbers[0], numbers[-1] + 1)} - {*there.frameSet()})
    files = [Path(there.frame(number)) for number in range(numbers[0], numbers[-1] + 1)]
    if missing:
        lacking = fileseq.FrameSet(missing)
        raise InputError(
            f"{path} lacks {lacking}; render them, or name a range that is whole: shot.1001-1010#.png"
        )
    return Numbered(tuple(files), numbers[0])


def _only(folder: Path, sequences: Sequence[Any]) -> Any:
    """The one sequence of pictures in a folder.

    Raises: InputError: there are more, or none.
    """
    kinds = (*PICTURE_SUFFIXES, *DEEP_SUFFIXES)
    found = [s for s in sequences if s.extension().lower() in kinds and s.frameSet()]
    if len(found) != 1:
        names = ", ".join(sorted(s.basename() + s.padding() + s.extension() for s in found)[:MOST_NAMED])
        raise InputError(
            f"{folder} holds {names or 'no numbered picture'}, wanted one sequence; name the pattern"
        )
    return found[0]


def _read(path: Path, space: str | None) -> Frame:
    """A picture as a frame, in what its numbers mean."""
    if _is_exr(path):
        return _read_exr(path, space)
    pixels: NDArray[Any] = read_dpx(path) if is_dpx(path) else read_pixels(path)
    return _meant(pixels, space or "srgb")


def _meant(pixels: NDArray[Any], space: str) -> Frame:
    """A frame of numbers that mean what `space` says."""
    if space != LOG:
        return replace(to_frame(pixels, 0), colour=SPACES[space])
    codes = pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint16) * 257
    colours = codes[..., :3] if codes.ndim == 3 else codes
    samples = samples_of_log(colours)
    if codes.ndim == 3 and codes.shape[2] == 4:
        samples = np.dstack([samples, codes[..., 3]])
    return replace(to_frame(samples, 0), colour=LIGHT)


def _read_exr(path: Path, space: str | None) -> Frame:
    channels = read_exr(path)
    names = [name for name in "RGB" if name in channels] or [name for name in "Y" if name in channels]
    if len(names) not in (1, 3):
        raise InputError(f"{path} has no R, G, B but {', '.join(channels)}; write its picture as R, G, B")
    light = np.stack([channels[name] for name in (names * 3)[:3]], axis=-1)
    linear = space in (None, "linear")
    samples = samples_of(light) if linear else _codes(light)
    if "A" in channels:
        samples = np.dstack([samples, _codes(channels["A"])])
    return replace(to_frame(samples, 0), colour=LIGHT) if linear else _meant(samples, space or "srgb")


def _codes(values: Float32) -> NDArray[np.uint16]:
    return np.asarray(np.rint(np.clip(values, 0, 1) * 65535), np.uint16)


def _is_exr(path: Path) -> bool:
    return path.suffix.lower() == ".exr"


def _library() -> Any:
    try:
        import fileseq
    except ImportError as error:
        raise MissingToolError(
            "numbered pictures as a clip want fileseq, which is not installed; pip install 'lipfx[editor]'"
        ) from error
    return fileseq
