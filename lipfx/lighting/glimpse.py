"""Owns the scene at a face that only one frame shows; must not know what came before it."""

from __future__ import annotations

from dataclasses import replace

from lipfx.core.values import Float64, Frame, Scene
from lipfx.lighting.estimate import estimate
from lipfx.lighting.measure import measure
from lipfx.lighting.softness import softness


def glimpse(frame: Frame, points: Float64) -> Scene:
    """What light, grade and blur do at the face whose (56, 2) landmarks these are."""
    scene = estimate(measure(frame, points))
    return replace(scene, softness=round(softness(frame, points) or 0.0, 2))
