"""Owns what is shown of a live run beside its pictures: keys, pace, recording; must not know a window.

Pictures are (h, w, 3) uint8 encoded RGB.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from lipfx.core.planar import decoding
from lipfx.core.transfer import is_encoded
from lipfx.core.values import Frame
from lipfx.pipeline.preview import to_rgb
from lipfx.pipeline.sheet import INK, PAPER, Picture

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

SPAN = 2.0
"""Seconds over which the pace is told."""
ANEW = 0.5
"""Seconds for which a pace stays written, so that it can be read."""
SMALLEST, LARGEST, PART = 12, 22, 32
"""Pixels of a banner's letters: a part of the picture's height, within bounds."""
RED = (230, 40, 40)


class Screen(Protocol):
    """Where a live run is seen and told what to do."""

    def show(self, picture: Picture) -> None:
        """Shows a picture, which is the screen's from then on."""
        ...

    def pressed(self) -> Sequence[str]:
        """The keys that were pressed since it was last asked, each a character; never waits. Closing the
        screen is "q"."""
        ...


class Pace:
    """How many pictures a second are shown, and how many are dropped. `told`: in words."""

    def __init__(self) -> None:
        self.told = "-- pictures/s"
        self._seen: deque[tuple[float, int]] = deque()
        self._at = 0.0

    def see(self, now: float, dropped: int) -> None:
        """A picture is shown at `now` seconds. dropped: in all, until then."""
        self._at = self._at if self._seen else now
        self._seen.append((now, dropped))
        while now - self._seen[0][0] > SPAN and len(self._seen) > 2:
            self._seen.popleft()
        (first, lost), (last, now_lost) = self._seen[0], self._seen[-1]
        if now - self._at < ANEW or last == first:
            return
        self._at = now
        shown, missed = (len(self._seen) - 1) / (last - first), (now_lost - lost) / (last - first)
        self.told = f"{shown:.1f} pictures/s" + (f", {missed:.1f} dropped" if missed >= 0.05 else "")


def seen(frame: Frame) -> Picture:
    """The frame as `to_rgb` gives it, within a few levels where that is five times as quick: 8 bits without
    alpha. Colour is taken as sited in the middle of its pixels.
    """
    form = frame.format
    if form.bits != 8 or form.alpha or form.grey or not is_encoded(frame.colour):
        return to_rgb(frame)
    size = (frame.width, frame.height)
    planes = [
        plane if plane.shape[::-1] == size else cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)
        for plane in frame.planes
    ]
    to_picture = 255 * decoding(form, frame.colour)
    return np.asarray(cv2.transform(cv2.merge(planes), to_picture), np.uint8)


def with_banner(picture: Picture, parts: Sequence[str]) -> Picture:
    """A copy with lines of text along its lower edge, broken between parts where they are too wide."""
    height, width = picture.shape[:2]
    strip = _strip(tuple(parts), width, min(max(height // PART, SMALLEST), LARGEST))[:height]
    shown = picture.copy()
    shown[height - len(strip) :] = strip
    return shown


@lru_cache(maxsize=2)
def _strip(parts: tuple[str, ...], width: int, size: int) -> Picture:
    """Text on dark paper. size: pixels of its letters."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size)
    lines = _lines(parts, font, width - size)
    strip = Image.new("RGB", (width, round((1.4 * len(lines) + 0.6) * size)), PAPER)
    draw = ImageDraw.Draw(strip)
    for number, line in enumerate(lines):
        draw.text((size / 2, (0.3 + 1.4 * number) * size), line, fill=INK, font=font)
    return np.asarray(strip)


def _lines(parts: Sequence[str], font: FreeTypeFont | ImageFont, width: int) -> list[str]:
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}   {part}" if lines else part
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def with_dot(picture: Picture) -> Picture:
    """A copy with the red dot of a recording in its upper corner at the right."""
    shown = picture.copy()
    size = max(4, min(shown.shape[:2]) // 40)
    cv2.circle(shown, (shown.shape[1] - 2 * size, 2 * size), size, RED, -1, cv2.LINE_AA)
    return shown


def halves(before: Picture, after: Picture) -> Picture:
    """The left half of one picture beside the right half of another, with a line between them."""
    middle = before.shape[1] // 2
    joined = np.hstack([before[:, :middle], after[:, middle:]])
    joined[:, max(0, middle - 1) : middle + 1] = 255
    return joined


def as_displayed(picture: Picture, aspect: float) -> Picture:
    """The picture with square pixels. aspect: width of its own over their height."""
    if aspect == 1:
        return picture
    height, width = picture.shape[:2]
    size = (round(width * max(aspect, 1)), round(height * max(1 / aspect, 1)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
