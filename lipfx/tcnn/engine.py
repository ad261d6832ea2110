"""Owns running the networks, in arrays and out: ONNX Runtime on the CPU, torch on a GPU.

Both give the same answers (tests/tcnn/test_engine.py). On one CPU core ONNX Runtime takes about half of
torch's time for these networks, and needs no torch at all, whose import takes longer than a second.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Float32
from lipfx.core.work import Work
from lipfx.errors import UsageError, WeightsError
from lipfx.tcnn import checkpoint

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")


class Engine(Protocol):
    """The networks that look at pictures. Crops are (n, 3, side, side) float32 RGB encoded, 0..1."""

    def locate(self, crops: Float32) -> tuple[Float32, Float32]:
        """(n, 6, 2) anchors in crop sides from the middle, and (n,) 0..1 that there is a mouth."""

    def features(self, crops: Float32) -> Float32:
        """(n, 256) what enters FC5."""

    def refine(self, crops: Float32, prior: Float32) -> tuple[Float32, Float32, Float32]:
        """(n, 3, 96, 96) probabilities of upper lip, lower lip, inner mouth, (n, 56, 2) corrections of the
        landmarks in crop pixels, and (n,) 0..1 the share of the lips in sight; `prior` is (n, 3, 48, 48)."""


def open_engine(weights: checkpoint.Weights, device: str, work: Work) -> Engine:
    """The engine for `auto`, `cpu`, `cuda` or `mps`, which writes down in `work` what it runs.

    Raises:
        UsageError: that device is not there. WeightsError: the weights do not fit.
    """
    name = pick_device(device)
    return OnnxEngine(weights, work) if name == "cpu" else TorchEngine(weights, name, work)


def pick_device(name: str) -> str:
    """`auto` settled, anything else checked. Without torch, which an extra brings, there is the CPU alone.

    Raises:
        UsageError: that device is not there, or torch is not.
    """
    if name not in DEVICES:
        raise UsageError(f"--device {name}: found no such device, wanted one of {', '.join(DEVICES)}")
    if name == "cpu" or (name == "auto" and not _may_have_gpu()):
        return "cpu"
    if importlib.util.find_spec("torch") is None:
        if name == "auto":
            return "cpu"
        raise UsageError(
            f"--device {name}: found no torch, which runs the networks there; pip install 'lipfx[gpu]'"
        )
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(k for k, v in there.items() if v)
    if not there[name]:
        raise UsageError(f"--device {name}: not available here; use auto or cpu")
    return name


def _may_have_gpu() -> bool:
    """Whether asking torch, which takes a second to import, is worth it."""
    return (
        sys.platform == "darwin" or shutil.which("nvidia-smi") is not None or Path("/dev/nvidiactl").exists()
    )


class OnnxEngine:
    """The graphs beside the weights, each on one thread: frames overlap, so a second one gains nothing."""

    def __init__(
        self, weights: checkpoint.Weights, work: Work | None = None, *, bytewise: bool | None = None
    ) -> None:
        """bytewise: whether 8-bit convolutions multiply bytes, or floats of the same values; by default what
        is faster here.
        """
        self._work = work or Work()
        bytewise = multiplies_bytes() if bytewise is None else bytewise
        self._sessions = {
            name: _session(name, checkpoint.graph(weights, name), bytewise) for name in checkpoint.GRAPHS
        }

    def locate(self, crops: Float32) -> tuple[Float32, Float32]:
        anchors, mouth = self._run("locator", image=crops)
        return anchors, mouth

    def features(self, crops: Float32) -> Float32:
        return self._run("backbone", image=crops)[0]

    def refine(self, crops: Float32, prior: Float32) -> tuple[Float32, Float32, Float32]:
        classes, offsets, visible = self._run("refiner", image=crops, prior=prior)
        return classes, offsets, visible

    def _run(self, name: str, **inputs: Float32) -> Sequence[Float32]:
        contiguous = {k: np.ascontiguousarray(v, dtype=np.float32) for k, v in inputs.items()}
        self._work.count(f"{name} runs of {len(contiguous['image'])}")
        with self._work.on(f"networks: {name}"):
            try:
                answers: Sequence[Float32] = self._sessions[name].run(None, contiguous)
            except Exception as error:
                raise _unfit(name, error) from error
        return answers


@lru_cache(maxsize=1)
def multiplies_bytes() -> bool:
    """Whether Linux tells of instructions for sums of products of bytes (VNNI);
    without them 8-bit convolutions are no faster, and on some processors saturate.
    """
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return bool({"avx512_vnni", "avx_vnni"} & set(told.split()))


def load_runtime() -> Any:
    """The module of ONNX Runtime, with the record of runs left out that its wheels keep and send."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime  # type: ignore[import-untyped]

    return onnxruntime


@lru_cache(maxsize=2 * len(checkpoint.GRAPHS))
def _session(name: str, graph: bytes, bytewise: bool) -> Any:
    """A graph made ready to run, once in a process: a clip in a row of many finds its networks warm."""
    onnxruntime = load_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if not bytewise:
        options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise _unfit(name, error) from error


def _unfit(name: str, error: Exception) -> WeightsError:
    """An error of ours for one of ONNX Runtime's, whose classes have no common name that is public."""
    words = " ".join(str(error).split())[:200]
    return WeightsError(f"{name}.onnx does not run ({words}); copy the whole folder of weights again")


class TorchEngine:
    """The networks in torch, on a CUDA or Apple GPU, or on the CPU to check the graphs against."""

    def __init__(self, weights: checkpoint.Weights, device: str, work: Work | None = None) -> None:
        import torch

        from lipfx.tcnn import locator, network, refiner

        self._work = work or Work()
        about = weights.description.refiner
        self._device = torch.device(device)
        self._style = int(about["style"])
        self._locator = _filled(locator.Locator(), weights.part("locator"), "locator").to(self._device)
        self._backbone = _filled(network.Backbone(), weights.part("backbone"), "backbone").to(self._device)
        second = refiner.Refiner(tuple(about["widths"]), about["styles"])
        self._refiner = _filled(second, weights.part("refiner"), "refiner").to(self._device)

    def locate(self, crops: Float32) -> tuple[Float32, Float32]:
        anchors, mouth = self._run("locator", self._locator, crops)
        return _array(anchors), _array(mouth.sigmoid())

    def features(self, crops: Float32) -> Float32:
        return _array(self._run("backbone", self._backbone, crops))

    def refine(self, crops: Float32, prior: Float32) -> tuple[Float32, Float32, Float32]:
        import torch

        style = torch.full((len(crops),), self._style, dtype=torch.long, device=self._device)
        given = torch.from_numpy(prior).to(self._device)
        logits, offsets, visible = self._run("refiner", self._refiner, crops, given, style)
        points = _array(offsets).reshape(-1, helen56.COUNT, 2)
        return _array(logits.softmax(1)[:, 1:]), points, _array(visible.sigmoid())

    def _run(self, name: str, module: torch.nn.Module, crops: Float32, *more: torch.Tensor) -> Any:
        import torch

        self._work.count(f"{name} runs of {len(crops)}")
        with self._work.on(f"networks: {name}"), torch.inference_mode():
            return module(torch.from_numpy(np.ascontiguousarray(crops)).to(self._device), *more)


def _array(tensor: torch.Tensor) -> Float32:
    return np.asarray(tensor.float().cpu().numpy(), dtype=np.float32)


def _filled(module: torch.nn.Module, state: Mapping[str, checkpoint.Array], name: str) -> torch.nn.Module:
    import torch

    try:
        module.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in state.items()})
    except RuntimeError as error:
        first = str(error).splitlines()[0]
        raise WeightsError(f"weights of the {name} do not fit ({first}); train again") from error
    return module.eval()
