"""Weights files: what the shipped one says of itself, and what is refused."""

from __future__ import annotations

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
    return dict(msgspec.to_builtins(description))


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
