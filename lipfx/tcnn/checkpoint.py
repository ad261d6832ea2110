"""Owns the weights' file: safetensors with everything that made it named inside; must not run one.

`cascade.safetensors` holds the tensors, 16-bit floats but for the router's: `locator.*`, `backbone.*`,
`heads.{k}.*`, `refiner.*` (state dicts) and `router.*` (arrays). Metadata: one JSON object under `lipfx`, see
`Description`. Beside it lie the same networks as graphs for the CPU, `locator.onnx`, `backbone.onnx` and
`refiner.onnx`, whose convolutions are in 8 bits, named there by their hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.errors import WeightsError
from lipfx.tcnn import crops
from lipfx.tcnn.sureness import Sureness

FILE_NAME = "cascade.safetensors"
FORMAT = "lipfx-cascade"
VERSION = 1
GRAPHS = ("locator", "backbone", "refiner")
Array: TypeAlias = "NDArray[Any]"
GEOMETRY = {
    "locator": {"side": crops.LOCATOR_SIDE, "extent": crops.LOCATOR_EXTENT},
    "network": {"side": crops.NETWORK_SIDE, "extent": crops.NETWORK_EXTENT},
    "refiner": {"side": crops.REFINER_SIDE, "extent": crops.REFINER_EXTENT},
}


class Description(msgspec.Struct, frozen=True):
    """What a weights file says of itself.

    landmarks: the scheme. geometry: side in pixels and extent in mouth (face) sizes of each network's crop.
    refiner: its widths, number of styles and the style in use. heads: how many. training: code version,
    settings, hashes of the data and of the list of test names. graphs: SHA-256 of each graph's file.
    sureness: what the refiner's answers are worth. digest: of all tensors; `save` fills it in, and without it
    `load` takes them as they are. All of it is one entry of the metadata, whose entries have no order.
    """

    landmarks: str
    geometry: dict[str, dict[str, float]]
    refiner: dict[str, Any]
    heads: Annotated[int, Meta(ge=1, le=64)]
    training: dict[str, Any]
    graphs: dict[str, str]
    sureness: Sureness = Sureness()
    digest: str = ""
    format: str = FORMAT
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Weights:
    """A loaded weights file: where it lies, its description and its tensors by name."""

    folder: Path
    description: Description
    tensors: Mapping[str, Array]

    def part(self, name: str) -> dict[str, Array]:
        """The tensors below `name.`, without it; floats as 32 bit."""
        return {k[len(name) + 1 :]: wide(v) for k, v in self.tensors.items() if k.startswith(f"{name}.")}


def shipped_folder() -> Path:
    """Where the package's own weights lie."""
    return Path(str(resources.files("lipfx") / "weights"))


def wide(array: Array) -> Array:
    """Floats as 32 bit, anything else as it is."""
    return array.astype(np.float32) if np.issubdtype(array.dtype, np.floating) else array


def save(folder: Path, description: Description, parts: Mapping[str, Mapping[str, Array]]) -> Path:
    """Writes `folder`/cascade.safetensors from the networks' state dicts as arrays, in whatever order their
    values lie in memory, which safetensors would take for C's."""
    from safetensors.numpy import save_file

    tensors = {
        f"{part}.{name}": array.astype(np.float16, order="C")
        if part != "router" and np.issubdtype(array.dtype, np.floating)
        else np.asarray(array, order="C")
        for part, state in parts.items()
        for name, array in state.items()
    }
    path = folder / FILE_NAME
    about = msgspec.structs.replace(description, digest=digest(tensors))
    save_file(tensors, path, metadata={"lipfx": json.dumps(msgspec.to_builtins(about))})
    path.chmod(0o644)
    return path


def digest(tensors: Mapping[str, Array]) -> str:
    """SHA-256 of all names, kinds, shapes and values."""
    whole = hashlib.sha256()
    for name, array in sorted(tensors.items()):
        whole.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


def load(folder: Path | None) -> Weights:
    """The weights in `folder`, or the package's own.

    Raises:
        WeightsError: nothing there, not a weights file, or one of another scheme or version.
    """
    from safetensors import SafetensorError, safe_open

    folder = folder or shipped_folder()
    path = folder / FILE_NAME
    if not path.is_file():
        raise WeightsError(
            f"{path}: no such file; --weights wants a folder that `python -m training all` wrote"
        )
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            tensors: dict[str, Array] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path}: damaged ({error}); copy or train the weights again") from error
    description = _checked(path, metadata.get("lipfx", ""))
    odd = [name for name, array in tensors.items() if not np.isfinite(array).all()]
    if odd or description.digest not in ("", digest(tensors)):
        what = f"{odd[0]} holds what is no number" if odd else "its tensors are not those that were written"
        raise WeightsError(f"{path}: damaged ({what}); copy or train the weights again")
    return Weights(folder, description, tensors)


def identity(folder: Path | None) -> str:
    """What weights are known by: the first 12 hexadecimal digits of their file's SHA-256.

    Raises:
        WeightsError: there are none.
    """
    path = (folder or shipped_folder()) / FILE_NAME
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError as error:
        words = f"{path}: cannot be read ({error.strerror})"
        raise WeightsError(
            f"{words}; --weights wants a folder that `python -m training all` wrote"
        ) from error


def graph(weights: Weights, name: str) -> bytes:
    """One of GRAPHS as it lies beside the weights.

    Raises:
        WeightsError: it is not there, or not the one that was written with these weights.
    """
    path = weights.folder / f"{name}.onnx"
    if not path.is_file():
        raise WeightsError(f"{path}: no such file; copy the whole folder that `python -m training` wrote")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != weights.description.graphs.get(name):
        raise WeightsError(f"{path}: does not belong to {FILE_NAME} beside it; copy the whole folder again")
    return content


def _checked(path: Path, text: str) -> Description:
    try:
        description = msgspec.json.decode(text, type=Description)
    except (ValueError, RecursionError) as error:
        raise WeightsError(
            f"{path}: found no lipfx description ({error}); this is not a lipfx weights file"
        ) from error
    found = (description.format, description.version, description.landmarks)
    wanted = (FORMAT, VERSION, helen56.SCHEME)
    if found != wanted:
        raise WeightsError(f"{path}: found {found}, wanted {wanted}; train again with this version of lipfx")
    if description.geometry != GEOMETRY:
        raise WeightsError(f"{path}: crop geometry {description.geometry}, wanted {GEOMETRY}; train again")
    return description
