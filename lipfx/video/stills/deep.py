"""Owns still pictures of 16 bits a sample, which Pillow lacks in colour; must not know frames or clips."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lipfx.errors import InputError, OutputError
from lipfx.video.stills.beside import Beside

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

BITS_PER_SAMPLE = 0x0102  # tag of TIFF
ROWS = 256
PNG_HEADER = 33  # bytes: signature and IHDR, after which other chunks may stand
METRE = 0.0254  # an inch
EXIF_PREFIX = b"Exif\0\0"  # JPEG's, which PNG leaves out


def is_deep(path: Path, image: Image) -> bool:
    """Whether the picture at `path`, opened as `image`, has more than 8 bits a sample."""
    if image.mode.startswith("I"):
        return True
    if path.suffix.lower() == ".png":
        with path.open("rb") as file:
            return file.read(25)[24:25] == b"\x10"
    return 16 in getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, ())


def read_deep(path: Path, mode: str) -> NDArray[Any]:
    """(h, w) grey or (h, w, 3 or 4) RGB(A) uint16 samples as they are stored.

    mode: Pillow's name of their kind.

    Raises: InputError when they cannot be read.
    """
    import cv2

    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise InputError(f"{path} is not a picture that can be read; convert it to .png")
    if pixels.dtype not in (np.uint8, np.uint16) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise InputError(
            f"{path} has samples of the kind {mode} ({pixels.dtype}); convert it to 8 or 16 bits"
        )
    if pixels.ndim == 3:
        swap(pixels)
    return pixels


def swap(pixels: NDArray[Any]) -> None:
    """Puts red and blue, or blue and red, of (h, w, 3 or 4) samples in each other's place, in a few rows at a
    time: large pictures have no room for a second one.
    """
    for top in range(0, len(pixels), ROWS):
        rows = pixels[top : top + ROWS]
        rows[..., :3] = rows[..., 2::-1].copy()


@contextmanager
def _as_cv2(pixels: NDArray[Any]) -> Iterator[None]:
    """Has `pixels` in OpenCV's order while the block runs."""
    if pixels.ndim == 3:
        swap(pixels)
    try:
        yield
    finally:
        if pixels.ndim == 3:
            swap(pixels)


def write_deep(path: Path, pixels: NDArray[Any], kept: Beside) -> list[str]:
    """Writes (h, w) or (h, w, 3 or 4) uint16 samples; what of `kept` was left out.

    Raises: OutputError when the kind of picture that `path` names cannot hold them.
    """
    import cv2

    suffix = path.suffix.lower()
    if suffix not in (".png", ".tif", ".tiff"):
        raise OutputError(f"{suffix} cannot hold 16 bits per sample; use .png or .tiff")
    with _as_cv2(pixels):
        data = cv2.imencode(suffix, pixels)[1].data
    parts: list[bytes | memoryview] = [data]
    lost = []
    if suffix == ".png":
        parts = [data[:PNG_HEADER], *_chunks(kept), data[PNG_HEADER:]]
    elif kept.names:
        names = " and ".join(kept.names)
        lost = [f"{names} cannot be kept in {suffix} of 16 bits; a .png keeps them"]
    try:
        with path.open("wb") as file:
            file.writelines(parts)
    except OSError as error:
        raise OutputError(f"{path.name} could not be written: {error}") from error
    return lost


def _chunks(kept: Beside) -> Sequence[bytes]:
    """PNG's chunks for what goes beside the samples."""
    chunks = []
    if kept.icc is not None:
        chunks.append(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(kept.icc)))
    if kept.dpi is not None:
        across, down = (round(value / METRE) for value in kept.dpi)
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if kept.xmp is not None:
        chunks.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + kept.xmp))
    if kept.exif is not None:
        chunks.append(_chunk(b"eXIf", kept.exif.removeprefix(EXIF_PREFIX)))
    return chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
