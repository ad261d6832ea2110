"""Owns the base network and its heads; must not know the router, crops or video.

The tweaked CNN of Wu, Hassner, Kim, Medioni and Natarajan (arXiv 1511.04031), vanilla part:

    input   40 x 40 x 3, minus the mean image, over the deviation image
    CV1     5 x 5 x 16, |tanh|, max-pool 2      18 x 18 x 16
    CV2     3 x 3 x 48, |tanh|, max-pool 2       8 x  8 x 48
    CV3     3 x 3 x 64, |tanh|, max-pool 2       3 x  3 x 64
    CV4     2 x 2 x 64, |tanh|                   2 x  2 x 64  = the features that enter FC5
    FC5     100, |tanh|
    FC6     112 = 56 landmarks

FC5 and FC6 are one head. The cascade has one head for each state of the lips.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lipfx.core import helen56
from lipfx.tcnn.crops import NETWORK_SIDE

FEATURES = 256
HIDDEN = 100


class AbsTanh(nn.Module):
    """Hyperbolic tangent, then absolute value."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x).abs()


class Backbone(nn.Module):
    """CV1 to CV4: (n, 3, 40, 40) RGB encoded 0..1 to the (n, 256) features that enter FC5."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(3, NETWORK_SIDE, NETWORK_SIDE))
        self.register_buffer("deviation", torch.ones(3, NETWORK_SIDE, NETWORK_SIDE))
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 16, 5), AbsTanh(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 48, 3), AbsTanh(), nn.MaxPool2d(2)),
            *(nn.Conv2d(48, 64, 3), AbsTanh(), nn.MaxPool2d(2)),
            *(nn.Conv2d(64, 64, 2), AbsTanh(), nn.Flatten()),
        )

    def forward(self, image: Tensor) -> Tensor:
        features: Tensor = self.layers((image - self.mean) / self.deviation)
        return features


class Head(nn.Module):
    """FC5 and FC6: (n, 256) features to (n, 56, 2) landmarks in crop sides from the crop's middle."""

    def __init__(self) -> None:
        super().__init__()
        self.fc5 = nn.Linear(FEATURES, HIDDEN)
        self.fc6 = nn.Linear(HIDDEN, helen56.COUNT * 2)

    def forward(self, features: Tensor) -> Tensor:
        points: Tensor = self.fc6(torch.tanh(self.fc5(features)).abs())
        return points.view(-1, helen56.COUNT, 2)


class BaseNetwork(nn.Module):
    """Backbone and one head: what is trained first, and what the heads are fine-tuned from."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone, self.head = Backbone(), Head()

    def forward(self, image: Tensor) -> Tensor:
        points: Tensor = self.head(self.backbone(image))
        return points
