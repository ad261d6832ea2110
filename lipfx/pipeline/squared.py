"""Owns finding faces in pictures whose pixels are not square; must not know how faces are found.

Networks and detectors know faces as they are displayed: frames are stretched for them, along the side that
then grows, and what they find is brought back to the frame's own pixels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from lipfx.core.geometry import after, transform
from lipfx.core.shelf import Held, Shelf
from lipfx.core.values import Face, Float64, Frame, FrameFaces, MouthMap, Plane


def squared(
    frames: Iterable[Frame],
    pixel: Fraction,
    follow: Callable[[Iterable[Frame]], Iterator[tuple[Frame, FrameFaces]]],
) -> Iterator[tuple[Frame, FrameFaces]]:
    """Each frame with its faces, which `follow` finds in frames of square pixels.

    pixel: width of a pixel over its height.
    """
    waiting: deque[Held] = deque()
    factors = np.array([max(float(pixel), 1.0), max(1 / float(pixel), 1.0)])

    def stretched() -> Iterator[Frame]:
        for frame in frames:
            waiting.append(shelf.put(frame))
            yield _stretched(frame, factors)

    back = np.column_stack([np.diag(1 / factors), 0.5 / factors - 0.5])
    with Shelf() as shelf:
        for _, found in follow(stretched()):
            faces = tuple(_brought(face, back) for face in found.faces)
            yield shelf.take(waiting.popleft()), replace(found, faces=faces)


def _stretched(frame: Frame, factors: Float64) -> Frame:
    width, height = (max(1, round(n * f)) for n, f in zip((frame.width, frame.height), factors, strict=True))
    planes = tuple(
        _resized(plane, shape)
        for plane, shape in zip(frame.planes, frame.format.plane_shapes(width, height), strict=True)
    )
    return replace(frame, planes=planes)


def _resized(plane: Plane, shape: tuple[int, int]) -> Plane:
    made: Any = cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return made  # type: ignore[no-any-return]


def _brought(face: Face, back: Float64) -> Face:
    """A face through `back`, a (2, 3) affine, to the precision that tracks files keep."""
    mouth = face.mouth
    if mouth is not None:
        mouth = MouthMap(mouth.classes, after(back, mouth.to_frame))
    box = np.round(transform(back, face.box.reshape(2, 2)).ravel(), 2)
    return replace(face, box=box, points=np.round(transform(back, face.points), 3), mouth=mouth)
