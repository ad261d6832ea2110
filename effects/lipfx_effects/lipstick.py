"""Lipstick: gives the lips the colour of a shade and keeps their relief.

Lightness over the lips is taken apart into body (what the light and the lip's form make of one pigment),
texture (creases) and highlights (light that the surface mirrors, in the lamp's colour). The pigment takes
the body's place, darker where the body was darker, as a surface of another reflectance would be; texture
goes along with it; highlights stay what they were, or are turned down or up by the finish.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np

from lipfx.colour import from_lab, parse_hex, to_lab, to_linear
from lipfx.effect import Effect, Meta, Patch, Region, Space
from lipfx.errors import ParameterError
from lipfx.types import Float32
from lipfx_effects.shades import SHADES

BODY_BLUR = 0.05
"""Standard deviation, in mouth widths, below which relief is texture rather than form."""


@dataclass(frozen=True, slots=True)
class Finish:
    """How a surface treats light: gains of texture and highlights."""

    texture: float
    highlights: float


FINISHES = {"matte": Finish(0.9, 0.4), "satin": Finish(1.0, 1.0), "gloss": Finish(1.1, 1.7)}


class Lipstick(Effect, frozen=True, kw_only=True):
    """Colours the lips with a named shade or any colour, keeping creases and highlights."""

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.LINEAR

    shade: Annotated[str, Meta(description="a shade's name or a colour as #rrggbb")] = "raspberry"
    opacity: Annotated[float, Meta(ge=0, le=1, description="how much of the make-up is seen")] = 0.8
    coverage: Annotated[
        float,
        Meta(ge=0, le=1, description="how much the pigment hides the lips' own colour: 0 sheer, 1 full"),
    ] = 0.8
    finish: Annotated[Literal["matte", "satin", "gloss"], Meta(description="how the surface shines")] = (
        "satin"
    )

    def __post_init__(self) -> None:
        shade_lab(self.shade)

    def render(self, patch: Patch) -> Float32:
        """The patch with the lips made up."""
        lab = to_lab(patch.rgb)
        weight = np.clip(patch.upper + patch.lower, 0, 1)
        if weight.sum() < 1:
            return patch.rgb
        shade = under_light(shade_lab(self.shade), lab)
        painted = paint(lab, weight, shade, self.coverage, FINISHES[self.finish], patch.mouth_width)
        return from_lab(lab + np.float32(self.opacity) * (painted - lab))


def paint(
    lab: Float32, weight: Float32, shade: Float32, coverage: float, finish: Finish, width: float
) -> Float32:
    """(h, w, 3) Lab of lips under a layer of pigment.

    lab: (h, w, 3). weight: (h, w) 0..1, where the lips are. shade: (3,) Lab of the pigment in this light.
    coverage: 0 sheer to 1 full. width: of the mouth, in pixels.
    """
    own = np.average(lab.reshape(-1, 3), axis=0, weights=weight.ravel()).astype(np.float32)
    body, texture, highlights = relief(lab[..., 0], weight, width)
    pull = np.array([coverage, coverage**0.5, coverage**0.5], np.float32)
    target = own + (shade - own) * pull
    ratio = (target[0] + 16) / (own[0] + 16)
    pigment = (body + 16) * ratio + texture * min(ratio, 1.15) * finish.texture
    lightness = pigment - 16 + highlights * finish.highlights
    depth = pigment / (target[0] + 16) * (1 - np.clip(highlights * finish.highlights / 60, 0, 0.8))
    colour = target[1:] * depth[..., None] + (1 - coverage) * (lab[..., 1:] - own[1:])
    return np.dstack([lightness, colour])


def relief(lightness: Float32, weight: Float32, width: float) -> tuple[Float32, Float32, Float32]:
    """Lightness as body, texture and highlights, which add up to it; each (h, w), in units of L."""
    sigma = max(BODY_BLUR * width, 0.8)
    known = cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3
    body = cv2.GaussianBlur(lightness * weight, (0, 0), sigma) / known
    rest = lightness - body
    excess = rest - 3
    highlights = (excess + np.sqrt(excess * excess + 4)) / 2
    return body, rest - highlights, highlights


def under_light(shade: Float32, lab: Float32) -> Float32:
    """The shade as the scene's light shows it: darker where even the patch's brightest parts are dark."""
    brightest = float(np.quantile(lab[..., 0], 0.97))
    scale = np.float32((min(brightest, 60) + 16) / 76)
    return shade * scale + np.array([16 * scale - 16, 0, 0], np.float32)


def shade_lab(shade: str) -> Float32:
    """(3,) Lab of a shade's name or #rrggbb.

    Raises:
        ValueError: there is no such shade.
    """
    code = SHADES.get(shade.lower(), shade)
    try:
        return to_lab(to_linear(parse_hex(code)))
    except ParameterError:
        near = difflib.get_close_matches(shade.lower(), SHADES, n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"shades: {', '.join(SHADES)}"
        raise ValueError(
            f"shade={shade} is neither a colour like #9b1127 nor a known shade; {hint}"
        ) from None
