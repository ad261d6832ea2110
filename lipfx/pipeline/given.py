"""Owns mattes that somebody gives, in numbered pictures or as a clip, frame by frame; must not know faces."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.planar import coding, decoded
from lipfx.core.values import Float32, Frame
from lipfx.errors import InputError
from lipfx.pipeline.mattes import FACE
from lipfx.pipeline.options import SourceOptions
from lipfx.video.clip import Clip
from lipfx.video.source import is_still, open_source
from lipfx.video.stills.dpx import read_dpx
from lipfx.video.stills.exr import read_exr
from lipfx.video.stills.images import read_pixels
from lipfx.video.stills.naming import PICTURE_SUFFIXES

WORDS = {
    **{name: name for name in ("lips", "upper", "lower", "inner", "teeth")},
    **{"lips_upper": "upper", "lips_lower": "lower", "mouth": "inner"},
}
"""What layers are called in names of files, folders and channels, and which each is."""
NUMBER = re.compile(r"(\d+)$")
IN_CHANNELS = ("upper", "lower", "inner", "teeth")
ALIKE = 0.02
"""By how much three channels may differ that are one grey matte."""

ROUNDED = 0.75
"""Steps of a file's samples by which its rounding may change a matte."""
LOSSLESS = ("ffv1", "png", "qtrle", "rawvideo", "utvideo", "huffyuv", "ffvhuff", "magicyuv")
LOSSES = {"prores": 0.02, "dnxhd": 0.04}
"""By how much compression may change a matte; others by LOSS."""
LOSS = 0.08


@dataclass(frozen=True, slots=True)
class GivenMatte:
    """alpha: (h, w) float32 0..1. apart: by how much it may differ from what it was made of, unedited."""

    alpha: Float32
    apart: float


Given: TypeAlias = Mapping[tuple[str, str], GivenMatte]
"""Mattes of a frame by person (or face, or nobody) and layer."""


class Mattes(Protocol):
    """Mattes of a clip, a context manager; frames are asked for in order."""

    def __enter__(self) -> Mattes: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def of(self, frame: Frame) -> Given:
        """Those of a frame; none where none are given.

        Raises: InputError: they cannot be read, or are of another size.
        """


def given_mattes(path: Path, clip: Clip, options: SourceOptions, start_number: int) -> Mattes:
    """The mattes at `path`, of the frames of `clip`. start_number: of its first frame in names of pictures.

    Raises: InputError: there are none, or none is of a frame of the clip.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist; give a folder of mattes, or a clip of them")
    if not is_still(path):
        return ClipMattes(path, clip, options)
    return PictureMattes(path, clip, options.choice.persons, start_number)


class PictureMattes:
    """A folder of numbered pictures, with folders for layers, persons and faces; or one picture."""

    def __init__(self, path: Path, clip: Clip, persons: Collection[str], start_number: int) -> None:
        self._files: dict[int, list[tuple[str, str, Path]]] = {}
        single = path.is_file()
        for file in [path] if single else sorted(path.rglob("*")):
            if file.suffix.lower() in (*PICTURE_SUFFIXES, ".exr", ".dpx"):
                found = NUMBER.search(file.stem)
                if found or single or clip.still:
                    index = 0 if single or clip.still or not found else int(found[1]) - start_number
                    self._files.setdefault(index, []).append((*_told(file, path, persons), file))
        if not self._files:
            raise InputError(f"{path} holds no numbered picture; mattes are called as `lipfx masks` does")
        first, last, count = min(self._files), max(self._files), clip.frame_count
        if last < 0 or (count and first >= count):
            raise InputError(
                f"{path} has numbers {first + start_number} to {last + start_number}, the frames of "
                f"{clip.path} begin at {start_number}; say with --start-number what its first one is called"
            )

    def __enter__(self) -> PictureMattes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def of(self, frame: Frame) -> Given:
        made: dict[tuple[str, str], GivenMatte] = {}
        for person, layer, file in self._files.get(frame.index, ()):
            if file.suffix.lower() == ".exr":
                made.update(_of_exr(file, person, layer))
            else:
                made[person, layer or "lips"] = _of_picture(file)
            for matte in made.values():
                _check_size(matte.alpha, frame, file)
        return made


def _told(file: Path, folder: Path, persons: Collection[str]) -> tuple[str, str]:
    """Person (or face) and layer that a name tells, empty where it does not; folders tell more surely."""
    parts = () if file == folder else file.parent.relative_to(folder).parts
    stem = NUMBER.sub("", file.stem).rstrip("._- ")
    layers = [part for part in parts if part in WORDS]
    layers += [word for word in WORDS if re.search(rf"(^|[._ -]){word}$", stem, re.IGNORECASE)]
    owners = [part for part in parts if part in persons or FACE.fullmatch(part)]
    owners += [name for name in persons if re.search(rf"(^|[._ -]){re.escape(name)}($|[._ -])", stem)]
    return (owners[0] if owners else ""), (WORDS[layers[0]] if layers else "")


def _of_exr(file: Path, person: str, layer: str) -> Given:
    """Layers by the names of channels: `anna.lips_upper.A`; a file without any is one matte."""
    made: dict[tuple[str, str], GivenMatte] = {}
    channels = read_exr(file)
    for name, pixels in channels.items():
        *who, word, channel = ["", "", *name.split(".")][-3:]
        if word in WORDS and channel in ("A", "alpha", "Y", "R"):
            made[who[0] or person, WORDS[word]] = _half(pixels)
    if not made:
        plain = next(channels[name] for name in ("Y", "R", "A", *channels) if name in channels)
        alpha = channels.get("A")
        made[person, layer or "lips"] = _half(plain if alpha is None or alpha.min() >= 1 else alpha)
    return made


def _half(pixels: Float32) -> GivenMatte:
    return GivenMatte(np.clip(pixels, 0, 1), ROUNDED / 1024)


def _of_picture(file: Path) -> GivenMatte:
    """One matte: a picture's transparency where it has some, else how light it is."""
    deep = file.suffix.lower() == ".dpx"
    pixels: NDArray[Any] = read_dpx(file) if deep else read_pixels(file)
    top = float(np.iinfo(pixels.dtype).max)
    if pixels.ndim == 3:
        veiled = pixels.shape[2] == 4 and pixels[..., 3].min() < top
        pixels = pixels[..., 3 if veiled else 1]
    lossy = file.suffix.lower() not in (".png", ".tif", ".tiff", ".dpx", ".bmp", ".tga", ".pgm")
    apart = LOSS if lossy else ROUNDED / (1023 if deep else top)
    return GivenMatte(np.asarray(pixels, np.float32) / np.float32(top), apart)


class ClipMattes:
    """A clip: one matte as grey, or several in red, green, blue and alpha."""

    def __init__(self, path: Path, clip: Clip, options: SourceOptions) -> None:
        self._reader = open_source(path)
        self._stack = ExitStack()
        self._begin = _begin(self._reader.clip, clip, options)
        self._half = float(1 / (clip.frame_rate or Fraction(50))) / 2
        self._next: Frame | None = None
        self._ended = False

    def __enter__(self) -> ClipMattes:
        self._stack.enter_context(self._reader)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def of(self, frame: Frame) -> Given:
        time = frame.time - self._begin
        while not self._ended and (self._next is None or self._next.time < time - self._half):
            self._next = next(self._reader, None)
            self._ended = self._next is None
        if self._next is None or abs(self._next.time - time) > self._half:
            return {}
        _check_size(self._next.planes[0], frame, self._reader.clip.path)
        return {("", layer): matte for layer, matte in self._mattes(self._next).items()}

    def _mattes(self, frame: Frame) -> dict[str, GivenMatte]:
        luma = _scaled(frame, 0)
        apart = self._apart(frame)
        subsampled = frame.format.chroma_shift_x or frame.format.chroma_shift_y
        if frame.format.grey or (subsampled and not frame.format.rgb):
            return {"lips": GivenMatte(luma, apart)}
        samples = np.asarray(cv2.merge(frame.planes[:3]), np.float32)
        rgb = np.clip(decoded(samples, frame.format, frame.colour), 0, 1)
        if np.ptp(rgb, axis=2).max() < ALIKE:
            return {"lips": GivenMatte(rgb[..., 1].copy(), apart)}
        return {name: GivenMatte(rgb[..., k].copy(), apart) for k, name in enumerate(IN_CHANNELS[:3])}

    def _apart(self, frame: Frame) -> float:
        codec = self._reader.clip.video.codec
        if codec in LOSSLESS:
            low, high = coding(frame.format, frame.colour).legal[0]
            return ROUNDED / (high - low)
        return LOSSES.get(codec, LOSS)


def _begin(mattes: Clip, clip: Clip, options: SourceOptions) -> float:
    """When the clip of mattes begins, in seconds of the clip: where the part begins that is as long as it."""
    if options.start is None:
        return 0.0
    part = min(clip.duration, clip.duration if options.end is None else options.end) - options.start
    return options.start if abs(mattes.duration - part) < abs(mattes.duration - clip.duration) else 0.0


def _scaled(frame: Frame, plane: int) -> Float32:
    low, high = coding(frame.format, frame.colour).legal[0]
    scaled = (np.asarray(frame.planes[plane], np.float32) - np.float32(low)) / np.float32(high - low)
    return np.asarray(np.clip(scaled, 0, 1), np.float32)


def _check_size(matte: NDArray[Any], frame: Frame, path: Path) -> None:
    height, width = matte.shape[:2]
    if (width, height) != (frame.width, frame.height):
        raise InputError(
            f"{path} is {width}x{height}, wanted {frame.width}x{frame.height}; give mattes of the clip's size"
        )


def together(given: Sequence[Float32]) -> Float32 | None:
    """The union of mattes, None of none."""
    return None if not given else np.asarray(np.maximum.reduce(list(given)), np.float32)
