"""Owns the refiner's graph in 8-bit integers, for processors that multiply them faster; must not train.

Convolutions are quantised, after training, their weights by channel, their inputs by what they are on drawn
mouths but for one in a hundred thousand values at either end (Krishnamoorthi, arXiv 1806.08342). A
rectifier is part of the convolution before it, which then has all 256 steps for what is above zero.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import onnx
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process  # type: ignore[import-untyped]

from lipfx.core.values import Float32
from training.loop import Batch

INSIDE = 99.999  # percent of the values
OPERATORS = ["Conv", "Relu", "Resize"]
INPUT_CHANNELS = 3  # what looks at so few is no faster in 8 bits, and half of the error


class _Draws(CalibrationDataReader):  # type: ignore[misc]
    """What ONNX Runtime asks for inputs."""

    def __init__(self, draws: Iterable[Batch]) -> None:
        self._draws = iter(draws)

    def get_next(self) -> dict[str, Float32] | None:
        batch = next(self._draws, None)
        return None if batch is None else {name: batch[name].numpy() for name in ("image", "prior")}


def quantised(graph: onnx.ModelProto, draws: Iterable[Batch]) -> onnx.ModelProto:
    """The refiner's graph with its convolutions in 8 bits, calibrated on `draws` of `RefinerData`."""
    with tempfile.TemporaryDirectory() as folder:
        whole, plain, small = (Path(folder) / f"{name}.onnx" for name in ("whole", "plain", "small"))
        onnx.save(graph, whole)
        quant_pre_process(whole, plain, skip_symbolic_shape=True)
        quantize_static(
            plain,
            small,
            _Draws(draws),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=OPERATORS,
            nodes_to_exclude=_on_inputs(onnx.load(plain)),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": INSIDE},
        )
        return onnx.load(small)


def _on_inputs(graph: onnx.ModelProto) -> list[str]:
    """The names of the convolutions that look at the inputs."""
    channels = {weight.name: weight.dims[1] for weight in graph.graph.initializer if len(weight.dims) > 1}
    return [
        node.name
        for node in graph.graph.node
        if node.op_type == "Conv" and channels[node.input[1]] == INPUT_CHANNELS
    ]
