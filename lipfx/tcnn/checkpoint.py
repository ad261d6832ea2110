"""Owns the weights' file: safetensors with everything that made it named inside; must not run a network.

One file, `cascade.safetensors`. Tensors: `locator.*`, `backbone.*`, `heads.{k}.*`, `refiner.*` (state dicts)
and `router.*` (arrays). Metadata: one JSON object under `lipfx`, see `Description`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor

from lipfx.errors import WeightsError
from lipfx.tcnn import locator, network, refiner
from lipfx.types import LANDMARK_SCHEME

FILE_NAME = "cascade.safetensors"
FORMAT = "lipfx-cascade"
VERSION = 1
GEOMETRY = {
    "locator": {"side": locator.SIDE, "extent": locator.EXTENT},
    "network": {"side": network.SIDE, "extent": network.EXTENT},
    "refiner": {"side": refiner.SIDE, "extent": refiner.EXTENT},
}


class Description(msgspec.Struct, frozen=True):
    """What a weights file says of itself.

    landmarks: the scheme. geometry: side in pixels and extent in mouth (face) sizes of each network's crop.
    refiner: its widths, number of styles and the style in use. heads: how many. training: code version,
    settings, hashes of the data and of the list of test names, figures on held-out pictures.
    """

    landmarks: str
    geometry: dict[str, dict[str, float]]
    refiner: dict[str, Any]
    heads: int
    training: dict[str, Any]
    format: str = FORMAT
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Weights:
    """A loaded weights file: its description and its tensors by name."""

    description: Description
    tensors: Mapping[str, Tensor]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors below `name.`, without it."""
        return {k[len(name) + 1 :]: v for k, v in self.tensors.items() if k.startswith(f"{name}.")}


def shipped_folder() -> Path:
    """Where the package's own weights lie."""
    return Path(str(resources.files("lipfx") / "weights"))


def save(folder: Path, description: Description, parts: Mapping[str, Mapping[str, Tensor]]) -> Path:
    """Writes `folder`/cascade.safetensors; floats as 32 bit."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"{part}.{name}": (tensor.float() if tensor.is_floating_point() else tensor)
        .contiguous()
        .cpu()
        .clone()
        for part, state in parts.items()
        for name, tensor in state.items()
    }
    path = folder / FILE_NAME
    save_file(tensors, path, metadata={"lipfx": json.dumps(msgspec.to_builtins(description))})
    return path


def load(folder: Path | None) -> Weights:
    """The weights in `folder`, or the package's own.

    Raises:
        WeightsError: nothing there, not a weights file, or one of another scheme or version.
    """
    from safetensors import SafetensorError, safe_open

    path = (folder or shipped_folder()) / FILE_NAME
    if not path.is_file():
        raise WeightsError(
            f"{path}: no such file; --weights wants a folder that `python -m training all` wrote"
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: damaged ({error}); copy or train the weights again") from error
    return Weights(_checked(path, metadata.get("lipfx", "")), tensors)


def _checked(path: Path, text: str) -> Description:
    try:
        description = msgspec.json.decode(text, type=Description)
    except msgspec.MsgspecError as error:
        raise WeightsError(
            f"{path}: found no lipfx description ({error}); this is not a lipfx weights file"
        ) from error
    found = (description.format, description.version, description.landmarks)
    wanted = (FORMAT, VERSION, LANDMARK_SCHEME)
    if found != wanted:
        raise WeightsError(f"{path}: found {found}, wanted {wanted}; train again with this version of lipfx")
    if description.geometry != GEOMETRY:
        raise WeightsError(f"{path}: crop geometry {description.geometry}, wanted {GEOMETRY}; train again")
    return description


def fill(module: torch.nn.Module, state: Mapping[str, Tensor], path: str) -> None:
    """Loads a part's state into its module.

    Raises:
        WeightsError: names or shapes differ.
    """
    try:
        module.load_state_dict(dict(state))
    except RuntimeError as error:
        first = str(error).splitlines()[0]
        raise WeightsError(f"weights of the {path} do not fit ({first}); train again") from error
