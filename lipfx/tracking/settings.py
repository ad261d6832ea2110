"""Owns how sure tracking has to be of a face; must not know how faces are followed.

Measured on the clips that the project's figures come from, with `score/steadiness.py` and by eye.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """Confidences are the landmarker's, 0..1.

    kept: for a face that is followed. doubted, trusted: below the first lips count as covered, from the
    second on they no longer do. left_over: share of the confidence while lips are doubted, too little to be
    painted. strength: peak to side-lobe ratio of the correlation filter below which a carried face is lost
    (Bolme et al., CVPR 2010: 7 is poor). held: seconds that a face without visible lips is carried.
    same_face: share of the union that the boxes of one face have in common.
    """

    kept: float = 0.3
    doubted: float = 0.6
    trusted: float = 0.85
    left_over: float = 0.3
    strength: float = 6.0
    held: float = 2.0
    same_face: float = 0.3


TRACKING = TrackingSettings()
