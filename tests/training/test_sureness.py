"""How sure a mouth is: the fit, what it says of answers, and what the shipped weights say."""

from __future__ import annotations

import numpy as np
import pytest

from lipfx.tcnn import checkpoint
from lipfx.tcnn.sureness import Sureness
from training.sureness import Answers, fit, reliability


def _overconfident(count: int = 20_000) -> Answers:
    """Answers whose odds are those of the truth, squared and doubled."""
    rng = np.random.default_rng(3)
    true = rng.uniform(0.02, 0.98, count)
    odds = 2 * (true / (1 - true)) ** 2
    return Answers(odds / (1 + odds), rng.random(count) < true)


def test_of_the_mouths_called_so_sure_as_many_are_right() -> None:
    answers = _overconfident()
    fitted = fit(answers)
    assert fitted is not None
    for row in reliability(answers, fitted):
        assert row["right"] == pytest.approx(row["sure"], abs=0.03), row
    untouched = reliability(answers, Sureness())
    assert max(abs(row["right"] - row["sure"]) for row in untouched) > 0.1


def test_nothing_is_fitted_where_all_answers_are_right() -> None:
    assert fit(Answers(np.array([0.2, 0.9]), np.array([True, True]))) is None


def test_the_surer_answer_stays_the_surer_one() -> None:
    shipped = checkpoint.load(None).description.sureness
    sure = [shipped.of(a) for a in np.linspace(0, 1, 101)]
    assert sure == sorted(sure)
    assert 0 <= sure[0] < 0.05
    assert 0.95 < sure[-1] <= 1
    assert shipped != Sureness(), "the shipped weights carry no fit"
