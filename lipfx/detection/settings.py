"""Owns how sure finding has to be of a face and its mouth; must not know how either is found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """Lengths are in mouth sizes (see `lipfx.core.geometry`); the landmarker's confidence is a probability
    (see `lipfx.tcnn.sureness`).

    located: the locator's confidence, 0..1, that a detection is a face with a mouth. weak, certain: the
    detector's score below which the locator has to be this confident. new: the landmarker's confidence for a
    new face.
    furthest, most_growth, most_turn: how far from where it was expected a mouth may lie, and by how much
    its log size and its angle (radians) may differ. wider: how much larger a mouth may be than it seems at
    first; wider_gain: of confidence, for the larger mouth to be believed. same_mouth: between the centres
    of two sightings of one mouth.

    With these, 329 of 337 faces of AFW are found, and none where there is none in 850 pictures of
    CelebAMask-HQ.
    """

    located: float = 0.5
    weak: float = 0.0
    certain: float = 0.95
    new: float = 0.3
    furthest: float = 0.5
    most_growth: float = 0.5
    most_turn: float = 0.6
    wider: float = 1.8
    wider_gain: float = 0.1
    same_mouth: float = 0.4


DETECTION = DetectionSettings()
