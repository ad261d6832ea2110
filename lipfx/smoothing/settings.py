"""Owns how sure smoothing has to be of a sighting, and how fast faces fade; must not know how values are
fitted.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fading:
    """trusted: the confidence from which a sighting counts fully in a fit; less counts by its square.
    trust_steps, least_trust: steps of that from 0 to 1 (most frames then share one fit), and the least.
    seconds: that an effect takes to come or go. margin: seconds that it stays away from frames in which the
    lips are hidden.
    faced: the least confidence that a face in sight is rendered with.

    Steps of an eighth move landmarks by 0.007 px in the mean against none; the rest was tried by eye on a
    hand that passes a mouth, and no figures were kept.
    """

    trusted: float = 0.75
    trust_steps: int = 8
    least_trust: float = 0.0025
    seconds: float = 0.12
    margin: float = 0.05
    faced: float = 0.45


FADING = Fading()
