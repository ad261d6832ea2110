"""Owns COCO annotations of lips; must not know other programs.

Key points are places of pixels, the first at 0, as COCO has them and tracks do. Boxes count from the frame's
top left corner, where a pixel's middle is at a half. Masks are run-length encoded by pycocotools.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.values import Box, Face
from lipfx.exports.base import Seen, Shot
from lipfx.masks.mouth import mouth_masks

PARTS = ("lips", "upper_lip", "lower_lip", "inner_mouth")
HALF = 0.5


def write(shot: Shot, frames: Iterable[Seen]) -> Iterator[str]:
    """One object: videos, images, tracks, categories and annotations, each with `track_id` and, of lips, the
    landmarks as key points."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    tracks: dict[int, str] = {}
    for k, frame in enumerate(frames, start=1):
        images.append(_image(frame, k))
        for face in frame.faces:
            tracks[face.track_id] = tracks.get(face.track_id) or face.person
            for annotation in _annotations(frame, face):
                found = {"id": len(annotations) + 1, "image_id": k, "video_id": 1, **annotation}
                annotations.append(found)
    video = {"id": 1, "name": shot.name, "width": shot.width, "height": shot.height}
    whole = {
        "info": {"description": f"lips in {shot.name}"},
        "videos": [{**video, "frame_rate": None if shot.rate is None else float(shot.rate)}],
        "images": images,
        "tracks": [{"id": k, "video_id": 1, "name": name} for k, name in sorted(tracks.items())],
        "categories": [_category(k, name) for k, name in enumerate(PARTS, start=1)],
        "annotations": annotations,
    }
    yield json.dumps(whole) + "\n"


def _image(frame: Seen, k: int) -> dict[str, Any]:
    width, height = frame.size
    place = {"video_id": 1, "frame_index": frame.index, "frame_number": frame.number, "time": frame.time}
    return {"id": k, "file_name": frame.source, "width": width, "height": height, **place}


def _category(k: int, name: str) -> dict[str, Any]:
    category: dict[str, Any] = {"id": k, "name": name, "supercategory": "mouth"}
    if k > 1:
        return category
    contours = [[*range(helen56.COUNT)[part]] for part in (helen56.OUTER, helen56.INNER)]
    skeleton = [[a + 1, b + 1] for one in contours for a, b in zip(one, [*one[1:], one[0]], strict=True)]
    names = [f"{'outer' if point in contours[0] else 'inner'}_{point:02d}" for point in range(helen56.COUNT)]
    return {**category, "keypoints": names, "skeleton": skeleton}


def _annotations(frame: Seen, face: Face) -> Iterator[dict[str, Any]]:
    width, height = frame.size
    masks = mouth_masks(face, Box(0, 0, width, height))
    lips = masks.upper + masks.lower
    shapes = (lips, masks.upper, masks.lower, masks.inner)
    for category, coverage in enumerate(shapes, start=1):
        encoded, area, box = run_lengths(coverage >= HALF)
        if category > 1 and area == 0:
            continue
        yield {
            "category_id": category,
            "track_id": face.track_id,
            "segmentation": encoded,
            "area": area,
            "bbox": box,
            "iscrowd": 0,
            "score": round(face.confidence, 4),
            **(_key_points(face, frame.size) if category == 1 else {}),
        }


def _key_points(face: Face, size: tuple[int, int]) -> dict[str, Any]:
    """Visible, 2, inside of the frame, and not told, 0, outside of it."""
    points = np.round(face.points, 3).tolist()
    seen = [-HALF <= x < size[0] - HALF and -HALF <= y < size[1] - HALF for x, y in points]
    flat = [
        v for (x, y), there in zip(points, seen, strict=True) for v in ((x, y, 2) if there else (0, 0, 0))
    ]
    return {"keypoints": flat, "num_keypoints": sum(seen)}


def run_lengths(inside: NDArray[np.bool_]) -> tuple[Mapping[str, Any], int, list[float]]:
    """COCO's run lengths of a mask, its pixels and its box: x, y, width, height."""
    from pycocotools import mask as coco

    encoded = coco.encode(np.asfortranarray(inside, np.uint8))
    told = {"size": [int(v) for v in encoded["size"]], "counts": encoded["counts"].decode()}
    return told, int(coco.area(encoded)), [float(v) for v in coco.toBbox(encoded)]
