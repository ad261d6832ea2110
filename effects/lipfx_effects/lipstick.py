"""Lipstick: gives the lips the colour of a shade and keeps their relief."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np

from lipfx.effects import Float32, Meta, Patch, Region, Space
from lipfx_effects.paint.finishes import A_FINISH, Choice
from lipfx_effects.paint.gradient import Fade
from lipfx_effects.paint.light import Colouring
from lipfx_effects.paint.makeup import wear
from lipfx_effects.paint.shades import A_SHADE, BY_FAMILY, NAMES, finish_of, shade_lab

GRADIENTS = {"inside": Fade(0.55, 0.9, inside=True), "outside": Fade(0.55, 0.9)}


class Lipstick(Colouring, frozen=True, kw_only=True):
    """Colours the lips with a named shade or any colour, keeping creases and highlights."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    shade: Annotated[str, Meta(description=A_SHADE, examples=NAMES, extra=BY_FAMILY)] = "cranberry"
    from_: Annotated[
        str,
        Meta(
            description="a photograph: the colour of the lips in it, or, without a face, of the swatch or "
            "bullet; in place of shade"
        ),
    ] = msgspec.field(name="from", default="")
    opacity: Annotated[
        float, Meta(ge=0, le=1, description="how much of the make-up is seen: 0 nothing, 1 all")
    ] = 0.9
    coverage: Annotated[
        float,
        Meta(ge=0, le=1, description="how much the pigment hides the lips' own colour: 0 sheer, 1 full"),
    ] = 0.9
    finish: Annotated[Choice, Meta(description=A_FINISH)] = "auto"
    lips: Annotated[
        Literal["both", "upper", "lower"],
        Meta(description="which lips wear it; anatomical, however a head lies"),
    ] = "both"
    gradient: Annotated[
        Literal["none", "inside", "outside"],
        Meta(
            description="where the colour is strongest, from where it fades: inside, at the mouth's opening, "
            "or outside, at the lips' edge"
        ),
    ] = "none"

    def __post_init__(self) -> None:
        self._shade()

    def render(self, patch: Patch) -> Float32:
        """The patch with the lips made up."""
        shade, finish = self.seen(self._shade(), patch.scene), finish_of(self.finish, self.shade)
        worn = wear(patch, shade, finish, self.coverage, self.opacity, fade=GRADIENTS.get(self.gradient))
        if self.lips == "both":
            return worn
        chosen = patch.upper if self.lips == "upper" else patch.lower
        share = chosen / np.maximum(patch.upper + patch.lower, np.float32(1e-3))
        return np.asarray(patch.rgb + share[..., None] * (worn - patch.rgb), np.float32)

    def _shade(self) -> Float32:
        """(3,) Lab of the pigment in neutral light."""
        if not self.from_:
            return shade_lab(self.shade)
        from lipfx_effects.paint.photo import shade_in_photo

        return shade_in_photo(self.from_)
