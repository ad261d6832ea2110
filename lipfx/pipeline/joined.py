"""Owns how a frame before and after becomes one picture: beside, wiped, subtracted; must not know clips.

Pictures are (h, w, 3) uint8 encoded RGB, both of one size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from lipfx.pipeline.sheet import Picture

SWEEP = 4.0
"""Seconds in which the line of a wipe goes there and back."""
GAIN = 4.0
"""How much a difference is made brighter, to be seen."""
TINT = (0, 255, 96)
"""Of a matte that lies over a picture."""


def side(before: Picture, after: Picture, _time: float) -> Picture:
    """One beside the other."""
    return np.hstack([before, after])


def wipe(before: Picture, after: Picture, time: float) -> Picture:
    """After to the left of a line that moves, before to its right."""
    width = before.shape[1]
    at = round(width * (0.5 - 0.5 * np.cos(2 * np.pi * time / SWEEP)))
    joined = np.hstack([after[:, :at], before[:, at:]])
    joined[:, max(at - 1, 0) : at + 1] = 255
    return joined


def difference(before: Picture, after: Picture, _time: float) -> Picture:
    """How far each channel is from what it was, `GAIN` times; black where nothing changed."""
    return np.asarray(cv2.convertScaleAbs(cv2.absdiff(before, after), alpha=GAIN), np.uint8)


def overlaid(picture: Picture, matte: Picture) -> Picture:
    """The picture, tinted by half as far as `matte`, (h, w) uint8, covers it."""
    share = matte[..., None].astype(np.float32) / 510
    return np.asarray(np.round(picture + (np.array(TINT, np.float32) - picture) * share), np.uint8)


JOINED: Mapping[str, Callable[[Picture, Picture, float], Picture]] = {
    "side": side,
    "wipe": wipe,
    "difference": difference,
}
"""By name of the layout."""
