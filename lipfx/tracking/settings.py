"""Owns how sure tracking has to be of a face; must not know how faces are followed.

Tried by eye on talking, turning and crying faces and on hands before mouths; no figures were kept but those
named.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """Confidences are the landmarker's: probabilities, 0..1 (see `lipfx.tcnn.sureness`).

    kept: for a face that is followed. doubted, trusted: below the first lips count as covered, from the
    second on they no longer do. left_over: share of the confidence while lips are doubted, too little to be
    painted. strength: peak to side-lobe ratio of the correlation filter below which a carried face is lost
    (Bolme et al., CVPR 2010: 7 is poor). held: seconds that a face without visible lips is carried.
    moment: seconds that a detector's word holds. guessed: for lips of a face that the detector sees.
    same_face: share of the union that the boxes of one face have in common.
    beside: mouth sizes from where it was expected from which on a mouth is looked at once more.
    certain: below, it is looked for where the detector places it too.
    """

    kept: float = 0.2
    doubted: float = 0.35
    trusted: float = 0.55
    left_over: float = 0.3
    strength: float = 6.0
    held: float = 2.0
    moment: float = 0.15
    guessed: float = 0.1
    same_face: float = 0.3
    beside: float = 0.12
    certain: float = 0.75


@dataclass(frozen=True, slots=True)
class CoveringSettings:
    """When a mouth's colours are learnt, and when they say that it is covered.

    sure: confidence from which colours are learnt. calm, still: covered shares of the lips up to which they
    are, and up to which all of the lips are. patience: seconds of dispute after which other colours are
    believed: the light has changed for good. covered: shares of the lips between which a cover is believed,
    less is a shadow or a crease. lost: shares between which the face itself is doubted.
    """

    sure: float = 0.55
    calm: float = 0.25
    still: float = 0.1
    patience: float = 3.0
    covered: tuple[float, float] = (0.08, 0.18)
    lost: tuple[float, float] = (0.5, 0.9)


COVERING = CoveringSettings()
TRACKING = TrackingSettings()
