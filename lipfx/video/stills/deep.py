"""Owns still pictures of 16 bits a sample, which Pillow lacks in colour; must not know frames or clips."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lipfx.errors import InputError, OutputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

ORIENTATION, BITS_PER_SAMPLE = 0x0112, 0x0102  # tags of EXIF and TIFF
PNG_HEADER = 33  # bytes: signature and IHDR, after which other chunks may stand
EXIF_PREFIX = b"Exif\0\0"  # JPEG's, which PNG leaves out


def is_deep(path: Path, image: Image) -> bool:
    """Whether the picture at `path`, opened as `image`, has more than 8 bits a sample."""
    if image.mode.startswith("I"):
        return True
    if path.suffix.lower() == ".png":
        with path.open("rb") as file:
            return file.read(25)[24:25] == b"\x10"
    return 16 in getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, ())


def read_deep(path: Path, image: Image) -> NDArray[Any]:
    """(h, w) grey or (h, w, 3 or 4) RGB(A) uint16 samples as displayed.

    Raises: InputError when they cannot be read.
    """
    import cv2

    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise InputError(f"{path} is not a picture that can be read; convert it to .png")
    if pixels.ndim == 3:
        pixels = pixels[..., (2, 1, 0, 3)[: pixels.shape[2]]]
    return _turned(pixels, image.getexif().get(ORIENTATION, 1))


def write_deep(path: Path, pixels: NDArray[Any], kept: Mapping[str, Any]) -> list[str]:
    """Writes (h, w) or (h, w, 3 or 4) uint16 samples; what of `kept` (exif, icc_profile) was left out.

    Raises: OutputError when the kind of picture that `path` names cannot hold them.
    """
    import cv2

    suffix = path.suffix.lower()
    if suffix not in (".png", ".tif", ".tiff"):
        raise OutputError(f"{path.name}: {suffix} cannot hold 16 bits per sample; use .png or .tiff")
    swapped = pixels if pixels.ndim == 2 else pixels[..., (2, 1, 0, 3)[: pixels.shape[2]]]
    data = cv2.imencode(suffix, np.ascontiguousarray(swapped))[1].tobytes()
    lost = []
    if suffix == ".png":
        data = data[:PNG_HEADER] + b"".join(_chunks(kept)) + data[PNG_HEADER:]
    elif kept:
        names = " and ".join({"exif": "EXIF data", "icc_profile": "colour profile"}[name] for name in kept)
        lost = [f"{names} cannot be kept in {suffix} of 16 bits; a .png keeps them"]
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"{path.name} could not be written: {error}") from error
    return lost


def _chunks(kept: Mapping[str, Any]) -> Sequence[bytes]:
    """PNG's chunks for a colour profile and EXIF data."""
    chunks = []
    if "icc_profile" in kept:
        chunks.append(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(kept["icc_profile"])))
    if "exif" in kept:
        chunks.append(_chunk(b"eXIf", kept["exif"].tobytes().removeprefix(EXIF_PREFIX)))
    return chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _turned(pixels: NDArray[Any], exif: int) -> NDArray[Any]:
    """Pixels as displayed for an EXIF orientation of 1 to 8."""
    turns, mirrored = {
        2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (1, False), 7: (1, True), 8: (3, False)
    }.get(exif, (0, False))  # fmt: skip
    return np.rot90(pixels[:, ::-1] if mirrored else pixels, -turns)
