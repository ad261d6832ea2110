"""Lipstick: gives the lips the colour of a shade and keeps their relief."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from lipfx.effects import Effect, Float32, Meta, Patch, Region, Space
from lipfx_effects.paint.light import SEEN
from lipfx_effects.paint.makeup import wear
from lipfx_effects.paint.pigment import A_FINISH
from lipfx_effects.paint.shades import A_SHADE, NAMES, shade_lab


class Lipstick(Effect, frozen=True, kw_only=True):
    """Colours the lips with a named shade or any colour, keeping creases and highlights."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR
    margin: ClassVar[float] = SEEN

    shade: Annotated[str, Meta(description=A_SHADE, examples=NAMES)] = "cranberry"
    from_: Annotated[
        str, Meta(description="a photograph: the colour of the lips in it, in place of shade")
    ] = msgspec.field(name="from", default="")
    opacity: Annotated[
        float, Meta(ge=0, le=1, description="how much of the make-up is seen: 0 nothing, 1 all")
    ] = 0.8
    coverage: Annotated[
        float,
        Meta(ge=0, le=1, description="how much the pigment hides the lips' own colour: 0 sheer, 1 full"),
    ] = 0.8
    finish: Annotated[
        Literal["matte", "satin", "gloss", "shimmer", "metallic"], Meta(description=A_FINISH)
    ] = "satin"

    def __post_init__(self) -> None:
        self._shade()

    def render(self, patch: Patch) -> Float32:
        """The patch with the lips made up."""
        return wear(patch, self._shade(), self.finish, self.coverage, self.opacity)

    def _shade(self) -> Float32:
        """(3,) Lab of the pigment in neutral light."""
        if not self.from_:
            return shade_lab(self.shade)
        from lipfx_effects.paint.photo import shade_in_photo

        return shade_in_photo(self.from_)
