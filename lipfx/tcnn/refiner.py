"""Owns the refiner: the second look at the pixels of an aligned mouth; must not know routers or video.

An encoder-decoder on a 96 px crop around the mouth that the landmarks propose. Landmarks enter twice:
the crop is aligned by them, and the classes that their polygons cover are given as a prior. It answers
per-pixel classes, corrections to the landmarks, and how much of the lips is in sight.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lipfx.core import helen56
from lipfx.tcnn.crops import CLASSES, REFINER_SIDE


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class _Stage(nn.Module):
    """Two 3x3 convolutions with a residual around the second."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _block(inputs, outputs, stride)
        self.second = _block(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        second: Tensor = self.second(x)
        return x + second


class Refiner(nn.Module):
    """The network; `widths` are the channels at 48, 24 and 12 px, `styles` the annotators told apart.

    Data sets outline lips a little differently: each has a learned bias at the bottleneck and before the
    classes, so that they teach the same convolutions without pulling at each other's edges.
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 128), styles: int = 1) -> None:
        super().__init__()
        a, b, c = widths
        self.widths, self.styles = widths, styles
        self.stem = nn.Conv2d(3, a, 3, 2, 1, bias=False)
        self.prior = nn.Conv2d(3, a, 3, 1, 1)
        self.stem_norm = nn.BatchNorm2d(a)
        self.fine = _Stage(a, a, 1)
        self.middle = _Stage(a, b, 2)
        self.coarse = _Stage(b, c, 2)
        self.bottleneck = _Stage(c, c, 1)
        self.style_coarse = nn.Embedding(styles, c)
        self.up_middle = nn.Conv2d(c, b, 1)
        self.decode_middle = _block(b, b)
        self.up_fine = nn.Conv2d(b, a, 1)
        self.decode_fine = _block(a, a)
        self.style_fine = nn.Embedding(styles, a)
        self.classify = nn.Conv2d(a, CLASSES * 4, 3, 1, 1)
        self.shuffle = nn.PixelShuffle(2)
        self.squeeze = _block(c, 64, 2)
        self.hidden = nn.Linear(64 * 36, 128)
        self.offsets = nn.Linear(128, helen56.COUNT * 2)
        self.visible = nn.Linear(128, 1)
        for embedding in (self.style_coarse, self.style_fine):
            nn.init.zeros_(embedding.weight)
        nn.init.normal_(self.offsets.weight, std=1e-3)
        nn.init.zeros_(self.offsets.bias)

    def forward(self, image: Tensor, prior: Tensor, style: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One batch of crops.

        image: (n, 3, 96, 96) RGB encoded, 0..1. prior: (n, 3, 48, 48) of `prior_classes`. style: (n,) int64.
        Returns class logits (n, 4, 96, 96), landmark corrections (n, 56, 2) in crop pixels and the logit of
        the share of the lips in sight (n,).
        """
        x0 = torch.relu(self.stem_norm(self.stem((image - 0.45) * 4) + self.prior(prior)))
        x0 = self.fine(x0)
        x1 = self.middle(x0)
        x2 = self.bottleneck(self.coarse(x1)) + self.style_coarse(style)[:, :, None, None]
        y1 = self.decode_middle(torch.relu(x1 + _double(self.up_middle(x2))))
        y0 = self.decode_fine(torch.relu(x0 + _double(self.up_fine(y1))))
        logits = self.shuffle(self.classify(y0 + self.style_fine(style)[:, :, None, None]))
        hidden = torch.relu(self.hidden(self.squeeze(x2).flatten(1)))
        return (
            logits,
            REFINER_SIDE * self.offsets(hidden).view(-1, helen56.COUNT, 2),
            self.visible(hidden)[:, 0],
        )


def _double(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
