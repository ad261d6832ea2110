"""A lip liner: a line of pigment along the outer contour."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np

from lipfx.effects import Float32, Meta, Patch, Region, Space, from_lab, to_lab
from lipfx_effects.paint.finishes import FINISHES
from lipfx_effects.paint.light import Colouring, lamp
from lipfx_effects.paint.pigment import covered, mean_colour, paint, take_apart
from lipfx_effects.paint.shades import A_SHADE, BY_FAMILY, NAMES, shade_lab

DEEPER = "deeper"
COVERAGE = 0.9
DEEPENING = np.array([0.72, 1.0, 1.0], np.float32)
SPREAD = 2.5  # widths of a line in the deviation of a Gaussian that is as high as 1
LEAST_SIGMA = 0.6  # pixels
EDGE = 2.563  # deviations of a Gaussian in which an edge goes from 10 to 90 %
FINER = 4  # times as fine as pixels, where a distance is measured


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
        mouth = np.minimum(lips + patch.inner, 1)
        mouth = widened(mouth, self.outside * patch.mouth_width, patch.scene.softness)
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


def widened(mouth: Float32, pixels: float, softness: float) -> Float32:
    """(h, w) 0..1: the mask of the whole mouth, its edge that much further outside and `softness` pixels
    wide from 10 to 90 %."""
    if pixels <= 0:
        return mouth
    size = (mouth.shape[1], mouth.shape[0])
    finer = cv2.resize(mouth, (FINER * size[0], FINER * size[1]), interpolation=cv2.INTER_LINEAR)
    outside = cv2.distanceTransform(np.asarray(finer < 0.5, np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    within = np.asarray(outside <= FINER * pixels, np.float32)
    wider = cv2.resize(within, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(wider, (0, 0), max(softness / EDGE, LEAST_SIGMA)), np.float32)


def contour(mouth: Float32, width: float) -> Float32:
    """(h, w) 0..1: a line of so much pigment as covers `width` pixels, along the edge of the whole mouth's
    mask, and spread as far as that edge is soft: a line is no sharper than the picture that it is drawn into.
    """
    blurred = np.asarray(cv2.GaussianBlur(mouth, (0, 0), max(width / SPREAD, LEAST_SIGMA)), np.float32)
    across, down = (cv2.Sobel(blurred, cv2.CV_32F, *way, ksize=1, scale=0.5) for way in ((1, 0), (0, 1)))
    return np.asarray(np.minimum(np.float32(width) * np.hypot(down, across), 1), np.float32)
