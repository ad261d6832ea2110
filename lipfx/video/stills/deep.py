"""Owns still pictures of 16 bits a sample, which Pillow lacks in colour; must not know frames or clips."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lipfx.errors import InputError, OutputError
from lipfx.video.stills.banded import ROWS, chunk, write_png
from lipfx.video.stills.beside import XMP_TAG, Beside

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

BITS_PER_SAMPLE = 0x0102  # tag of TIFF
BYTES = 1  # type of TIFF
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

    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    # By name it is not in memory as a file too, but names of any bytes are more than OpenCV takes.
    known = str(path).isascii()
    pixels = cv2.imread(str(path), flags) if known else cv2.imdecode(np.fromfile(path, np.uint8), flags)
    if pixels is None:
        raise InputError(f"{path} is not a picture that can be read; convert it to .png")
    if pixels.dtype not in (np.uint8, np.uint16) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise InputError(
            f"{path} has samples of the kind {mode} ({pixels.dtype}); convert it to 8 or 16 bits"
        )
    if pixels.ndim == 3:
        for top in range(0, len(pixels), ROWS):  # large pictures have no room for a second one
            rows = pixels[top : top + ROWS]
            rows[..., :3] = rows[..., 2::-1].copy()
    return pixels


def write_deep(path: Path, pixels: NDArray[Any], kept: Beside) -> list[str]:
    """Writes (h, w) or (h, w, 3 or 4) uint16 samples; what of `kept` was left out.

    Raises: OutputError when the kind of picture that `path` names cannot hold them.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".tif", ".tiff"):
        raise OutputError(f"{suffix} cannot hold 16 bits per sample; use .png or .tiff")
    try:
        if suffix == ".png":
            with path.open("wb") as file:
                write_png(file, pixels, _chunks(kept))
        else:
            _write_tiff(path, pixels, kept)
    except OSError as error:
        raise OutputError(f"{path.name} could not be written: {error}") from error
    if suffix != ".png" and kept.exif is not None:
        return [f"EXIF data cannot be kept in {suffix} of 16 bits; a .png keeps it"]
    return []


def _write_tiff(path: Path, pixels: NDArray[Any], kept: Beside) -> None:
    from tifffile import imwrite

    imwrite(
        path,
        pixels,
        photometric="minisblack" if pixels.ndim == 2 else "rgb",
        extrasamples=("unassalpha",) if pixels.shape[2:] == (4,) else None,
        compression="zlib",
        compressionargs={"level": 1},  # the others take several times as long for a few per cent
        predictor=True,
        rowsperstrip=ROWS,
        metadata=None,
        software=False,
        iccprofile=kept.icc,
        resolution=kept.dpi,
        resolutionunit=None if kept.dpi is None else "inch",
        extratags=[] if kept.xmp is None else [(XMP_TAG, BYTES, len(kept.xmp), kept.xmp, True)],
    )


def _chunks(kept: Beside) -> Sequence[bytes]:
    """PNG's chunks for what goes beside the samples."""
    chunks = []
    if kept.icc is not None:
        chunks.append(chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(kept.icc)))
    if kept.dpi is not None:
        across, down = (round(value / METRE) for value in kept.dpi)
        chunks.append(chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if kept.xmp is not None:
        chunks.append(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + kept.xmp))
    if kept.exif is not None:
        chunks.append(chunk(b"eXIf", kept.exif.removeprefix(EXIF_PREFIX)))
    return chunks
