"""Owns opening still pictures and what is in doubt about them, modes and sizes; must not know frames."""

from __future__ import annotations

import contextlib
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lipfx.core.places import check_file
from lipfx.errors import InputError
from lipfx.video.limits import PICTURE_PIXELS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

ORIENTATION = 0x0112  # tag of EXIF and TIFF
SIMPLER = {"1": "L", "LA": "RGBA", "La": "RGBA", "PA": "RGBA", "RGBa": "RGBA"}
PROFILED = ("CMYK", "LAB")
"""Modes that are put into sRGB by their profile."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Image]:
    """The picture at `path`, its samples read; what its library would say of it aloud is not said.

    Raises: InputError when it cannot be read, is larger than PICTURE_PIXELS or holds several pictures.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PICTURE_PIXELS  # Pillow's own bound is lower, and is a warning first
    try:
        check_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                _check(path, image)
                image.load()
                yield image
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{path} has more than the {PICTURE_PIXELS} pixels that are taken; make it smaller"
        ) from error
    except (OSError, ValueError, SyntaxError, TypeError, struct.error) as error:
        raise InputError(f"{path} is not a picture that can be read ({_one_line(error)})") from error


def _check(path: Path, image: Image) -> None:
    if image.width * image.height > PICTURE_PIXELS:
        raise InputError(
            f"{path} has {image.width}x{image.height} pixels, at most {PICTURE_PIXELS} are taken"
        )
    count = getattr(image, "n_frames", 1)
    if count > 1 and image.format == "TIFF":
        raise InputError(f"{path} holds {count} pages; give them as pictures of their own")
    if count > 1 and image.format != "MPO":  # whose others are smaller or seen by the other eye
        raise InputError(
            f"{path} is an animation of {count} pictures, which ffmpeg cannot read here; convert it to .gif, "
            "animated .png or a video"
        )


def orientation(image: Image) -> int:
    """EXIF's orientation, 1 to 8; 1 where it is none of these."""
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - Pillow's own reading of damaged EXIF data
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def eight_bit(path: Path, image: Image) -> Image:
    """The picture in a mode of 8 bits that frames have: L, RGB or RGBA.

    Raises: InputError when its samples are of another kind.
    """
    if image.mode in ("F", "I") or image.mode.startswith("I;"):
        raise InputError(f"{path} has samples of the kind {image.mode}; convert it to 8 or 16 bits")
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode in PROFILED:
        return _profiled(path, image)
    if image.mode in ("L", "RGB", "RGBA"):
        if "transparency" in image.info:  # a single colour that is
            return image.convert("RGBA")
        return image
    return image.convert(SIMPLER.get(image.mode, "RGB"))


def _profiled(path: Path, image: Image) -> Image:
    """A CMYK or LAB picture in sRGB, by its own profile where it has one."""
    import io

    from PIL import ImageCms

    data = image.info.get("icc_profile")
    try:
        if data and image.mode == "CMYK":
            own: Any = ImageCms.ImageCmsProfile(io.BytesIO(data))
        elif image.mode == "LAB":
            own = ImageCms.createProfile("LAB")
        else:
            return image.convert("RGB")
        made = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        if image.mode == "CMYK":
            return image.convert("RGB")
        raise InputError(
            f"{path} has samples of the kind {image.mode} ({_one_line(error)}); convert it"
        ) from error
    assert made is not None
    return made


def turned(pixels: NDArray[Any], exif: int) -> NDArray[Any]:
    """Pixels as displayed for an EXIF orientation of 1 to 8."""
    turns, mirrored = {
        2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (1, False), 7: (1, True), 8: (3, False)
    }.get(exif, (0, False))  # fmt: skip
    return np.rot90(pixels[:, ::-1] if mirrored else pixels, -turns)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
