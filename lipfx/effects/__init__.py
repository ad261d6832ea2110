"""Owns what authors of effects import, and nothing else is promised to them; must not know files or faces.

    from lipfx.effects import Effect, Meta, Patch, Region, Renderer, Space, Warp

Beside the contract stand colour (`to_linear`, `to_encoded`, `to_lab`, `from_lab`, `parse_hex`, `power`),
masks (`mouth_masks`, `window`), coordinates on the lips (`lip_coordinates`, `to_upright`) and values (`Box`,
`OUTER` and `INNER` of the landmarks, `Float32`, `Float64`). What needs OpenCV is imported when it is
first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from lipfx.core.helen56 import INNER, OUTER
from lipfx.core.values import Box, Float32, Float64
from lipfx.effects.base import Effect, Meta, Patch, Region, Renderer, Space, Warp
from lipfx.effects.lipspace import lip_coordinates, to_upright
from lipfx.errors import ParameterError

if TYPE_CHECKING:
    from lipfx.core.colour import from_lab, parse_hex, power, to_encoded, to_lab, to_linear
    from lipfx.masks.mouth import Window, mouth_masks, window

__all__ = [
    "INNER",
    "OUTER",
    "Box",
    "Effect",
    "Float32",
    "Float64",
    "Meta",
    "ParameterError",
    "Patch",
    "Region",
    "Renderer",
    "Space",
    "Warp",
    "Window",
    "from_lab",
    "lip_coordinates",
    "mouth_masks",
    "parse_hex",
    "power",
    "to_encoded",
    "to_lab",
    "to_linear",
    "to_upright",
    "window",
]

if not TYPE_CHECKING:
    _LATER = {
        **dict.fromkeys(
            ("from_lab", "parse_hex", "power", "to_encoded", "to_lab", "to_linear"), "lipfx.core.colour"
        ),
        **dict.fromkeys(("Window", "mouth_masks", "window"), "lipfx.masks.mouth"),
    }

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(f"module 'lipfx.effects' has no attribute {name!r}")
        return getattr(import_module(_LATER[name]), name)

    def __dir__():
        return [*globals(), *_LATER]
