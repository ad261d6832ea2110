"""Owns looking at one face closely enough to know it again; must not know tracks or other frames.

Knows the cascade, whose locator sees eyes, and looks, which do not know each other.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipfx.core.sampling import sample
from lipfx.core.values import Colour, Float64, Frame, PixelFormat
from lipfx.detection.settings import DETECTION
from lipfx.persons.look import SIDE, Look, look, portrait_affine, portrait_shown
from lipfx.tcnn.cascade import Cascade
from lipfx.tcnn.crops import face_pose

GREY = PixelFormat("gray", 8, grey=True)


def look_at(
    frame: Frame, box: Float64, angle: float, cascade: Cascade, mouth: Float64 | None = None
) -> Look | None:
    """The look of a face in a frame; None where the locator does not see its eyes.

    box: (4,) of the face. angle: of its mouth, radians. mouth: its middle, (2,), where that is known better
    than by the locator.
    """
    located = cascade.locate(frame, [face_pose(box, angle)])[0]
    if located.confidence < DETECTION.located or located.eyes is None:
        return None
    middle = np.array([located.pose.x, located.pose.y]) if mouth is None else mouth
    affine = portrait_affine(located.eyes, middle)
    return look(sample(frame, affine, SIDE), portrait_shown(affine, frame.width, frame.height))


def look_from_afar(
    copy: NDArray[np.uint8], scale: float, box: Float64, angle: float, cascade: Cascade
) -> Look | None:
    """The look of a face in a small grey copy of a frame; None where no eyes are seen.

    copy: (h, w) uint8, `scale` copy pixels per frame pixel. box: (4,), in frame pixels.
    """
    frame = Frame((copy,), GREY, Colour(full_range=True), 0, 0, Fraction(1), 1)
    return look_at(frame, box * scale, angle, cascade)
