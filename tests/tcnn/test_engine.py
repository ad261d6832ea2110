"""Both ways to run the networks give the same answers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lipfx.core.values import Float32
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.errors import UsageError
from lipfx.pipeline.analysis import settled
from lipfx.pipeline.mattes import MaskOptions, draw
from lipfx.tcnn import checkpoint, engine
from lipfx.tcnn.cascade import Cascade
from lipfx.tcnn.crops import LOCATOR_SIDE, NETWORK_SIDE
from lipfx.tcnn.engine import Engine, OnnxEngine, TorchEngine
from lipfx.video.source import open_source

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


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_refiner_outlines_a_mouth_the_same_in_eight_bits(
    engines: tuple[Engine, Engine], talking: Path, bytewise: bool
) -> None:
    with open_source(talking) as reader:
        frame = next(iter(reader))
    weights = checkpoint.load(None)
    mouths, outlines = [], []
    for used in (OnnxEngine(weights, bytewise=bytewise), engines[1]):
        cascade = Cascade(weights, "cpu")
        cascade._engine = used
        (seen,) = Finder(open_detector(), cascade).everyone(frame)
        mouths.append(seen.mouth)
        face = settled(1, seen.mouth, seen.box)
        outlines.append(np.isin(draw(frame, [face], MaskOptions(kind="labels")), (1, 2)))
    small, whole = mouths
    width = float(np.ptp(whole.points[:, 0]))
    assert 0 < np.abs(whole.points - small.points).max() < 0.02 * width
    assert abs(whole.confidence - small.confidence) < 0.05
    lips, other = outlines
    assert 2 * (lips & other).sum() / (lips.sum() + other.sum()) > 0.98


def test_analysis_on_the_cpu_needs_no_torch() -> None:
    code = (
        "import sys; from lipfx.tcnn.cascade import Cascade; Cascade.load(None, 'cpu'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "sklearn"} & set(done.stdout.split())


def test_no_record_of_a_run_is_kept(tmp_path: Path) -> None:
    """ONNX Runtime's own wheels write down what models ran, under the user's folder, and send it."""
    kept_out = ("ORT_DISABLE_TELEMETRY", "CI", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    environment = {k: v for k, v in os.environ.items() if k not in kept_out} | {"HOME": str(tmp_path)}
    code = "from lipfx.tcnn.cascade import Cascade; Cascade.load(None, 'cpu')"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_without_torch_there_is_the_cpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else found(name))
    monkeypatch.setattr(engine, "_may_have_gpu", lambda: True)
    assert engine.pick_device("auto") == "cpu"
    with pytest.raises(UsageError, match=r"--device cuda: found no torch.*pip install 'lipfx\[gpu\]'"):
        engine.pick_device("cuda")
