"""Ombre: one shade at the opening of the mouth that turns into another at the lips' outer edge."""

from __future__ import annotations

from typing import Annotated, ClassVar

from lipfx.effects import Float32, Meta, Patch, Region, Space
from lipfx_effects.paint.finishes import A_FINISH, Choice
from lipfx_effects.paint.gradient import Fade
from lipfx_effects.paint.light import Colouring
from lipfx_effects.paint.makeup import wear
from lipfx_effects.paint.shades import A_SHADE, BY_FAMILY, NAMES, finish_of, shade_lab


class Ombre(Colouring, frozen=True, kw_only=True):
    """Colours the lips with two shades, one inside and one outside, that melt into each other."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    inner: Annotated[
        str, Meta(description=f"at the mouth's opening: {A_SHADE}", examples=NAMES, extra=BY_FAMILY)
    ] = "peony"
    outer: Annotated[str, Meta(description="at the outer edge: as inner")] = "wine"
    middle: Annotated[
        float, Meta(ge=0, le=1, description="where they meet: 0 at the opening, 1 at the outer edge")
    ] = 0.6
    softness: Annotated[
        float, Meta(ge=0.1, le=2, description="over how much of a lip's height they melt into each other")
    ] = 0.8
    opacity: Annotated[
        float, Meta(ge=0, le=1, description="how much of the make-up is seen: 0 nothing, 1 all")
    ] = 0.85
    coverage: Annotated[
        float,
        Meta(ge=0, le=1, description="how much the pigment hides the lips' own colour: 0 sheer, 1 full"),
    ] = 0.85
    finish: Annotated[Choice, Meta(description=A_FINISH)] = "auto"

    def __post_init__(self) -> None:
        shade_lab(self.inner)
        shade_lab(self.outer)

    def render(self, patch: Patch) -> Float32:
        """The patch with the lips made up."""
        outside = self.seen(shade_lab(self.outer), patch.scene), Fade(self.middle, self.softness)
        inside = self.seen(shade_lab(self.inner), patch.scene)
        return wear(patch, inside, finish_of(self.finish, self.inner), self.coverage, self.opacity, outside)
