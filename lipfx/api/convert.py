"""Owns lips in the terms of supervision, COCO and pandas; must not know how they are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lipfx.api.lips import Lips
from lipfx.core import helen56
from lipfx.core.values import FrameFaces
from lipfx.errors import MissingToolError, UsageError

if TYPE_CHECKING:
    import pandas
    import supervision


def to_detections(found: FrameFaces | Sequence[Lips]) -> supervision.Detections:
    """The lips of one frame as supervision's Detections, which it draws, tracks, counts and slices.

    Examples:
        >>> detections = lipfx.to_detections(lipfx.find_lips(frames[0]))
        >>> detections.xyxy.shape, detections.mask.shape, detections.data["points"].shape
        ((1, 4), (1, 512, 512), (1, 56, 2))

    found: what `find_lips` gave, or `find_faces` for a frame. xyxy: (n, 4) of the lips' outline. confidence:
    (n,) 0..1 that these are visible lips. class_id: 0, "lips". mask: (n, h, w) bool, what is at least half
    lips, of `find_lips` only. tracker_id: the track, of `find_faces` only. data: `points` (n, 56, 2), `face`
    (n, 4), box of the face, and `person`, names.

    Raises: MissingToolError: supervision is not installed.
    """
    library = _library("supervision", "Detections")
    lips = [] if isinstance(found, FrameFaces) else list(found)
    faces = found.faces if isinstance(found, FrameFaces) else [one.face for one in lips]
    points = np.array([face.points for face in faces], np.float64).reshape(-1, helen56.COUNT, 2)
    outlines = points[:, helen56.OUTER]
    detections: supervision.Detections = library.Detections(
        xyxy=np.concatenate([outlines.min(axis=1), outlines.max(axis=1)], axis=1).astype(np.float32),
        mask=np.array([(one.mask("upper") + one.mask("lower")) >= 0.5 for one in lips]) if lips else None,
        confidence=np.array([face.confidence for face in faces], np.float32),
        class_id=np.zeros(len(faces), int),
        tracker_id=None if lips else np.array([face.track_id for face in faces], int),
        data={
            "class_name": np.array(["lips"] * len(faces), str),
            "points": points,
            "face": np.array([face.box for face in faces], np.float64).reshape(-1, 4),
            "person": np.array([face.person for face in faces], str),
        },
    )
    return detections


def to_rle(mask: NDArray[Any]) -> dict[str, Any]:
    """COCO's run lengths of a mask, those that `lipfx export --to coco` writes: what is at least half inside.

    Examples:
        >>> (mask,) = lipfx.find_masks(frames[:1], rate=None)
        >>> sorted(lipfx.to_rle(mask)), lipfx.to_rle(mask)["size"]
        (['counts', 'size'], [512, 512])

    mask: (h, w), bool, or 0..255 of uint8, 0..65535 of uint16, 0..1 of floating point. Of labels say which:
    `to_rle(labels == 1)`. size: [height, width]. counts: text, as in files of annotations.

    Raises:
        UsageError: it is no such mask.
        MissingToolError: pycocotools is not installed.
    """
    from lipfx.exports.coco import run_lengths

    mask = np.asarray(mask)
    kinds = {"b": 1.0, "f": 1.0, "u": float(np.iinfo(mask.dtype).max if mask.dtype.kind == "u" else 1)}
    if mask.ndim != 2 or mask.dtype.kind not in kinds:
        raise UsageError(f"mask is {mask.shape} {mask.dtype}, wanted (h, w) of bool, uint8, uint16 or float")
    _library("pycocotools.mask", "run lengths")
    encoded, _, _ = run_lengths(mask >= 0.5 * kinds[mask.dtype.kind])
    return dict(encoded)


def to_pandas(found: Iterable[FrameFaces] | Iterable[Lips]) -> pandas.DataFrame:
    """A table of lips, a row for each face in each frame; the columns are those of `lipfx export --to csv`.

    Examples:
        >>> table = lipfx.to_pandas(lipfx.find_faces(frames, rate=25))
        >>> table.shape, list(table.columns[:5])
        ((4, 121), ['frame', 'time', 'track_id', 'person', 'confidence'])

    found: what `find_faces` gave, or `find_lips` for a picture, whose frame is 0. x0, y0, x1, y1: the face.
    x_00, y_00 to y_55: the landmarks helen-56, pixels. time: seconds.

    Raises: MissingToolError: pandas is not installed.
    """
    from lipfx.exports.table import BOX, POINTS

    library = _library("pandas", "a table")
    rows = [
        (0, 0.0, one.face) if isinstance(one, Lips) else (one.index, one.time, face)
        for one in found
        for face in ([one.face] if isinstance(one, Lips) else one.faces)
    ]
    places = np.array([[*face.box, *face.points.ravel()] for _, _, face in rows], np.float64)
    told = {
        "frame": np.array([index for index, _, _ in rows], np.int64),
        "time": np.array([time for _, time, _ in rows], np.float64),
        "track_id": np.array([face.track_id for _, _, face in rows], np.int64),
        "person": [face.person for _, _, face in rows],
        "confidence": np.array([face.confidence for _, _, face in rows], np.float64),
    }
    columns = places.reshape(len(rows), -1).T if rows else np.zeros((len(BOX) + len(POINTS), 0))
    table: pandas.DataFrame = library.DataFrame(told | dict(zip([*BOX, *POINTS], columns, strict=True)))
    return table


def _library(name: str, what: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise MissingToolError(
            f"{what} wants {package}, which is not installed; pip install 'lipfx[data]'"
        ) from error
