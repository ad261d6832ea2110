"""Owns how the refiner is trained; must not know the other networks.

python -m training refiner --data DATA --out OUT
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lipfx.tcnn.crops import CLASSES, REFINER_EXTENT, REFINER_SIDE
from lipfx.tcnn.refiner import Refiner
from training.again import flicker, moved_points
from training.echoes import varied
from training.loop import Batch, Losses, Schedule, Trainer, batches
from training.refiner_data import RefinerData

SCHEDULE = Schedule(epochs=90, batch=32, rate=3e-3, decay=0.02, average=0.999)
ONWARD = Schedule(epochs=70, batch=32, rate=1.5e-3, decay=0.02, average=0.999)  # from weights that exist
SETTLING = Schedule(epochs=14, batch=32, rate=6e-4, decay=0.02, average=0.999)
SETTLING_HARD = 0.25
HEED = 2.0  # by how much more a pixel counts in which something covers lips
LIPS_OF_CROP = 0.4  # the root of how much of a crop lips usually take


@dataclass(frozen=True, slots=True)
class Start:
    """A refiner to train on from: its state, and the names of the sets whose styles it has."""

    state: Mapping[str, NDArray[Any]]
    names: Sequence[str]


def loss(model: nn.Module, batch: Batch) -> Losses:
    """Cross entropy and soft Dice of the classes, L1 of the landmarks, cross entropy of the visible share;
    and what changes between two looks at the same mouth, of its coverage and of its landmarks' places.
    """
    device = batch["image"].device.type
    both = torch.cat([batch["image"], batch["again"]]).to(memory_format=torch.channels_last)
    with torch.autocast(device, torch.bfloat16):
        answers = model(both, batch["prior"].repeat(2, 1, 1, 1), batch["style"].repeat(2))
    (logits, other), (offsets, offset), (visible, _) = (a.float().chunk(2) for a in answers)
    heed = 1 + HEED * batch["covered"][:, 0]
    entropy = -(batch["classes"] * told_apart(logits, batch["joint"])).sum(1).mul(heed).mean()
    dice = soft_dice(logits.softmax(1), batch["classes"], batch["joint"])
    error = (batch["guess"] + offsets - batch["lips"]).abs().sum(-1).mean(-1)
    weight = batch["weight"] * (batch["visible"] > 0.3)
    points = (error.clamp(max=12) * weight).sum() / weight.sum().clamp(min=1)
    seen = functional.binary_cross_entropy_with_logits(visible, batch["visible"])
    change = flicker(logits.softmax(1), other.softmax(1), batch["move"]).mean()
    drift = moved_points(batch["guess"] + offsets, batch["move"]) - batch["guess"] - offset
    wander = (drift.abs().sum(-1).mean(-1).clamp(max=12) * (batch["visible"] > 0.3)).mean()
    total = entropy + 0.5 * dice + 0.06 * points + 0.2 * seen + 0.4 * change + 0.03 * wander
    return {
        **{"loss": total, "entropy": entropy, "dice": dice, "points": points, "visible": seen},
        **{"flicker": change, "wander": wander},
    }


def told_apart(logits: Tensor, joint: Tensor) -> Tensor:
    """(n, 4, h, w) log probabilities; of `joint` pictures class 1 stands for the mouth as a whole."""
    single = logits.log_softmax(1)
    mouth = single[:, 1:].logsumexp(1, keepdim=True)
    return torch.where(
        joint[:, None, None, None], torch.cat([single[:, :1], mouth, single[:, 2:]], 1), single
    )


def soft_dice(probability: Tensor, classes: Tensor, joint: Tensor) -> Tensor:
    """One minus the Dice overlap of each picture's lips and inner mouth, averaged where there is a mouth.

    Of `joint` pictures only the mouth as a whole counts; where no class is known, nothing does.
    """
    parts = []
    probability = probability * classes.sum(1, keepdim=True)
    for members in ([1], [2], [3], [1, 2], [1, 2, 3]):
        p, t = probability[:, members].sum((1, 2, 3)), classes[:, members].sum((1, 2, 3))
        both = (probability[:, members].sum(1) * classes[:, members].sum(1)).sum((1, 2))
        score = 1 - (2 * both + 8) / (p + t + 8)
        counts = (t > 20) & (joint if len(members) == 3 else ~joint)
        parts.append((score * counts).sum() / counts.sum().clamp(min=1))
    return torch.stack(parts[:4]).mean() + parts[4] * joint.float().mean()


def validator(data: RefinerData, seed: int, workers: int) -> Callable[[nn.Module], dict[str, float]]:
    """On fixed held-out draws and the style that is shipped: F1 a picture by set (of the lips, or of the
    mouth where no more is known), landmark error of the precise ones in percent of the mouth's size, and with
    things in front of the mouth the visible lips' F1 and the paint elsewhere, in shares of usual lips; and
    what changes until the next frame: of the masks as a share of the mouth, and of the landmarks in percent
    of it.
    'error' is one minus the mean F1 of the sets, and that paint.
    """
    fixed = list(batches(replace(data, covered=0.0), 32, seed, 0, workers=workers, shuffle=False))
    hiding = list(batches(replace(data, covered=1.0), 32, seed, 1, workers=workers, shuffle=False))

    def answer(model: nn.Module, batch: Batch, picture: str = "image") -> tuple[Tensor, Tensor]:
        device = next(model.parameters()).device
        shipped = torch.full_like(batch["style"], len(data.shares))
        inputs = [t.to(device) for t in (batch[picture], batch["prior"], shipped)]
        logits, offsets, _ = model(*inputs)
        return logits.cpu(), offsets.cpu()

    def validate(model: nn.Module) -> dict[str, float]:
        scores: dict[int, list[Tensor]] = {}
        away, hidden, unsteady = [], [], []
        for batch in fixed:
            logits, offsets = answer(model, batch)
            again, offset = answer(model, batch, "again")
            f1 = lips_f1(logits.argmax(1), batch["classes"].argmax(1), batch["joint"])
            for source in set(batch["style"].tolist()):
                scores.setdefault(source, []).append(f1[batch["style"] == source])
            drift = moved_points(batch["guess"] + offsets, batch["move"]) - batch["guess"] - offset
            wander = drift.norm(dim=-1).mean(-1) * REFINER_EXTENT / REFINER_SIDE * 100
            change = flicker(logits.softmax(1), again.softmax(1), batch["move"])
            unsteady.append(torch.stack([change, wander], 1)[batch["visible"] > 0.3])
            distance = (batch["guess"] + offsets - batch["lips"]).norm(dim=-1).mean(-1)
            away.append(distance[batch["weight"] == 1] * REFINER_EXTENT / REFINER_SIDE * 100)
        for batch in hiding:
            guess = answer(model, batch)[0].argmax(1)
            truth = batch["classes"].argmax(1)
            f1 = lips_f1(guess, truth, batch["joint"])
            painted = ((guess == 1) | (guess == 2)) & (truth == 0)
            share = painted.sum((1, 2)) / (REFINER_SIDE * LIPS_OF_CROP) ** 2
            hidden.append(torch.stack([f1, share], 1))
        by_set = {f"f1_{k}": float(torch.cat(v).mean()) for k, v in sorted(scores.items())}
        f1s, stray = torch.cat(hidden).mean(0).tolist()
        points = torch.cat(away)
        change, wander = torch.cat(unsteady).mean(0).tolist()
        figures = {"hidden_f1": f1s, "stray": stray, "change": change, "drift": wander}
        if len(points):
            figures["nme_mouth"] = float(points.mean())
        return {"error": 1 - sum(by_set.values()) / len(by_set) + stray} | figures | by_set

    return validate


def lips_f1(guess: Tensor, truth: Tensor, joint: Tensor) -> Tensor:
    """(n,) F1 of both lips together, of (n, h, w) class maps; of the mouth where that is all that is known.

    Where there is nothing and nothing is found, it is 1.
    """
    whole = joint[:, None, None]
    a = (guess == 1) | (guess == 2) | (whole & (guess == 3))
    b = (truth == 1) | (truth == 2)
    both, either = (a & b).sum((1, 2)), a.sum((1, 2)) + b.sum((1, 2))
    return torch.where(either == 0, 1.0, 2 * both / either.clamp(min=1))


def train(
    data: RefinerData,
    validation: RefinerData,
    folder: Path,
    *,
    seed: int,
    schedule: Schedule,
    settling: Schedule,
    workers: int,
    start: Start | None = None,
) -> Refiner:
    """Trains a refiner, new or on from `start`; resumes from `folder` where it stopped.

    It settles on pictures that are mostly as they are: use is gentler than augmentation.
    The last of its styles is the one that leaves the outline to the picture: what is shipped.
    """
    torch.manual_seed(seed)
    model = Refiner(styles=len(data.shares) + 1)
    if start is not None:
        model.load_state_dict(with_styles(start, data.names))
    validate = validator(validation, seed, workers)
    trainer = Trainer("refiner", model, loss, schedule, folder, seed=seed, workers=workers, vary=varied)
    kept = copy.deepcopy(trainer.run(data, validate))
    calm = replace(data, hard=SETTLING_HARD)
    trainer = Trainer(
        "refiner-settling", kept, loss, settling, folder, seed=seed, workers=workers, vary=varied
    )
    settled = trainer.run(calm, validate)
    assert isinstance(settled, Refiner)
    return settled


def lean(model: Refiner, towards: Sequence[int], share: float) -> None:
    """Moves the style that is shipped, the last, by `share` (0..1) of the way to the mean of others."""
    with torch.no_grad():
        for style in (model.style_coarse.weight, model.style_fine.weight):
            style[-1].lerp_(style[list(towards)].mean(0), share)


def raise_lips(model: Refiner, by: float) -> None:
    """Adds `by` to the log odds of both lips at every pixel, for all styles."""
    bias = model.classify.bias
    assert bias is not None
    with torch.no_grad():
        bias.view(CLASSES, -1)[1:3] += by


def with_styles(start: Start, names: Sequence[str]) -> dict[str, Tensor]:
    """A refiner's state for the data sets `names`: each has the style that it had, a new one that of all
    sets' mean; the last, which leaves the outline to the picture, stays.
    """
    tensors = {k: torch.from_numpy(v) for k, v in start.state.items()}
    for key in [k for k in tensors if k.startswith("style_")]:
        old = tensors[key]
        known = dict(zip(start.names, old[:-1], strict=True))
        rows = [known.get(name, old[:-1].mean(0)) for name in names]
        tensors[key] = torch.stack([*rows, old[-1]])
    return tensors
