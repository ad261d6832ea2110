"""Weights files: what the shipped one says of itself, and what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from lipfx.errors import UsageError, WeightsError
from lipfx.tcnn import checkpoint
from lipfx.tcnn.cascade import Cascade
from lipfx.tcnn.engine import TorchEngine, pick_device

MIB = 1 << 20


def test_the_shipped_weights_name_what_made_them() -> None:
    about = checkpoint.load(None).description
    assert about.landmarks == "helen-56"
    assert about.geometry == checkpoint.GEOMETRY
    assert {"code", "settings", "data", "counts"} <= set(about.training)
    assert "test_names" in about.training["data"]


def test_the_shipped_weights_are_small() -> None:
    assert sum(p.stat().st_size for p in checkpoint.shipped_folder().iterdir()) <= 8 * MIB


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such file; --weights wants a folder"):
        Cascade.load(tmp_path, "cpu")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / checkpoint.FILE_NAME).write_bytes(b"not weights at all")
    with pytest.raises(WeightsError, match="damaged"):
        Cascade.load(tmp_path, "cpu")


def test_other_peoples_tensors_are_refused(tmp_path: Path) -> None:
    save_file({"a": np.zeros(2)}, tmp_path / checkpoint.FILE_NAME)
    with pytest.raises(WeightsError, match="not a lipfx weights file"):
        Cascade.load(tmp_path, "cpu")


@pytest.mark.parametrize("change", [{"landmarks": "ibug-68"}, {"version": 2}])
def test_another_scheme_or_version_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    shipped = checkpoint.load(None)
    about = json.loads(json.dumps({**vars_of(shipped.description), **change}))
    save_file(dict(shipped.tensors), tmp_path / checkpoint.FILE_NAME, metadata={"lipfx": json.dumps(about)})
    with pytest.raises(WeightsError, match="train again with this version"):
        Cascade.load(tmp_path, "cpu")


def vars_of(description: checkpoint.Description) -> dict[str, object]:
    """What it says, but for the digest, which other tensors do not have."""
    return {k: v for k, v in msgspec.to_builtins(description).items() if k != "digest"}


def test_a_part_that_does_not_fit_is_named(tmp_path: Path) -> None:
    shipped = checkpoint.load(None)
    tensors = {k: v for k, v in shipped.tensors.items() if k != "backbone.mean"}
    metadata = {"lipfx": json.dumps(vars_of(shipped.description))}
    save_file(tensors, tmp_path / checkpoint.FILE_NAME, metadata=metadata)
    with pytest.raises(WeightsError, match="weights of the backbone do not fit"):
        TorchEngine(checkpoint.load(tmp_path), "cpu")


@pytest.mark.parametrize("damage", ["missing", "other"])
def test_graphs_belong_to_their_weights(tmp_path: Path, damage: str) -> None:
    shutil.copytree(checkpoint.shipped_folder(), tmp_path, dirs_exist_ok=True)
    graph = tmp_path / "backbone.onnx"
    if damage == "missing":
        graph.unlink()
    else:
        graph.write_bytes(graph.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsError, match=r"backbone\.onnx: .* copy the whole folder"):
        Cascade.load(tmp_path, "cpu")


def test_a_device_that_is_not_there_is_refused() -> None:
    if torch.cuda.is_available():
        assert pick_device("cuda") == "cuda"
    else:
        with pytest.raises(UsageError, match="not available here; use auto or cpu"):
            pick_device("cuda")


def test_weights_written_again_are_the_same_file(tmp_path: Path) -> None:
    shipped = checkpoint.load(None)
    for number in range(4):  # an order left to chance shows within a few
        folder = tmp_path / str(number)
        folder.mkdir()
        path = checkpoint.save(folder, shipped.description, parts_of(shipped))
        assert path.read_bytes() == (checkpoint.shipped_folder() / checkpoint.FILE_NAME).read_bytes()


def parts_of(weights: checkpoint.Weights) -> dict[str, dict[str, checkpoint.Array]]:
    parts: dict[str, dict[str, checkpoint.Array]] = {}
    for name, array in weights.tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = array
    return parts


def test_a_changed_tensor_is_refused(tmp_path: Path) -> None:
    shipped = checkpoint.load(None)
    path = checkpoint.save(tmp_path, shipped.description, parts_of(shipped))
    assert checkpoint.load(tmp_path).tensors.keys() == shipped.tensors.keys()
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="not those that were written"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize(
    ("about", "tensors", "words"),
    [
        ({"heads": -1}, {}, "heads"),
        ({"heads": 40}, {}, "weights of head"),
        ({}, {"router.means": np.zeros((2, 3))}, "router do not fit"),
        ({}, {"router.means": None}, "router are damaged"),
        ({}, {"router.more": np.zeros(3)}, "router are damaged"),
        ({}, {"heads.0.fc5.bias": np.zeros((3, 3), np.float16)}, "head 0 have other shapes"),
        ({}, {"heads.0.fc5.bias": np.full(9, np.nan, np.float16)}, "no number"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    tmp_path: Path, about: dict[str, object], tensors: dict[str, checkpoint.Array | None], words: str
) -> None:
    shutil.copytree(checkpoint.shipped_folder(), tmp_path, dirs_exist_ok=True)
    shipped = checkpoint.load(None)
    changed = {k: v for k, v in {**shipped.tensors, **tensors}.items() if v is not None}
    metadata = {"lipfx": json.dumps({**vars_of(shipped.description), **about})}
    save_file(changed, tmp_path / checkpoint.FILE_NAME, metadata=metadata)
    with pytest.raises(WeightsError, match=words):
        Cascade.load(tmp_path, "cpu")


def test_a_graph_that_does_not_run_is_refused(tmp_path: Path) -> None:
    shutil.copytree(checkpoint.shipped_folder(), tmp_path, dirs_exist_ok=True)
    shipped = checkpoint.load(None)
    graph = tmp_path / "refiner.onnx"
    graph.write_bytes(graph.read_bytes()[:5000])
    graphs = {**shipped.description.graphs, "refiner": hashlib.sha256(graph.read_bytes()).hexdigest()}
    metadata = {"lipfx": json.dumps({**vars_of(shipped.description), "graphs": graphs})}
    save_file(dict(shipped.tensors), tmp_path / checkpoint.FILE_NAME, metadata=metadata)
    with pytest.raises(WeightsError, match=r"refiner\.onnx does not run"):
        Cascade.load(tmp_path, "cpu")


def test_arrays_are_kept_in_whatever_order_they_lie_in_memory(tmp_path: Path) -> None:
    weights = checkpoint.load(None)
    columns = np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4))
    checkpoint.save(
        tmp_path, weights.description, {"router": {"components": columns, "means": columns[::-1]}}
    )
    kept = checkpoint.load(tmp_path).part("router")
    np.testing.assert_array_equal(kept["components"], columns)
    np.testing.assert_array_equal(kept["means"], columns[::-1])


def test_the_shipped_router_looks_along_perpendicular_directions() -> None:
    components = checkpoint.load(None).part("router")["components"]
    np.testing.assert_allclose(components @ components.T, np.eye(len(components)), atol=1e-5)
