"""Owns how sure a face has to be for its masks to show; must not know how masks are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visibility:
    """Confidences of a face (probabilities, see `lipfx.tcnn.sureness`) between which it fades in: hidden
    below the first, whole from the second on. A mouth that is likelier wrong than right is shown all the
    same where it goes on from a sure one: bare lips are the worse fault. Doubt is said at a run's end.

    label_from: the visibility, 0..1, from which a label map shows the face, which cannot fade.

    Tried by eye on talking and crying faces; no figures were kept.
    """

    hidden_below: float = 0.15
    visible_from: float = 0.45
    label_from: float = 0.5


VISIBILITY = Visibility()
