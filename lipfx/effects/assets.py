"""Owns files that lie beside an effect's code, pictures and others; must not know effects."""

from __future__ import annotations

import importlib.resources
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from lipfx.errors import EffectError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from lipfx.core.values import Float32


def asset(module: str, name: str) -> bytes:
    """The content of a file beside a module's own, as in `asset(__name__, "grain.png")`.

    It is found in a package that is installed, in an archive, and beside a Python file that is run as it is.

    Raises: EffectError: there is none.
    """
    folder = _folder(module)
    try:
        return folder.joinpath(name).read_bytes()
    except (OSError, KeyError) as error:
        there = ", ".join(sorted(file.name for file in folder.iterdir() if file.is_file())[:20])
        raise EffectError(
            f"{module} has no file {name!r} beside it, only: {there}; is it among what the package builds?"
        ) from error


@lru_cache(maxsize=64)
def asset_picture(module: str, name: str) -> Float32:
    """(h, w, 3 or 4) float32 0..1 encoded RGB, with straight alpha where it has some, of a picture's file
    beside a module's own; decoded once, read-only. Otherwise as `asset`."""
    import cv2
    import numpy as np

    held = np.frombuffer(asset(module, name), np.uint8)
    stored = cv2.imdecode(held, cv2.IMREAD_UNCHANGED) if held.size else None
    if stored is None or stored.dtype not in (np.uint8, np.uint16):
        raise EffectError(f"{name!r} beside {module} is no picture; wanted PNG, JPEG, WebP or TIFF")
    kind = {2: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    depth = stored.ndim if stored.ndim == 2 else stored.shape[2]
    top = 255 if stored.dtype == np.uint8 else 65535
    picture: Float32 = np.asarray(cv2.cvtColor(stored, kind[depth]), np.float32) / np.float32(top)
    picture.setflags(write=False)
    return picture


def _folder(module: str) -> Traversable:
    """Where a module's file lies."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if spec is None or spec.loader is None:
        raise EffectError(f"{module!r} is no imported module; give __name__")
    if spec.submodule_search_locations is not None:
        return importlib.resources.files(module)
    reader = spec.loader.get_resource_reader(spec.name)  # of files that are no packages, too
    folder: Traversable = reader.files()
    return folder
