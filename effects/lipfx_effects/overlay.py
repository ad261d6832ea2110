"""What lipfx sees, drawn over the picture, for looking."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.effects import INNER, OUTER, Effect, Float32, Float64, Meta, Patch, Region

UPPER, LOWER, INSIDE = (1.0, 0.55, 0.1), (0.1, 0.7, 1.0), (0.3, 1.0, 0.3)
LINE, DOT, TEXT = (1.0, 1.0, 1.0), (1.0, 0.9, 0.0), (1.0, 1.0, 1.0)
SUBPIXEL = 4


class Overlay(Effect, frozen=True, kw_only=True):
    """Draws masks, contours, landmarks, and the face's id, head and confidence."""

    region: ClassVar[Region] = Region.AROUND
    margin: ClassVar[float] = 0.6

    masks: Annotated[
        float, Meta(ge=0, le=1, description="how strongly upper lip, lower lip and inner mouth are tinted")
    ] = 0.35
    contours: Annotated[bool, Meta(description="outer and inner contour")] = True
    points: Annotated[bool, Meta(description="the 56 landmarks")] = True
    text: Annotated[bool, Meta(description="the track's id, the head and the confidence")] = True

    def render(self, patch: Patch) -> Float32:
        """The patch with the drawing on it."""
        picture = patch.rgb
        for colour, part in ((UPPER, patch.upper), (LOWER, patch.lower), (INSIDE, patch.inner)):
            picture = blend(picture, colour, part * np.float32(self.masks))
        ink = np.zeros((3, *patch.rgb.shape[:2]), np.uint8)
        if self.contours:
            draw_contours(ink[0], patch.landmarks)
        if self.points:
            draw_points(ink[1], patch.landmarks, patch.mouth_width)
        if self.text:
            draw_text(ink[2], f"id {patch.track_id}  head {patch.head}  {patch.confidence:.2f}", patch)
        for colour, layer in zip((LINE, DOT, TEXT), ink, strict=True):
            picture = blend(picture, colour, layer.astype(np.float32) / 255)
        return picture


def blend(picture: Float32, colour: tuple[float, float, float], share: Float32) -> Float32:
    """(h, w, 3): `share` (h, w) 0..1 of `colour` over the picture."""
    return picture + (np.array(colour, np.float32) - picture) * share[..., None]


def draw_contours(ink: NDArray[np.uint8], landmarks: Float64) -> None:
    """The two closed contours, one pixel wide, into (h, w)."""
    for part in (OUTER, INNER):
        cv2.polylines(ink, [_fixed(landmarks[part])], True, 255, 1, cv2.LINE_AA, SUBPIXEL)


def draw_points(ink: NDArray[np.uint8], landmarks: Float64, mouth_width: float) -> None:
    """A dot per landmark into (h, w)."""
    radius = round(max(0.007 * mouth_width, 0.8) * 2**SUBPIXEL)
    for x, y in _fixed(landmarks):
        cv2.circle(ink, (int(x), int(y)), radius, 255, -1, cv2.LINE_AA, SUBPIXEL)


def draw_text(ink: NDArray[np.uint8], text: str, patch: Patch) -> None:
    """A line of text under the mouth, as wide as the mouth, into (h, w)."""
    scale = patch.mouth_width / cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1, 1)[0][0]
    left, bottom = (
        patch.landmarks[OUTER].min(axis=0)[0],
        patch.landmarks[OUTER].max(axis=0)[1],
    )
    place = (round(float(left)), round(float(bottom) + 0.2 * patch.mouth_width))
    cv2.putText(ink, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)


def _fixed(points: Float64) -> NDArray[np.int32]:
    """Coordinates in sixteenths of a pixel, as OpenCV draws them."""
    return np.asarray(np.round(points * 2**SUBPIXEL), np.int32)
