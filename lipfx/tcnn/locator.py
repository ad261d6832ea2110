"""Owns the first stage: from a face's box to where its mouth is; must not know detectors or video.

A small CNN on a 64 px crop of the detected face. It answers six anchors (eye centres, mouth corners, top
and bottom of the lips) and whether this is a face with a mouth at all.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from lipfx.tcnn.crop import Pose
from lipfx.types import Float64

SIDE = 64
EXTENT = 1.5
ANCHORS = 6


def face_pose(box: Float64, angle: float = 0.0) -> Pose:
    """The pose of a face's box (x0, y0, x1, y1): its middle, its mean side, the angle it was found at."""
    x0, y0, x1, y1 = (float(v) for v in box)
    return Pose((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0 + y1 - y0) / 2, angle)


class Locator(nn.Module):
    """(n, 3, 64, 64) RGB encoded 0..1 to anchors (n, 6, 2), crop sides from the middle, and a logit (n,)."""

    def __init__(self, widths: tuple[int, int, int, int] = (16, 32, 48, 64)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((3, *widths), widths, strict=False):
            layers += [
                nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
            ]
            layers += [
                nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
            ]
        self.widths = widths
        self.layers = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(widths[-1] * 16, 96), nn.ReLU(inplace=True)
        )
        self.anchors = nn.Linear(96, ANCHORS * 2)
        self.mouth = nn.Linear(96, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.layers((image - 0.45) * 4)
        return self.anchors(hidden).view(-1, ANCHORS, 2), self.mouth(hidden)[:, 0]


def anchors_pose(anchors: Float64) -> Pose:
    """The mouth's pose from (6, 2) anchors in frame pixels.

    The centre of mass of an outer contour lies a little below the middle of its corners; its corners and
    its top and bottom give size and angle, the eyes steady the angle.
    """
    eyes, corners, ends = anchors[0:2], anchors[2:4], anchors[4:6]
    direction = (corners[1] - corners[0]) + 0.5 * (eyes[1] - eyes[0])
    angle = float(np.arctan2(direction[1], direction[0]))
    width = float(((corners[1] - corners[0]) ** 2).sum() ** 0.5)
    height = float(((ends[1] - ends[0]) ** 2).sum() ** 0.5)
    centre = 0.5 * corners.mean(0) + 0.5 * ends.mean(0)
    return Pose(float(centre[0]), float(centre[1]), max(width, height, 1e-3), angle)
