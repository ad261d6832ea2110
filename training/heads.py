"""Owns how the heads are fine-tuned, and the two controls that tell states of the lips from mere training.

    python -m training heads --data DATA --out OUT

Each head starts as the base's and sees one cluster alone: convolutions frozen, a rate much below the
base's, augmentation as for the base, weights averaged, and early stopping on held-out pictures of that
cluster. A small cluster cannot carry a head far from the base: its epochs are short, the distance to
the base's weights is charged for (L2-SP, Li et al., ICML 2018), and a head that is not better than the
base on its held-out pictures stays the base's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lipfx.tcnn.network import BaseNetwork, Head
from lipfx.tcnn.router import Router
from training.base import MouthCrops, _size, loss, point_errors
from training.loop import Batch, Losses, Schedule, Trainer, batches
from training.patches import MouthPatch

SCHEDULE = Schedule(epochs=30, batch=64, rate=2e-4, decay=0.0, average=0.99, patience=8)
REPEATS = 6
TETHER = 1e-2


@dataclass(frozen=True, slots=True)
class Split:
    """Training and held-out mouths with the cluster of each."""

    mouths: Sequence[MouthPatch]
    clusters: NDArray[np.int64]
    held_mouths: Sequence[MouthPatch]
    held_clusters: NDArray[np.int64]

    def shuffled(self, seed: int) -> Split:
        """Random clusters of the same sizes: the control for 'states of the lips'."""
        rng = np.random.default_rng(seed)
        return replace(
            self, clusters=rng.permutation(self.clusters), held_clusters=rng.permutation(self.held_clusters)
        )

    def merged(self) -> Split:
        """One cluster of everything: the control for 'merely more training'."""
        return replace(self, clusters=self.clusters * 0, held_clusters=self.held_clusters * 0)


def assign(
    model: BaseNetwork, router: Router, mouths: Sequence[MouthPatch], draws: int, seed: int
) -> NDArray[np.int64]:
    """(n,) each mouth's cluster: the one that most of its placements fall into."""
    data = MouthCrops(mouths, repeats=draws, training=False)
    votes = np.zeros((len(mouths), router.count))
    with torch.inference_mode():
        for batch in batches(data, 128, seed, 2, workers=0, shuffle=False):
            device = next(model.parameters()).device
            features = model.backbone(batch["image"].to(device)).float().cpu().numpy()
            np.add.at(votes, batch["index"].numpy(), router.probabilities(features))
    return np.asarray(votes.argmax(1), dtype=np.int64)


def tethered(base: Head) -> Callable[[nn.Module, Batch], Losses]:
    """The base's loss plus the squared distance of the head to the base's."""
    anchor = [p.detach().clone() for p in base.parameters()]

    def tethered_loss(model: nn.Module, batch: Batch) -> Losses:
        assert isinstance(model, BaseNetwork)
        model.backbone.eval()
        losses = loss(model, batch)
        pairs = zip(model.head.parameters(), anchor, strict=True)
        away: Tensor = sum(((p - a.to(p.device)).pow(2).sum() for p, a in pairs), torch.zeros(()))
        return {"loss": losses["loss"] + TETHER * away, "points": losses["loss"]}

    return tethered_loss


def tune_one(
    base: BaseNetwork,
    mouths: Sequence[MouthPatch],
    held: Sequence[MouthPatch],
    name: str,
    folder: Path,
    *,
    seed: int,
    schedule: Schedule,
    workers: int,
) -> Head:
    """One head on its cluster; the base's own where fine-tuning does not help held-out pictures."""
    model = copy.deepcopy(base)
    for parameter in model.backbone.parameters():
        parameter.requires_grad_(False)
    data = MouthCrops(mouths, repeats=REPEATS)
    trainer = Trainer(
        name,
        model,
        tethered(base.head),
        schedule,
        folder,
        seed=seed,
        workers=workers,
        parameters=model.head.parameters(),
    )
    if not held:
        return base.head
    fixed = MouthCrops(held, repeats=4, training=False)

    def validate(network: nn.Module) -> dict[str, float]:
        return {"error": float(point_errors(network, fixed, seed).mean())}

    with torch.inference_mode():
        before = validate(base.eval())["error"]
    tuned = trainer.run(data, validate)
    assert isinstance(tuned, BaseNetwork)
    return tuned.head if trainer.best_error < before else copy.deepcopy(base.head)


def tune(
    base: BaseNetwork,
    split: Split,
    count: int,
    name: str,
    folder: Path,
    *,
    seed: int,
    schedule: Schedule,
    workers: int,
) -> list[Head]:
    """K heads, each on its cluster of `split`."""
    heads = []
    for k in range(count):
        own = [split.mouths[i] for i in np.flatnonzero(split.clusters == k).tolist()]
        held = [split.held_mouths[i] for i in np.flatnonzero(split.held_clusters == k).tolist()]
        heads.append(
            tune_one(
                base, own, held, f"{name}-{k}", folder, seed=seed + k, schedule=schedule, workers=workers
            )
        )
    return heads


def routed_errors(
    base: BaseNetwork,
    heads: Sequence[Head],
    choose: Callable[[Tensor, Tensor], NDArray[np.int64]],
    mouths: Sequence[MouthPatch],
    seed: int,
    draws: int = 8,
) -> NDArray[np.float64]:
    """(n * draws,) landmark errors in percent of the mouth's size, each crop through its chosen head.

    choose: (features, indices of the mouths) to heads.
    """
    data = MouthCrops(mouths, repeats=draws, training=False)
    errors: list[Any] = []
    with torch.inference_mode():
        for batch in batches(data, 128, seed, 3, workers=0, shuffle=False):
            device = next(base.parameters()).device
            features = base.backbone(batch["image"].to(device))
            chosen = choose(features.float().cpu(), batch["index"])
            points = torch.stack(
                [heads[k](f[None])[0].cpu() for k, f in zip(chosen.tolist(), features, strict=True)]
            )
            away = (points - batch["points"]).norm(dim=-1).mean(-1)
            errors.append((100 * away / torch.stack([_size(p) for p in batch["points"]])).numpy())
    return np.concatenate(errors).astype(np.float64)
