"""Owns how the heads are fine-tuned, and the two controls that tell states of the lips from mere training.

    python -m training heads --data DATA --out OUT

The convolutions are frozen, so what enters FC5 is computed once, for many augmented draws of every mouth,
and all heads learn from that bank. Its crops lie NEAR, as they do once a first answer has placed them: of
crops that lie far a mixture finds placements, not states of the lips. Each head starts as the base's and sees
one cluster alone, at a tenth of the base's rate. A small cluster cannot carry its head far: the distance to
the base's weights is charged for (L2-SP, Li et al., ICML 2018), training stops when held-out pictures of the
cluster stop gaining, the best epoch is kept, and a head that is not better than the base there stays the
base's.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lipfx.tcnn.network import BaseNetwork, Head
from lipfx.tcnn.router import Router
from training.base import NEAR, MouthCrops, size_of
from training.loop import batches
from training.patches import MouthPatch

DRAWS = 20
HELD_DRAWS = 8
TETHER = 1e-3
Log = list[dict[str, float]]


@dataclass(frozen=True, slots=True)
class Tuning:
    """How long and how fast: most epochs, samples per batch, rate, epochs without gain before stopping."""

    epochs: int = 40
    batch: int = 128
    rate: float = 2e-4
    patience: int = 6


TUNING = Tuning()


@dataclass(frozen=True, slots=True)
class Bank:
    """What enters FC5 for draws of mouths, and the truth.

    features: (n, 256). points: (n, 56, 2) in crop sides from the middle. weight: (n,). size: (n,) of the
    mouth in crop sides. mouth: (n,) index of the mouth. cluster: (n,) the head that the draw belongs to.
    """

    features: Tensor
    points: Tensor
    weight: Tensor
    size: Tensor
    mouth: NDArray[np.int64]
    cluster: NDArray[np.int64]

    def clustered(self, cluster: NDArray[np.int64]) -> Bank:
        """The same draws in other clusters."""
        return replace(self, cluster=cluster)

    def part(self, cluster: int) -> Bank:
        """The draws of one cluster."""
        own = np.flatnonzero(self.cluster == cluster)
        at = torch.from_numpy(own)
        fields = (self.features[at], self.points[at], self.weight[at], self.size[at])
        return Bank(*fields, self.mouth[own], self.cluster[own])

    def errors(self, head: Head) -> Tensor:
        """(n,) landmark errors in percent of the mouth's size."""
        with torch.inference_mode():
            away = (head(self.features) - self.points).norm(dim=-1).mean(-1)
        percent: Tensor = 100 * away / self.size
        return percent


def fill(
    model: BaseNetwork, mouths: Sequence[MouthPatch], draws: int, seed: int, *, training: bool, workers: int
) -> Bank:
    """A bank of `draws` crops of each mouth, augmented when `training`; all in cluster 0."""
    data = MouthCrops(mouths, repeats=draws, training=training, jitter=NEAR)
    rows: dict[str, list[Tensor]] = {"features": [], "points": [], "weight": [], "index": []}
    for batch in batches(data, 256, seed, 5, workers=workers, shuffle=False):
        with torch.inference_mode():
            device = next(model.parameters()).device
            rows["features"].append(model.backbone(batch["image"].to(device)).float().cpu())
        for name in ("points", "weight", "index"):
            rows[name].append(batch[name])
    joined = {name: torch.cat(values) for name, values in rows.items()}
    size = torch.stack([size_of(p) for p in joined["points"]])
    mouth = joined["index"].numpy().astype(np.int64)
    return Bank(joined["features"], joined["points"], joined["weight"], size, mouth, np.zeros_like(mouth))


def routed(bank: Bank, router: Router) -> Bank:
    """The bank in the clusters that the router sees, draw by draw, as in use."""
    return bank.clustered(router.choose(bank.features.numpy()))


def shuffled(bank: Bank, seed: int) -> Bank:
    """The bank in random clusters of the same sizes: the control for 'states of the lips'."""
    return bank.clustered(np.random.default_rng(seed).permutation(bank.cluster))


def tune(
    base: Head, bank: Bank, held: Bank, count: int, seed: int, tuning: Tuning
) -> tuple[list[Head], list[Log]]:
    """K heads, each on its cluster of `bank`, stopped by its cluster of `held`; and their logs."""
    pairs = [tune_one(base, bank.part(k), held.part(k), seed + k, tuning) for k in range(count)]
    return [head for head, _ in pairs], [log for _, log in pairs]


def tune_one(base: Head, bank: Bank, held: Bank, seed: int, tuning: Tuning) -> tuple[Head, Log]:
    """One head; the base's own where nothing is gained on held-out draws."""
    head, best = copy.deepcopy(base), copy.deepcopy(base)
    if not len(held.weight):
        return best, []
    least, log = float(held.errors(base).mean()), []
    optimizer = torch.optim.Adam(head.parameters(), lr=tuning.rate)
    order = torch.Generator().manual_seed(seed)
    last_gain = 0
    for epoch in range(tuning.epochs):
        loss = _epoch(head, base, bank, optimizer, tuning.batch, order)
        error = float(held.errors(head).mean())
        log.append({"epoch": float(epoch), "loss": loss, "error": error})
        if error < least:
            least, last_gain, best = error, epoch, copy.deepcopy(head)
        if epoch - last_gain >= tuning.patience:
            break
    return best, log


def _epoch(
    head: Head, base: Head, bank: Bank, optimizer: torch.optim.Optimizer, size: int, order: torch.Generator
) -> float:
    """One pass in random order; the mean loss: landmark distance plus what the tether charges."""
    total = 0.0
    anchors = [p.detach() for p in base.parameters()]
    picks = torch.split(torch.randperm(len(bank.weight), generator=order), size)
    for pick in picks:
        away = (head(bank.features[pick]) - bank.points[pick]).pow(2).sum(-1).add(1e-8).sqrt().mean(-1)
        distance = (away * bank.weight[pick]).sum() / bank.weight[pick].sum()
        pull = torch.stack([(p - a).pow(2).sum() for p, a in zip(head.parameters(), anchors, strict=True)])
        loss = distance + TETHER * pull.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += float(distance.detach())
    return total / max(1, len(picks))


def errors_of(heads: Sequence[Head], bank: Bank) -> NDArray[np.float64]:
    """(n,) landmark errors in percent of the mouth's size, each draw through its cluster's head."""
    errors = np.zeros(len(bank.mouth))
    for k, head in enumerate(heads):
        own = bank.cluster == k
        errors[own] = bank.part(k).errors(head).numpy()
    return errors
