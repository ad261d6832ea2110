"""Owns what authors of effects import, and nothing else is promised to them; must not know files or faces.

    from lipfx.effects import Effect, FrameEffect, Meta, Patch, Picture, Region, Renderer, Scene, Space, Warp

Beside the contract stand colour (`to_linear`, `to_encoded`, `to_lab`, `from_lab`, `parse_hex`, `power`),
masks (`mouth_masks`, `window`), coordinates on the lips (`lip_coordinates`, `to_upright`), values (`Box`,
`OUTER` and `INNER` of the landmarks, `Float32`, `Float64`), files beside an effect's code (`asset`,
`asset_picture`) and the shades of palettes (`find_shade`, `shade_names`, `Shade`, `FinishName`). What needs
OpenCV is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from lipfx.core.helen56 import INNER, OUTER
from lipfx.core.values import Box, Float32, Float64, Scene
from lipfx.effects.base import AudioAware, Effect, Meta, Region, Renderer, Space, Warp
from lipfx.effects.lipspace import lip_coordinates, to_upright
from lipfx.effects.patch import Patch, Sound
from lipfx.effects.picture import FrameEffect, Picture
from lipfx.errors import ParameterError

if TYPE_CHECKING:
    from lipfx.core.colour import from_lab, parse_hex, power, to_encoded, to_lab, to_linear
    from lipfx.effects.assets import asset, asset_picture
    from lipfx.effects.matter import tooth_share, white_of
    from lipfx.effects.palettes import FinishName, Shade, find_shade, shade_names
    from lipfx.masks.mouth import Window, mouth_masks, window

__all__ = [
    "INNER",
    "OUTER",
    "AudioAware",
    "Box",
    "Effect",
    "FinishName",
    "Float32",
    "Float64",
    "FrameEffect",
    "Meta",
    "ParameterError",
    "Patch",
    "Picture",
    "Region",
    "Renderer",
    "Scene",
    "Shade",
    "Sound",
    "Space",
    "Warp",
    "Window",
    "asset",
    "asset_picture",
    "find_shade",
    "from_lab",
    "lip_coordinates",
    "mouth_masks",
    "parse_hex",
    "power",
    "shade_names",
    "to_encoded",
    "to_lab",
    "to_linear",
    "to_upright",
    "tooth_share",
    "white_of",
    "window",
]

if not TYPE_CHECKING:
    _LATER = {
        **dict.fromkeys(
            ("from_lab", "parse_hex", "power", "to_encoded", "to_lab", "to_linear"), "lipfx.core.colour"
        ),
        **dict.fromkeys(("asset", "asset_picture"), "lipfx.effects.assets"),
        **dict.fromkeys(("FinishName", "Shade", "find_shade", "shade_names"), "lipfx.effects.palettes"),
        **dict.fromkeys(("tooth_share", "white_of"), "lipfx.effects.matter"),
        **dict.fromkeys(("Window", "mouth_masks", "window"), "lipfx.masks.mouth"),
    }

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(f"module 'lipfx.effects' has no attribute {name!r}")
        return getattr(import_module(_LATER[name]), name)

    def __dir__():
        return [*globals(), *_LATER]
