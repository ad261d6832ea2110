"""Owns the lips of one picture, as Python programs ask for them; must not know clips or effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from lipfx.api.asked import File, Point, choice_of, networks
from lipfx.core.values import Face, Float64
from lipfx.errors import UsageError
from lipfx.video.kinds import Order, Picture, check_order

Part: TypeAlias = Literal["alpha", "upper", "lower", "inner", "labels"]


@dataclass(frozen=True, slots=True)
class Lips:
    """A mouth in a picture.

    Examples:
        >>> lips = lipfx.find_lips(frames[0])[0]
        >>> lips.points[0].round().tolist(), int(lips.mask("labels").max())
        ([211.0, 296.0], 3)

    points: (56, 2) float64, the landmarks helen-56, x and y in pixels of the picture, the centre of the top
    left one at (0, 0). box: (4,) float64, x0, y0, x1, y1 of the face. confidence: 0..1 that these are
    visible lips. person: the name that was given to whose face it is, or "". face: as `find_faces` gives it.
    """

    points: Float64
    box: Float64
    confidence: float
    person: str
    face: Face = field(repr=False)
    _size: tuple[int, int] = field(repr=False)

    def mask(self, kind: Part = "alpha") -> NDArray[Any]:
        """A mask of the picture's height and width.

        kind: `alpha`, float32 0..1, what paint on the lips covers: fades where they are in doubt; `upper`,
        `lower`, `inner`, float32 0..1, how much of a pixel is that lip, or inner mouth; `labels`, uint8, 1, 2
        and 3 for these three.

        Raises: UsageError: there is no such kind.
        """
        from lipfx.masks.mouth import label_map, lip_coverage, mouth_box, mouth_masks, visibility
        from lipfx.video.stills.images import RGB

        if kind not in get_args(Part):
            raise UsageError(f"kind is {kind!r}, wanted one of {', '.join(get_args(Part))}")
        height, width = self._size
        mask = np.zeros(self._size, np.uint8 if kind == "labels" else np.float32)
        box = mouth_box(self.face, width, height, RGB, 0)
        if box.empty:
            return mask
        parts = mouth_masks(self.face, box)
        if kind == "labels":
            drawn: NDArray[Any] = label_map(parts)
        elif kind == "alpha":
            drawn = lip_coverage(parts, self.face.mouth_width) * np.float32(visibility(self.confidence))
        else:
            drawn = {"upper": parts.upper, "lower": parts.lower, "inner": parts.inner}[kind]
        mask[box.y0 : box.y1, box.x0 : box.x1] = drawn
        return mask


def find_lips(
    picture: Picture,
    *,
    persons: Mapping[str, File | Point] | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    order: Order = "rgb",
) -> list[Lips]:
    """All lips in an RGB picture, from left to right; of OpenCV's pictures say `order="bgr"`.

    Examples:
        >>> (lips,) = lipfx.find_lips(frames[0])
        >>> lips.points.shape, lips.confidence > 0.9, lips.mask("alpha").shape
        ((56, 2), True, (512, 512))

    picture: of any kind that `lipfx.api` names. persons: photographs, or points in the picture, by name. Of
    frames that follow each other `find_faces` finds steadier ones.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    from lipfx.persons.choice import OneByOne
    from lipfx.video.arrays import numbered

    check_order(order)
    choice = choice_of("all", (), (), persons)
    found_by = networks(None, weights, shape_predictor, detector, device, describe=bool(persons))
    looks = found_by.looks(choice)
    found = found_by.follow(numbered([picture], None, order=order))
    ((frame, faces),) = found if choice.everyone else OneByOne(choice, looks).choose(found)
    size = (frame.height, frame.width)
    return [Lips(f.points, f.box, f.confidence, f.person, f, size) for f in faces.faces]
