"""Owns the graphs for the CPU: the trained networks as ONNX with 16-bit weights; must not train.

The refiner's style, the softmax and the sigmoids are part of the graphs, so that running them needs no more
than arrays; the batch norm of its first layer is part of the two convolutions that it comes after. ONNX
Runtime widens 16-bit weights once, when it loads a graph, and computes in 32 bit; but most of the refiner's
convolutions, which are in 8 bits (see `training.quantise`).
"""

from __future__ import annotations

import copy
import hashlib
import io
import warnings
from collections.abc import Iterable
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from lipfx.tcnn.crops import LOCATOR_SIDE, NETWORK_SIDE, PRIOR_SIDE, REFINER_SIDE
from lipfx.tcnn.locator import Locator
from lipfx.tcnn.network import Backbone
from lipfx.tcnn.refiner import Refiner
from training.loop import Batch
from training.quantise import quantised

OPSET = 17
SMALL = 64
MOST_ODDS = 30.0
"""Of a class, as a logarithm: beyond it probabilities are 0 or 1, and far below what float32 cannot hold."""


class _LocatorGraph(nn.Module):
    def __init__(self, network: Locator) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        anchors, mouth = self.network(image)
        return anchors, mouth.sigmoid()


class _RefinerGraph(nn.Module):
    """The softmax is spelt out: ONNX Runtime's own, along channels, takes as long as three convolutions."""

    def __init__(self, network: Refiner, style: int) -> None:
        super().__init__()
        self.network = _folded(network)
        self.register_buffer("style", torch.tensor([style]))
        self.style: Tensor

    def forward(self, image: Tensor, prior: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logits, offsets, visible = self.network(image, prior, self.style)
        odds = logits.clamp(-MOST_ODDS, MOST_ODDS).exp()
        return odds[:, 1:] / odds.sum(1, keepdim=True), offsets, visible.sigmoid()


def _folded(network: Refiner) -> Refiner:
    """The same refiner in which the first batch norm has gone into both convolutions whose sum it scales."""
    folded, norm = copy.deepcopy(network).eval(), network.stem_norm
    mean, variance = norm.get_buffer("running_mean"), norm.get_buffer("running_var")
    nothing = torch.zeros_like(mean)
    for convolution, centre, shift in ((folded.stem, mean, norm.bias), (folded.prior, nothing, nothing)):
        convolution.weight, convolution.bias = fuse_conv_bn_weights(
            convolution.weight, convolution.bias, centre, variance, norm.eps, norm.weight, shift
        )
    folded.stem_norm = nn.Identity()  # type: ignore[assignment]
    return folded


def export(
    locator: Locator, backbone: Backbone, refiner: Refiner, style: int, folder: Path, draws: Iterable[Batch]
) -> dict[str, str]:
    """Writes locator.onnx, backbone.onnx and refiner.onnx; their SHA-256 by name.

    draws: of `RefinerData`, which the refiner's 8 bits are calibrated on.
    """
    image, prior = torch.zeros(1, 3, REFINER_SIDE, REFINER_SIDE), torch.zeros(1, 3, PRIOR_SIDE, PRIOR_SIDE)
    face, mouth = torch.zeros(1, 3, LOCATOR_SIDE, LOCATOR_SIDE), torch.zeros(1, 3, NETWORK_SIDE, NETWORK_SIDE)
    second = _graph(
        _RefinerGraph(refiner, style), (image, prior), ["image", "prior"], ["classes", "offsets", "visible"]
    )
    graphs = {
        "locator": _graph(_LocatorGraph(locator), (face,), ["image"], ["anchors", "mouth"]),
        "backbone": _graph(backbone, (mouth,), ["image"], ["features"]),
        "refiner": quantised(second, draws),
    }
    contents = {name: _halved(graph).SerializeToString() for name, graph in graphs.items()}
    for name, content in contents.items():
        (folder / f"{name}.onnx").write_bytes(content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _graph(
    module: nn.Module, example: tuple[Tensor, ...], inputs: list[str], outputs: list[str]
) -> onnx.ModelProto:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            module.eval(),
            example,
            buffer,  # type: ignore[arg-type]  # a file object is taken, whatever the stub says
            input_names=inputs,
            output_names=outputs,
            dynamic_axes={name: {0: "n"} for name in (*inputs, *outputs)},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Large 32-bit weights as 16 bit, each widened by a Cast that is folded when the graph is loaded."""
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type == TensorProto.FLOAT and values.size > SMALL:
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(values.astype("float16"), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    return model
