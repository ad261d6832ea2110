"""Owns how sure one track's lips are in sight, from frame to frame; must not know where they are.

What is covered is told by the landmarker's confidence and by the colours that this mouth has shown; from when
much of the lips was covered, little confidence is left until they clearly show again.
"""

from __future__ import annotations

from dataclasses import replace

from lipfx.core.values import Frame
from lipfx.tcnn.base import Mouth
from lipfx.tracking.covering import LipColours
from lipfx.tracking.settings import TRACKING


class Doubt:
    """Judges the sightings of one track."""

    def __init__(self) -> None:
        self._colours = LipColours()
        self._doubted = False

    def judged(self, mouth: Mouth, frame: Frame, faced: bool) -> Mouth:
        """The mouth without what covers it, and with little confidence while its lips are in doubt; where a
        detector sees the face (`faced`) with what confidence there is.
        """
        mouth = self._colours.uncovered(mouth, frame)
        enough = TRACKING.trusted if self._doubted else TRACKING.doubted
        self._doubted = mouth.confidence < enough
        if faced or not self._doubted:
            return mouth
        return replace(mouth, confidence=TRACKING.left_over * mouth.confidence)

    def begin_again(self) -> None:
        """The mouth was out of sight: it has to show clearly first."""
        self._doubted = True
