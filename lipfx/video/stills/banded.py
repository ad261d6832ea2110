"""Owns PNG of 16 bits a sample, written a few rows at a time; must not know what is beside samples.

OpenCV gives the whole file, before which no chunk can be put but in a copy, and Pillow has no such samples in
colour: two copies more of what may be a gigabyte.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 64
LEVEL = 1  # of zlib: the others take several times as long for a few per cent
SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
SUB = 1  # PNG's filter: the difference to the pixel before


def write_png(file: IO[bytes], pixels: NDArray[np.uint16], chunks: Sequence[bytes]) -> None:
    """Writes (h, w) or (h, w, 3 or 4) samples; `chunks`, whole ones, stand before them."""
    samples = pixels[..., None] if pixels.ndim == 2 else pixels
    height, width, channels = samples.shape
    header = struct.pack(">IIBBBBB", width, height, 16, COLOUR_TYPES[channels], 0, 0, 0)
    file.write(SIGNATURE + chunk(b"IHDR", header) + b"".join(chunks))
    packer = zlib.compressobj(LEVEL, strategy=zlib.Z_RLE)
    step = 2 * channels
    for band in _bands(samples):
        stored = band.astype(">u2").reshape(len(band), -1).view(np.uint8)
        filtered = np.empty((len(band), 1 + stored.shape[1]), np.uint8)
        filtered[:, 0] = SUB
        filtered[:, 1 : 1 + step] = stored[:, :step]
        np.subtract(stored[:, step:], stored[:, :-step], out=filtered[:, 1 + step :])
        packed = packer.compress(filtered.data)
        if packed:
            file.write(chunk(b"IDAT", packed))
    file.write(chunk(b"IDAT", packer.flush()) + chunk(b"IEND", b""))


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bands(samples: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (samples[top : top + ROWS] for top in range(0, len(samples), ROWS))
