"""Fuller lips: a warp of lips and the skin around them."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from lipfx.effects import Float32, Float64, Meta, Patch, Space, Warp, lip_coordinates, to_upright

REACH = 1.2
"""How far the warp spreads, in heights of a lip."""

STRONGEST = 0.65
"""Share of a step outwards by which the picture is stretched at most; below 1 the warp cannot fold. Half
of the amount brings three quarters of it: a little is seen."""


class Plump(Warp, frozen=True, kw_only=True):
    """Makes the lips fuller."""

    space: ClassVar[Space] = Space.LINEAR
    margin: ClassVar[float] = 0.4

    amount: Annotated[float, Meta(ge=0, le=1, description="how much fuller")] = 0.4

    def sources(self, patch: Patch) -> tuple[Float32, Float32]:
        """Pixels come from nearer the line between the lips."""
        return warp(patch.landmarks, (patch.rgb.shape[0], patch.rgb.shape[1]), self.amount)


def warp(landmarks: Float64, shape: tuple[int, int], amount: float) -> tuple[Float32, Float32]:
    """Where each pixel's picture comes from: x and y, (h, w) float32 patch pixels.

    Pixels move only up and down as the mouth sees it, by a share of the lip's height that depends on the
    place between the corners and on `across`. Along `across` the sources follow each other at no less than
    1 - STRONGEST of the pixels' distance, so the Jacobian stays positive.
    """
    along, across, height = lip_coordinates(landmarks, shape)
    share = np.clip(4 * along * (1 - along), 0, 1)
    step = (
        np.float32(STRONGEST * (1 - (1 - amount) ** 2))
        * share
        * height
        * across
        * np.exp(-((across / REACH) ** 2))
    )
    down = np.linalg.inv(to_upright(landmarks)[:, :2])[:, 1].astype(np.float32)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return columns - down[0] * step, rows - down[1] * step
