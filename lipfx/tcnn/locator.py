"""Owns the first stage's network: from a face's box to where its mouth is; must not know detectors.

A small CNN on a 64 px crop of the detected face. It answers six anchors (eye centres, mouth corners, top
and bottom of the lips) and whether this is a face with a mouth at all.
"""

from __future__ import annotations

from torch import Tensor, nn

from lipfx.tcnn.crops import ANCHORS


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
