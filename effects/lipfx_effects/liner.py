"""A lip liner: a line of pigment along the outer contour."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Float32, Meta, Patch, Region, Space, from_lab, power, to_lab
from lipfx_effects.paint.finishes import FINISHES
from lipfx_effects.paint.light import Colouring, lamp
from lipfx_effects.paint.pigment import covered, mean_colour, paint, take_apart
from lipfx_effects.paint.shades import A_SHADE, BY_FAMILY, NAMES, shade_lab

DEEPER = "deeper"
COVERAGE = 0.9
DEEPENING = np.array([0.72, 1.0, 1.0], np.float32)


class Liner(Colouring, frozen=True, kw_only=True):
    """Draws a soft line along the lips' outer contour."""

    region: ClassVar[Region] = Region.AROUND
    space: ClassVar[Space] = Space.LINEAR
    margin: ClassVar[float] = 0.25

    shade: Annotated[
        str,
        Meta(
            description=f"`deeper`, a darker tone of the lips, or {A_SHADE}", examples=NAMES, extra=BY_FAMILY
        ),
    ] = DEEPER
    width: Annotated[
        float, Meta(ge=0.005, le=0.1, description="how wide the line is", extra={"unit": "mouth widths"})
    ] = 0.03
    outside: Annotated[
        float,
        Meta(
            ge=0,
            le=0.04,
            description="how far outside the lips' edge the line is drawn: lips look fuller",
            extra={"unit": "mouth widths"},
        ),
    ] = 0.0
    opacity: Annotated[
        float, Meta(ge=0, le=1, description="how much of the line is seen: 0 nothing, 1 all")
    ] = 0.7

    def __post_init__(self) -> None:
        if self.shade != DEEPER:
            shade_lab(self.shade)

    def render(self, patch: Patch) -> Float32:
        """The patch with the line drawn."""
        lips = np.minimum(patch.upper + patch.lower, 1)
        if lips.sum() < 1:
            return patch.rgb
        lab = to_lab(patch.rgb)
        mouth = widened(np.minimum(lips + patch.inner, 1), self.outside * patch.mouth_width)
        line = contour(mouth, self.width * patch.mouth_width)
        own = mean_colour(lab, line + np.float32(1e-6))
        relief = take_apart(lab[..., 0], line, patch.mouth_width)
        target = covered(own, self._pigment(lab, lips, patch), COVERAGE)
        painted = paint(lab, own, relief, target, COVERAGE, FINISHES["matte"], lamp(patch.scene))
        return from_lab(lab + (np.float32(self.opacity) * line)[..., None] * (painted - lab))

    def _pigment(self, lab: Float32, lips: Float32, patch: Patch) -> Float32:
        """(3,) Lab of the line in the scene's light."""
        if self.shade != DEEPER:
            return self.seen(shade_lab(self.shade), patch.scene)
        return mean_colour(lab, lips) * DEEPENING


def widened(mouth: Float32, pixels: float) -> Float32:
    """(h, w) 0..1: the mask of the whole mouth, its edge that much further outside."""
    if pixels <= 0:
        return mouth
    outside = cv2.distanceTransform(np.asarray(mouth < 0.5, np.uint8), cv2.DIST_L2, 5)
    wider = np.clip(pixels + 0.5 - np.asarray(outside, np.float32), 0, 1)
    return np.asarray(np.maximum(mouth, wider), np.float32)


def contour(mouth: Float32, width: float) -> Float32:
    """(h, w) 0..1: a soft line, `width` pixels wide, where the mask of the whole mouth passes one half."""
    blurred = cv2.GaussianBlur(mouth, (0, 0), max(width / 1.9, 0.6))
    return power(np.clip(4 * blurred * (1 - blurred), 0, 1), 1.5)
