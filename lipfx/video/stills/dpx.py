"""Owns DPX pictures (SMPTE ST 268), coded by ffmpeg's libraries; must not know frames or clips.

10 bits a sample, three in a word, or 16: what grading and compositing take. Codes are full range.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lipfx.errors import InputError, OutputError
from lipfx.video.stills.stamp import Stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS = {10: "gbrp10be", 16: "rgb48be"}
GENERIC, INDUSTRY = 1664, 384  # bytes of the headers: of any picture, and of film and television
OFFSETS, SIZE, HEADERS = (4, 808), 16, 24  # places in the first: of where samples begin, of lengths
ASPECT, DEPTH = 1628, 803
UNTOLD = ((1664, 1712), (1732, 1920), (1924, 1928))  # texts and user bits, of which none are told
FILM_RATE, TIMECODE, RATE = 1724, 1920, 1940  # places in the second, from the file's beginning
DROPS = 1 << 6  # the flag of a timecode that leaves numbers out


def is_dpx(path: Path) -> bool:
    """Whether a file is named like one."""
    return path.suffix.lower() == ".dpx"


def write_dpx(path: Path, pixels: NDArray[np.uint16], bits: int, stamp: Stamp) -> None:
    """Writes (h, w) or (h, w, 3) uint16 samples of 16 bits as ones of `bits`, 10 or 16.

    Raises: OutputError.
    """
    import av

    rgb = np.ascontiguousarray(np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels)
    height, width = rgb.shape[:2]
    coder = cast("Any", av.CodecContext.create("dpx", "w"))
    coder.width, coder.height, coder.pix_fmt = width, height, FORMATS[bits]
    coder.time_base = 1 / stamp.rate if stamp.rate else 1
    if bits == 16:
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb48be")
    else:
        frame = _planar(np.rint(rgb * (1023 / 65535)).astype(np.uint16))
    data = b"".join(bytes(packet) for packet in (*coder.encode(frame), *coder.encode(None)))
    try:
        path.write_bytes(_stamped(data, stamp))
    except OSError as error:
        raise OutputError(f"{path.name} could not be written: {error}") from error


def dpx_bits(path: Path) -> int:
    """10 where the file has at most as many bits a sample, else 16.

    Raises: InputError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return 10 if file.read(DEPTH + 1)[DEPTH] <= 10 else 16
    except (OSError, IndexError) as error:
        raise InputError(f"{path} is not a DPX picture that can be read ({error})") from error


def _planar(rgb: NDArray[np.uint16]) -> Any:
    """A frame of samples of 10 bits, as ffmpeg holds them: G, B, R, big-endian."""
    import av

    frame = av.VideoFrame(rgb.shape[1], rgb.shape[0], FORMATS[10])
    for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
        room = np.frombuffer(memoryview(cast("Any", plane)), ">u2").reshape(plane.height, -1)
        room[:, : plane.width] = rgb[..., channel]
    return frame


def _stamped(data: bytes, stamp: Stamp) -> bytes:
    """The file with the headers of film and television, which ffmpeg leaves out, before its samples."""
    order = ">" if data[:4] == b"SDPX" else "<"
    generic, industry = bytearray(data[:GENERIC]), bytearray(b"\xff" * INDUSTRY)  # numbers not told
    for first, end in UNTOLD:
        industry[first - GENERIC : end - GENERIC] = bytes(end - first)
    for place, number in (
        *((at, GENERIC + INDUSTRY) for at in OFFSETS),
        (SIZE, len(data) + INDUSTRY),
        (HEADERS, GENERIC),
        (HEADERS + 4, INDUSTRY),
        (ASPECT, stamp.aspect.numerator),
        (ASPECT + 4, stamp.aspect.denominator),
    ):
        struct.pack_into(f"{order}I", generic, place, number)
    if stamp.rate is not None:
        for place in (FILM_RATE, RATE):
            struct.pack_into(f"{order}f", industry, place - GENERIC, float(stamp.rate))
    if stamp.timecode is not None:
        code = sum(
            (value // 10 << 4 | value % 10) << shift
            for value, shift in zip(stamp.timecode, (24, 16, 8, 0), strict=True)
        )
        struct.pack_into(f"{order}I", industry, TIMECODE - GENERIC, code | (DROPS if stamp.drops else 0))
    return bytes(generic + industry) + data[GENERIC:]


def read_dpx(path: Path) -> NDArray[np.uint16]:
    """(h, w, 3) uint16 RGB samples of a DPX file, their codes scaled to 16 bits.

    Raises: InputError when it cannot be read.
    """
    import av

    try:
        with av.open(str(path), format="dpx_pipe") as file:
            frame = next(file.decode(video=0))
            pixels = frame.reformat(format="rgb48le").to_ndarray()
    except (av.error.FFmpegError, StopIteration, OSError, ValueError) as error:
        raise InputError(f"{path} is not a DPX picture that can be read ({error})") from error
    return np.asarray(pixels, np.uint16)
