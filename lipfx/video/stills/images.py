"""Owns still pictures and folders of them as frames; must not know videos, ffmpeg or effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from lipfx.core.bands import bands
from lipfx.core.planar import read_alpha, read_patch
from lipfx.core.rooms import Growing
from lipfx.core.temporary import check_output, publish
from lipfx.core.values import Colour, Frame, PixelFormat, Plane, Space
from lipfx.errors import InputError, OutputError
from lipfx.video.clip import Clip, ColourTags, Stream
from lipfx.video.orientation import Orientation
from lipfx.video.stills.beside import XMP_SUFFIXES, Beside, beside, saved_with
from lipfx.video.stills.deep import is_deep, read_deep, write_deep
from lipfx.video.stills.naming import PICTURE_SUFFIXES
from lipfx.video.stills.opened import eight_bit, opened, orientation, turned
from lipfx.video.stills.xmp import with_provenance
from lipfx.video.writing.output import FrameWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

SRGB = Colour(matrix="gbr", primaries="bt709", transfer="iec61966-2-1", full_range=True)
GREY, GREY_16 = PixelFormat("gray", 8, grey=True), PixelFormat("gray16le", 16, grey=True)
RGB, RGB_16 = PixelFormat("gbrp", 8, rgb=True), PixelFormat("gbrp16le", 16, rgb=True)
RGBA = PixelFormat("gbrap", 8, rgb=True, alpha=True)
RGBA_16 = PixelFormat("gbrap16le", 16, rgb=True, alpha=True)
FORMATS = {(1, 8): GREY, (1, 16): GREY_16, (3, 8): RGB, (3, 16): RGB_16, (4, 8): RGBA, (4, 16): RGBA_16}
# Quality close to that of the best cameras; chroma is not subsampled.
JPEG: Mapping[str, Any] = {"quality": 95, "subsampling": 0, "format": "JPEG"}
TIFF: Mapping[str, Any] = {"compression": "tiff_lzw"}
SAVE_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), JPEG),
    **dict.fromkeys((".tif", ".tiff"), TIFF),
    ".webp": {"lossless": True, "quality": 80},
    ".avif": {"quality": 95, "subsampling": "4:4:4"},
}
OPAQUE = 255
WITHOUT_ALPHA = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".ppm", ".pgm", ".pnm")


class PictureReader:
    """The pictures of a folder in the order of their names, or one picture, each as a frame of one second."""

    def __init__(self, path: Path) -> None:
        """Raises: InputError when there is no picture at `path`."""
        self.paths = _pictures(path)
        self.clip = _describe(path, self.paths)
        self.notes: list[str] = []
        self._next = 0

    def __enter__(self) -> PictureReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        if self._next >= len(self.paths):
            raise StopIteration
        index, self._next = self._next, self._next + 1
        return to_frame(read_pixels(self.paths[index]), index)

    def name_of(self, index: int) -> str:
        """The name of the file that frame `index` came from."""
        return self.paths[index].name


class PictureWriter(FrameWriter):
    """Writes one frame to one picture, with the EXIF data and colour profile of the clip's own picture."""

    def __init__(self, path: Path, clip: Clip, *, overwrite: bool = False, provenance: str = "") -> None:
        super().__init__(path, clip, overwrite=overwrite)
        self._provenance = provenance
        self._growing = Growing(path)

    def _prepare(self) -> None:
        check_output(self.path, self.clip.inputs, self.overwrite)
        self._growing.begin()

    def _finish(self) -> None:
        publish(self._growing.file, self.path, overwrite=self.overwrite)

    def _abandon(self) -> None:
        self._growing.end()

    def write(self, frame: Frame) -> None:
        """Raises: OutputError at a second frame, or when the picture's kind cannot hold the first."""
        if self.frame_count:
            raise OutputError(
                f"{self.path} holds one picture, but there are more frames; name numbered pictures, as in "
                f"{self.path.stem}-%04d{self.path.suffix}, or a video; or choose one with --start and --end"
            )
        kept, lost = beside(next(iter(self.clip.files), None), grey=frame.format.grey)
        lost += write_pixels(self._growing.file, from_frame(frame), kept, self._provenance)
        self.notes.extend(f"{self.path.name}: {words}" for words in lost)
        self.frame_count = 1


def to_frame(pixels: NDArray[Any], index: int) -> Frame:
    """A frame of (h, w) grey or (h, w, 3 or 4) RGB(A) uint8 or uint16 sRGB samples; one second long."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    form = FORMATS[channels, 8 * pixels.itemsize]
    order = (0,) if channels == 1 else (1, 2, 0, 3)[:channels]
    stack = pixels[..., None] if pixels.ndim == 2 else pixels
    planes: tuple[Plane, ...] = tuple(np.array(stack[..., channel], order="C") for channel in order)
    return Frame(planes, form, SRGB, index, index, Fraction(1), 1)


def from_frame(frame: Frame) -> NDArray[Any]:
    """(h, w) grey or (h, w, 3 or 4) RGB(A) samples of a frame, uint8 or uint16."""
    if frame.format.grey:
        return frame.planes[0]
    if not frame.format.rgb:
        return shown(frame)
    green, blue, red, *alpha = frame.planes
    return np.stack([red, green, blue, *alpha], axis=-1)


def shown(frame: Frame) -> NDArray[Any]:
    """(h, w, 3 or 4) RGB(A) samples of a YUV frame as a screen shows it, uint8, or uint16 if it is deeper."""
    depth = np.uint8 if frame.format.bits == 8 else np.uint16
    samples = np.empty((frame.height, frame.width, 4 if frame.format.alpha else 3), depth)
    for band in bands(frame.width, frame.height):
        rgb = np.clip(read_patch(frame, band.box, Space.ENCODED), 0, 1)
        if frame.format.alpha:
            rgb = np.dstack([rgb, read_alpha(frame, band.box)])
        samples[band.rows] = np.rint(rgb[band.part] * np.iinfo(depth).max)
    return samples


def read_pixels(path: Path) -> NDArray[Any]:
    """The picture at `path` as displayed: (h, w) or (h, w, 3 or 4), uint8, or uint16 where it is deeper.

    Raises: InputError when it cannot be read.
    """
    with opened(path) as image:
        if path.suffix.lower() in (".png", ".tif", ".tiff") and is_deep(path, image):
            turn, mode = orientation(image), image.mode
        else:
            return turned(np.asarray(eight_bit(path, image)), orientation(image))
    del image  # with its samples
    return turned(read_deep(path, mode), turn)


def write_pixels(
    path: Path, pixels: NDArray[Any], kept: Beside | None = None, provenance: str = ""
) -> list[str]:
    """Writes (h, w) or (h, w, 3 or 4) samples, with what is `kept` beside them.

    provenance: a line for the XMP of those that hold any.

    Returns what could not be kept.

    Raises: OutputError when the kind of picture that `path` names cannot hold them.
    """
    suffix = path.suffix.lower()
    kept = kept or Beside()
    if provenance and suffix in XMP_SUFFIXES:
        kept = replace(kept, xmp=with_provenance(kept.xmp, provenance))
    if pixels.dtype == np.uint16:
        return write_deep(path, pixels, kept)
    from PIL import Image

    if pixels.ndim == 3 and pixels.shape[2] == 4 and suffix in WITHOUT_ALPHA:
        if pixels[..., 3].min() < OPAQUE:
            raise OutputError(f"{suffix} has no transparency; use .png, .webp or .tiff")
        pixels = pixels[..., :3]
    lost: list[str] = []
    if pixels.ndim == 3 and suffix == ".pgm":
        raise OutputError(f"{suffix} has no colours; use .ppm or .png")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    for exif in (kept.exif, None):
        options, left_out = saved_with(replace(kept, exif=exif), suffix)
        try:
            image.save(path, **{**SAVE_OPTIONS.get(suffix, {}), **options})
            break
        except OSError as error:
            raise OutputError(f"{path.name} could not be written: {error}") from error
        except Exception as error:
            if exif is None:
                raise OutputError(f"{path.name} could not be written: {error}") from error
            lost = [f"{suffix} cannot hold its EXIF data as they are; they are left out"]
    return lost + left_out


def _pictures(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        raise InputError(f"{path} does not exist; check the name")
    if not path.is_dir():
        return (path,)
    found = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file())
    if not found:
        raise InputError(
            f"{path} holds no picture; name a folder that does, or do its videos with `lipfx batch`"
        )
    return tuple(found)


def _describe(path: Path, paths: tuple[Path, ...]) -> Clip:
    """A clip of `paths`; size and format are those of the first."""
    with opened(paths[0]) as image:
        sideways = orientation(image) >= 5
        width, height = image.size[::-1] if sideways else image.size
        form = _format_of(paths[0], image)
    video = Stream(
        0, "video", paths[0].suffix[1:].lower(), "", 0.0, float(len(paths)), len(paths), frozenset(), {}
    )
    return Clip(
        path=path,
        container="pictures",
        video=video,
        streams=(video,),
        metadata={},
        chapters=0,
        width=width,
        height=height,
        stored_format=form.name,
        pixel_format=form,
        colour=SRGB,
        tags=ColourTags(),
        orientation=Orientation(),
        frame_rate=Fraction(1),
        time_base=Fraction(1),
        origin=0.0,
        duration=float(len(paths)),
        frame_count=len(paths),
        files=paths,
    )


def _format_of(path: Path, image: Image) -> PixelFormat:
    bits = 16 if is_deep(path, image) else 8
    grey = image.mode in ("1", "L", "I") or image.mode.startswith("I;16")
    alpha = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or (
        image.mode == "P" and "transparency" in image.info
    )
    return FORMATS[1 if grey else 4 if alpha else 3, bits]
