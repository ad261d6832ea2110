"""Owns OpenEXR pictures: half float, linear light; must not know frames, clips or what channels mean.

OpenEXR's own library reads and writes them: the extra `lipfx[editor]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lipfx.errors import InputError, MissingToolError, OutputError
from lipfx.video.stills.stamp import Stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_USER_BITS = (0,) * 13
"""And no other flags than the one that says which frame numbers are left out."""


def check_exr() -> None:
    """Raises: MissingToolError: the library is not installed."""
    _library()


def write_exr(path: Path, channels: Mapping[str, NDArray[np.float16]], stamp: Stamp) -> None:
    """Writes (h, w) channels by their names, a layer's as `layer.A`; ZIPS, which reads any line alone.

    Raises: OutputError; MissingToolError: the library is not installed.
    """
    exr = _library()
    header: dict[str, Any] = {"type": exr.scanlineimage, "compression": exr.ZIPS_COMPRESSION}
    header["pixelAspectRatio"] = float(stamp.aspect)
    if stamp.rate is not None:
        header["framesPerSecond"] = stamp.rate
    if stamp.timecode is not None:
        header["timeCode"] = exr.TimeCode(*stamp.timecode, int(stamp.drops), *NO_USER_BITS)
    try:
        with exr.File(header, dict(channels)) as file:
            file.write(str(path))
    except (RuntimeError, OSError, ValueError) as error:
        raise OutputError(f"{path.name} could not be written: {_line(error)}") from error


def read_exr(path: Path) -> dict[str, NDArray[np.float32]]:
    """The (h, w) float32 channels of an OpenEXR file by their names, of its display window.

    Raises: InputError when it cannot be read; MissingToolError: the library is not installed.
    """
    exr = _library()
    try:
        with exr.File(str(path), separate_channels=True) as file:
            header = file.header()
            held = {name: np.array(c.pixels, np.float32) for name, c in file.channels().items()}
            return {name: _shown(pixels, header) for name, pixels in held.items()}
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError(f"{path} is not an OpenEXR picture that can be read ({_line(error)})") from error


def exr_tags(path: Path) -> tuple[Fraction | None, str]:
    """Frames per second and timecode that the header of an OpenEXR file tells, None and "" where it does not.

    Raises: InputError, MissingToolError: as `read_exr`.
    """
    exr = _library()
    try:
        with exr.File(str(path), header_only=True) as file:
            header = file.header()
            rate, code = header.get("framesPerSecond"), header.get("timeCode")
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError(f"{path} is not an OpenEXR picture that can be read ({_line(error)})") from error
    told = Fraction(rate).limit_denominator(1001) if rate else None
    if code is None:
        return told, ""
    mark = ";" if code.dropFrame else ":"
    return told, f"{code.hours:02d}:{code.minutes:02d}:{code.seconds:02d}{mark}{code.frame:02d}"


def _shown(pixels: NDArray[np.float32], header: Mapping[str, Any]) -> NDArray[np.float32]:
    """What of a channel lies in the display window, and black where it holds nothing."""
    (data_low, data_high), (low, high) = header["dataWindow"], header["displayWindow"]
    if tuple(data_low) == tuple(low) and tuple(data_high) == tuple(high):
        return pixels
    width, height = (int(high[k] - low[k]) + 1 for k in (0, 1))
    whole = np.zeros((height, width), np.float32)
    x, y = (int(data_low[k] - low[k]) for k in (0, 1))
    part = pixels[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
    whole[max(y, 0) : max(y, 0) + len(part), max(x, 0) : max(x, 0) + part.shape[1]] = part
    return whole


def _library() -> Any:
    try:
        import OpenEXR
    except ImportError as error:
        raise MissingToolError(
            "OpenEXR pictures want OpenEXR's library, which is not installed; pip install 'lipfx[editor]'"
        ) from error
    return OpenEXR


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
