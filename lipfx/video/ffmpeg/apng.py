"""Owns how long an animated PNG lasts, which ffmpeg does not tell; must not know how it is decoded."""

from __future__ import annotations

import struct
from pathlib import Path

SIGNATURE_BYTES = 8
CHECKSUM_BYTES = 4
DELAY = struct.Struct(">20xHH")  # of a picture's fcTL chunk: numerator and denominator, in seconds
HUNDREDTHS = 100  # what a denominator of 0 means


def apng_length(path: Path) -> tuple[int, float] | None:
    """How many pictures there are in the file, and the seconds that they take; None where it is damaged."""
    count, seconds = 0, 0.0
    try:
        with path.open("rb") as file:
            file.seek(SIGNATURE_BYTES)
            while head := file.read(8):
                length, kind = struct.unpack(">I4s", head)
                if kind == b"fcTL":
                    delay, parts = DELAY.unpack(file.read(DELAY.size))
                    count += 1
                    seconds += delay / (parts or HUNDREDTHS)
                    length -= DELAY.size
                file.seek(length + CHECKSUM_BYTES, 1)
    except (OSError, struct.error):
        return None
    return (count, seconds) if seconds else None
