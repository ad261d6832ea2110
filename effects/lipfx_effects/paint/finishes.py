"""Owns what finishes are, as surfaces; must not know pictures, pigments or parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lipfx.effects import FinishName


@dataclass(frozen=True, slots=True)
class Finish:
    """How a surface treats light.

    texture, highlights: gains. contrast: gain of the body's form. sheen, sparkle: strength of an added soft
    reflection and of glints, in L. metal: 0..1, how much of the pigment's colour highlights have. vivid: the
    chroma that a pigment does not far exceed, if any. coverage: gain of what is asked. blotted: 0..1, how
    much thinner it is at the lips' outer edge. rare: share of glints that are left out. flashes: 0..1, how
    short the rest shine.
    """

    texture: float = 1.0
    highlights: float = 1.0
    contrast: float = 1.0
    sheen: float = 0.0
    sparkle: float = 0.0
    metal: float = 0.0
    vivid: float | None = None
    coverage: float = 1.0
    blotted: float = 0.0
    rare: float = 0.0
    flashes: float = 0.0


FINISHES: dict[FinishName, Finish] = {
    "matte": Finish(texture=0.9, highlights=0.5, contrast=0.95),
    "satin": Finish(),
    "gloss": Finish(texture=1.1, highlights=1.7, contrast=1.15, sheen=17),
    "vinyl": Finish(texture=0.8, highlights=2.3, contrast=1.3, sheen=28),
    "velvet": Finish(texture=0.7, highlights=0.2, contrast=0.9),
    "stain": Finish(texture=1.0, highlights=0.7, coverage=0.75, blotted=0.85),
    "shimmer": Finish(highlights=1.2, sheen=5, sparkle=45),
    "glitter": Finish(highlights=1.2, sheen=6, sparkle=110, rare=0.35, flashes=1.0),
    "metallic": Finish(texture=1.2, highlights=1.5, contrast=1.4, sheen=9, metal=0.6, vivid=36),
}

Choice: TypeAlias = Literal[FinishName, "auto"]
"""What a parameter takes: `auto` is what a palette says of the shade, and satin otherwise."""

A_FINISH = (
    "how the surface shines. matte: lower highlights; satin: the lips' own; gloss: wet; vinyl: lacquer; "
    "velvet: smooth, without shine; stain: thin, its edge blotted; shimmer: glints that twinkle; glitter: "
    "fewer that flash; metallic: highlights in the shade's colour; auto: as a palette says, else satin"
)
"""What finishes do, for the help of a parameter."""
