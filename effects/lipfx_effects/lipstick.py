"""Lipstick: gives the lips the colour of a shade and keeps their relief."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np

from lipfx.colour import from_lab, power, to_lab
from lipfx.effect import Effect, Meta, Patch, Region, Space
from lipfx.types import Float32
from lipfx_effects.light import depth, scene_light, under
from lipfx_effects.pigment import FINISHES, Finish, Relief, paint, take_apart
from lipfx_effects.shades import shade_lab
from lipfx_effects.shine import sheen, sparkle, sparkle_tiles


class Lipstick(Effect, frozen=True, kw_only=True):
    """Colours the lips with a named shade or any colour, keeping creases and highlights."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    shade: Annotated[str, Meta(description="a shade's name or a colour as #rrggbb")] = "cranberry"
    from_: Annotated[
        str, Meta(description="a photograph: the colour of the lips in it, in place of shade")
    ] = msgspec.field(name="from", default="")
    opacity: Annotated[float, Meta(ge=0, le=1, description="how much of the make-up is seen")] = 0.8
    coverage: Annotated[
        float,
        Meta(ge=0, le=1, description="how much the pigment hides the lips' own colour: 0 sheer, 1 full"),
    ] = 0.8
    finish: Annotated[
        Literal["matte", "satin", "gloss", "shimmer", "metallic"], Meta(description="how the surface shines")
    ] = "satin"

    def __post_init__(self) -> None:
        self._shade()

    def render(self, patch: Patch) -> Float32:
        """The patch with the lips made up."""
        lips = np.minimum(patch.upper + patch.lower, 1)
        if lips.sum() < 1:
            return patch.rgb
        lab, finish = to_lab(patch.rgb), FINISHES[self.finish]
        own = np.average(lab.reshape(-1, 3), axis=0, weights=lips.ravel()).astype(np.float32)
        relief = take_apart(lab[..., 0], lips, patch.mouth_width)
        light = scene_light(lab, lips, patch.inner, patch.mouth_width)
        shine = reflections(patch, relief, own[0], finish) * np.float32(light.level ** (1 / 3))
        shade = under(light, self._shade())
        painted = paint(lab, own, relief, shade, self.coverage, finish, shine)
        return from_lab(lab + np.float32(self.opacity) * (painted - lab))

    def _shade(self) -> Float32:
        """(3,) Lab of the pigment in neutral light."""
        if not self.from_:
            return shade_lab(self.shade)
        from lipfx_effects.photo import shade_in_photo

        return shade_in_photo(self.from_)


def reflections(patch: Patch, relief: Relief, mean: float, finish: Finish) -> Float32:
    """(h, w) in L: sheen and sparkle of a finish, stronger where more light falls on the lips."""
    added = np.zeros_like(relief.body)
    if finish.sheen == 0 and finish.sparkle == 0:
        return added
    lit = power(np.clip(depth(relief.body) / max(mean + 16, 1), 0.4, 1.6), 3)
    if finish.sheen:
        creased = np.clip(1 + relief.texture / 6, 0, 2)
        added += np.float32(finish.sheen) * sheen(patch.along, patch.across) * creased
    if finish.sparkle:
        if "sparkle" not in patch.state:
            patch.state["sparkle"] = sparkle_tiles(patch.rng)
        tiles = patch.state["sparkle"]
        added += np.float32(finish.sparkle) * sparkle(patch.along, patch.across, patch.mouth_width, tiles)
    return np.asarray(added * lit, np.float32)
