"""Owns fitting how sure a refiner's answers are, and measuring it; must not know how the refiner is trained.

python -m training sureness --data DATA --out OUT
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lipfx.core.values import Float64
from lipfx.tcnn.refiner import Refiner
from lipfx.tcnn.sureness import Sureness, log_odds
from training.loop import batches
from training.refiner import lips_f1
from training.refiner_data import RefinerData

RIGHT = 2 / 3  # F1 of two areas that share half of their union
ANY_LIPS = 8  # crop pixels, fewer are not lips in sight
HALF = 0.5  # of the draws have something in front of the mouth
BINS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.75, 0.85, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Answers:
    """A refiner's on draws. answer: (n,) 0..1. right: (n,) whether its lips are where lips are in sight."""

    answer: Float64
    right: NDArray[np.bool_]


def collect(model: Refiner, held: RefinerData, seed: int, epoch: int, workers: int) -> Answers:
    """What the style that is shipped answers on draws that are augmented as in training, of held-out mouths,
    half of them covered.
    """
    data = replace(held, covered=HALF, training=True)
    answers, right = [], []
    for batch in batches(data, 32, seed, epoch, workers=workers, shuffle=False):
        shipped = torch.full_like(batch["style"], len(data.shares))
        with torch.inference_mode():
            logits, _, visible = model(batch["image"], batch["prior"], shipped)
        truth = batch["classes"].argmax(1)
        f1 = lips_f1(logits.argmax(1), truth, batch["joint"])
        in_sight = ((truth == 1) | (truth == 2)).sum((1, 2)) >= ANY_LIPS
        answers.append(visible.sigmoid())
        right.append((f1 >= RIGHT) & in_sight)
    return Answers(torch.cat(answers).double().numpy(), torch.cat(right).numpy())


def fit(answers: Answers) -> Sureness | None:
    """The curve of the greatest likelihood; None where all answers are right, or none is."""
    from sklearn.linear_model import LogisticRegression

    if answers.right.all() or not answers.right.any():
        return None
    odds = np.array([[log_odds(a)] for a in answers.answer])
    fitted = LogisticRegression(C=1e6).fit(odds, answers.right)
    return Sureness(round(float(fitted.coef_[0, 0]), 4), round(float(fitted.intercept_[0]), 4))


def reliability(answers: Answers, sureness: Sureness) -> list[dict[str, Any]]:
    """By bins of how sure the mouths are: how many, how sure in the mean, and the share that is right."""
    sure = np.array([sureness.of(a) for a in answers.answer])
    place = np.digitize(sure, BINS[1:-1])
    return [
        {
            "from": BINS[k],
            "to": BINS[k + 1],
            "mouths": int((place == k).sum()),
            "sure": round(float(sure[place == k].mean()), 3),
            "right": round(float(answers.right[place == k].mean()), 3),
        }
        for k in np.unique(place).tolist()
    ]
