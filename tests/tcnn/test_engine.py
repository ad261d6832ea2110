"""Both ways to run the networks give the same answers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from lipfx.tcnn import checkpoint
from lipfx.tcnn.engine import Engine, OnnxEngine, TorchEngine
from lipfx.tcnn.geometry import LOCATOR_SIDE, NETWORK_SIDE, PRIOR_SIDE, REFINER_SIDE
from lipfx.types import Float32

PIXELS = 0.05
LEVELS = 1 / 255


@pytest.fixture(scope="module")
def engines() -> tuple[Engine, Engine]:
    weights = checkpoint.load(None)
    return OnnxEngine(weights), TorchEngine(weights, "cpu")


def _crops(side: int, count: int = 3) -> Float32:
    return np.random.default_rng(side).random((count, 3, side, side), dtype=np.float32)


def test_the_locator_answers_the_same(engines: tuple[Engine, Engine]) -> None:
    (anchors, sure), (others, other_sure) = (e.locate(_crops(LOCATOR_SIDE)) for e in engines)
    np.testing.assert_allclose(anchors * LOCATOR_SIDE, others * LOCATOR_SIDE, atol=PIXELS)
    np.testing.assert_allclose(sure, other_sure, atol=LEVELS)


def test_the_backbone_answers_the_same(engines: tuple[Engine, Engine]) -> None:
    first, second = (e.features(_crops(NETWORK_SIDE)) for e in engines)
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_the_refiner_answers_the_same(engines: tuple[Engine, Engine]) -> None:
    prior = np.zeros((3, 3, PRIOR_SIDE, PRIOR_SIDE), np.float32)
    prior[:, 0, 14:24, 10:38], prior[:, 1, 24:34, 10:38] = 1, 1
    first, second = (e.refine(_crops(REFINER_SIDE), prior) for e in engines)
    for a, b, tolerance in zip(first, second, (LEVELS, PIXELS, LEVELS), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, atol=tolerance)


def test_analysis_on_the_cpu_needs_no_torch() -> None:
    code = (
        "import sys; from lipfx.tcnn.cascade import Cascade; Cascade.load(None, 'cpu'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "sklearn"} & set(done.stdout.split())
