"""Owns what a still picture carries beside its samples, and keeping it; must not know samples or frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lipfx.video.stills.naming import is_picture
from lipfx.video.stills.opened import ORIENTATION, opened

if TYPE_CHECKING:
    from PIL.Image import Image

# Tags of TIFF that say how its samples lie in the file, and what is kept in another way; no other file's.
STRUCTURE = frozenset(
    (
        *range(254, 260),
        *(
            262,
            263,
            264,
            265,
            266,
            273,
            ORIENTATION,
            277,
            278,
            279,
            280,
            281,
            282,
            283,
            284,
            288,
            289,
            290,
            291,
        ),
        *(292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 330, 332, 333),
        *(
            334,
            336,
            337,
            338,
            339,
            340,
            341,
            342,
            343,
            344,
            345,
            346,
            347,
            351,
            *range(512, 522),
            529,
            530,
            531,
        ),
        *(532, 559, 700, 34675, 34377, 33723, 37724),
    )
)
SPACES = {True: b"GRAY", False: b"RGB "}
XMP_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".png", ".avif", ".tif", ".tiff")
EXIF_SUFFIXES = XMP_SUFFIXES
ICC_SUFFIXES = (*XMP_SUFFIXES, ".jp2")
DPI_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".tif", ".tiff", ".bmp")
XMP_TAG = 700
SUB_DIRECTORIES = frozenset((34665, 34853, 40965))  # of EXIF: the exposure's, the place's, interoperability's


@dataclass(frozen=True)
class Beside:
    """exif: tags, now upright, in bytes. icc: a colour profile. xmp: a packet. dpi: across and down."""

    exif: bytes | None = None
    icc: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None

    @property
    def names(self) -> list[str]:
        words = {"exif": "EXIF data", "icc": "colour profile", "xmp": "XMP", "dpi": "resolution"}
        return [word for name, word in words.items() if getattr(self, name) is not None]


def beside(source: Path | None, *, grey: bool) -> tuple[Beside, list[str]]:
    """What the picture `source` carries, and what of it is left out of a picture of other samples.

    grey: what is written has no colours.
    """
    if source is None or not is_picture(source) or not source.is_file():
        return Beside(), []
    with opened(source) as image:
        exif, lost = _exif(image, source)
        icc = image.info.get("icc_profile")
        if icc is not None and icc[16:20] != SPACES[grey]:
            icc = None
            lost.append("its colour profile is of other samples than those written; it is left out")
        xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        xmp = xmp.encode() if isinstance(xmp, str) else xmp
        if xmp is None and image.format == "TIFF":
            xmp = _bytes(getattr(image, "tag_v2", {}).get(XMP_TAG))
        return Beside(exif, icc, xmp, _dpi(image)), lost


def _exif(image: Image, source: Path) -> tuple[bytes | None, list[str]]:
    try:
        tags = image.getexif()
        if image.format == "TIFF":  # whose directories within directories are gone once samples are read
            from PIL import Image as Pictures

            with Pictures.open(source) as unread:
                tags = unread.getexif()
                for tag in SUB_DIRECTORIES.intersection(tags):
                    tags.get_ifd(tag)
        for tag in STRUCTURE.intersection(tags):
            del tags[tag]
        if not len(tags):
            return None, []
        return tags.tobytes(), []
    except Exception:  # noqa: BLE001 - values of any type and number come from cameras
        return None, ["its EXIF data cannot be read; it is left out"]


def _dpi(image: Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if across > 0 and down > 0 else None


def _bytes(value: Any) -> bytes | None:
    return value if isinstance(value, bytes) else None


def saved_with(kept: Beside, suffix: str) -> tuple[dict[str, Any], list[str]]:
    """Options of Pillow for a file of this kind, and what it cannot hold."""
    options: dict[str, Any] = {}
    lost: list[str] = []
    holds: Mapping[str, tuple[str, ...]] = {
        "exif": EXIF_SUFFIXES,
        "icc": ICC_SUFFIXES,
        "xmp": XMP_SUFFIXES,
        "dpi": DPI_SUFFIXES,
    }
    for name, word in zip(
        ("exif", "icc", "xmp", "dpi"), ("EXIF data", "colour profile", "XMP", "resolution"), strict=True
    ):
        value = getattr(kept, name)
        if value is None:
            continue
        if suffix not in holds[name]:
            lost.append(f"{suffix} cannot hold its {word}; it is left out")
        else:
            options["icc_profile" if name == "icc" else name] = value
    if "xmp" in options and suffix == ".png":
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", options.pop("xmp").decode("utf-8", "replace"))
        options["pnginfo"] = text
    if suffix in (".tif", ".tiff"):
        from PIL.Image import Exif

        tags = Exif()
        tags.load(options.pop("exif", b""))
        if "xmp" in options:
            tags[XMP_TAG] = options.pop("xmp")
        options["exif"] = tags
        if SUB_DIRECTORIES.intersection(tags):
            options["compression"] = "raw"  # Pillow writes none in files that libtiff compresses
    return options, lost
