"""Owns how sure a mouth is: the refiner's answer as a probability; must not know what follows from it.

The refiner answers how much of the lips is in sight, and is too sure of itself on hard pictures. A logistic
curve over its log odds (Platt: Advances in Large Margin Classifiers, 1999) makes of that the share of such
answers that are right: whose lips share half of their union with the true ones in sight, the measure of
Pascal VOC. `python -m training sureness` fits it and measures it.
"""

from __future__ import annotations

import math

import msgspec

EDGE = 1e-4  # from 0 and 1, beyond which answers count as the same


class Sureness(msgspec.Struct, frozen=True):
    """scale, shift: of the log odds. With the defaults answers are taken as they are."""

    scale: float = 1.0
    shift: float = 0.0

    def of(self, answer: float) -> float:
        """The probability, 0..1, that a mouth is right which the refiner gives `answer`, 0..1."""
        return 1 / (1 + math.exp(-(self.scale * log_odds(answer) + self.shift)))


def log_odds(answer: float) -> float:
    """Of an answer 0..1: about -9 to 9."""
    held = min(max(answer, EDGE), 1 - EDGE)
    return math.log(held / (1 - held))
