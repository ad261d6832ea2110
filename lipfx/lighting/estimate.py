"""Owns what the colours of a face say of light and grade; must not know frames, faces or time.

Who looks at one skin alone cannot tell deep skin in bright light from light skin in a dark room. What does
not depend on the skin tells: surfaces that are white (eyes, what is bright in the picture: the white-patch
method, Land 1977), and what skin mirrors rather than scatters, which has the lamp's colour whatever the skin
(the dichromatic reflection model, Shafer 1985). The deeper the skin, the brighter both are beside it. White
is predicted from the face alone, in logarithms, and moved towards the picture's bright parts as far as they
agree with it, which is what a Bayesian estimate does (Brainard and Freeman 1997). Before that the black
point is taken off: the darkest parts of a face are skin in shadow, and of its hue where nothing is lifted.
The numbers below were fitted on portraits of light to deep skin, relit and graded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipfx.core.values import DARKEST, LUMA, Float64, Scene
from lipfx.lighting.measure import BRIGHT, DARK, EYES, LIPS, SHEEN, SKIN


@dataclass(frozen=True, slots=True)
class Black:
    """Of how the black point is told. share: of skin that the face's darkest parts usually are, where hues do
    not tell; certain: the chroma, in shares of luma, at which they tell as much; most: the largest share.
    tinted: how much of a black's tint is believed, kept: how far it may be from the usual one.
    """

    share: float = 0.526
    certain: float = 0.859
    most: float = 0.373
    tinted: float = 0.993
    kept: float = 0.794
    least: float = 0.97
    lowest: float = -0.05


@dataclass(frozen=True, slots=True)
class White:
    """How white is told from skin, in logarithms.

    start, sheen, both: white over skin, on skin without sheen, and more per sheen over skin, and where eyes
    are brighter than skin too. picture, agrees: how far the picture's bright parts count that agree, and by
    how much they may differ. above, clipped: how much counts of a white brighter than the display's, in
    pictures that are not clipped and in those that are. cast: how much counts of the light's colour; by_eyes,
    by_picture: their shares in it.

    Where no eyes are seen: unseen, sheen_alone: eyes and white over skin as expected by sheen. picture_alone,
    agrees_alone: as above; bright_alone, skin_alone: shares in the light's colour; hue: skin's usual one.
    pale, deeper: chroma of skin from which it is taken for deeper, and by how much.
    """

    start: float = 0.2
    sheen: float = 1.885
    both: float = 1.785
    unseen: float = 0.3
    picture: float = 0.5
    agrees: float = 0.251
    sheen_alone: float = 0.7
    picture_alone: float = 0.5
    agrees_alone: float = 0.9
    bright_alone: float = 0.15
    skin_alone: float = 0.4
    pale: float = 0.36
    deeper: float = 2.4
    hue: tuple[float, float, float] = (0.25, -0.05, -0.21)
    above: float = 0.198
    clipped: float = 0.372
    cast: float = 0.751
    by_eyes: float = 0.596
    by_picture: float = 0.5


@dataclass(frozen=True, slots=True)
class Saturation:
    """usual, lighter, least: chroma of skin, in shares of its luma, and more per luma above 0.6. lips: from
    which chroma lips tell no more, on skin of luma 0.5 and more per luma. by_skin, by_lips: powers with which
    both count. falls, rises: the power by which less counts, the logarithm's factor by which more does. full:
    what is taken for full colour then. most: the most there is. grey: up to where a picture has no colour but
    noise, and from where it has some.
    """

    lips: tuple[float, float] = (0.328, 0.141)
    by_skin: float = 0.185
    by_lips: float = 0.954
    least: float = 0.08
    usual: float = 0.591
    lighter: float = 0.532
    falls: float = 0.701
    rises: float = 0.497
    full: float = 0.95
    most: float = 1.4
    grey: tuple[float, float] = (0.03, 0.12)


BLACK, WHITE, SATURATION = Black(), White(), Saturation()
LEAST, LEAST_TOLD = 0.004, 1e-4


def estimate(colours: Float64) -> Scene:
    """What light and grade do at a face of these (6, 3) colours; see `lipfx.lighting.measure`."""
    black = _black(colours)
    lit = np.maximum(colours - black, LEAST)
    white = _white(lit, float(colours[BRIGHT].max()))
    saturation = _saturation(lit[SKIN] / white, lit[LIPS] / white)
    return Scene(np.round(black, 5), np.round(black + white, 5), round(saturation, 4))


def _black(colours: Float64) -> Float64:
    """(3,) black point. In shadow skin keeps its hue, which a lifted black has not: that tells them apart."""
    skin, dark = colours[SKIN], colours[DARK]
    light = float(skin @ LUMA)
    hue, darker = skin - light, dark - float(dark @ LUMA)
    doubt = (BLACK.certain * light) ** 2 + 1e-9
    if np.isnan(colours[EYES, 0]):
        return np.zeros(3)
    share = (float(hue @ darker) + doubt * BLACK.share) / (float(hue @ hue) + doubt)
    share = min(max(share, 0.05), BLACK.most)
    black = np.minimum((dark - share * skin) / (1 - share), BLACK.least * dark)
    plain = float(black @ LUMA)
    black = plain + BLACK.tinted * (black - plain)
    black = DARKEST + BLACK.kept * (black - DARKEST)
    return np.asarray(np.clip(black, BLACK.lowest, BLACK.least * dark), np.float64)


def _white(lit: Float64, brightest: float) -> Float64:
    """(3,) white above black, from (6, 3) colours above black. brightest: of the picture, 0..1."""
    light = np.log(lit @ LUMA)
    sheen, picture = float(light[SHEEN] - light[SKIN]), float(light[BRIGHT] - light[SKIN])
    seen = not np.isnan(light[EYES])
    eyes = float(light[EYES] - light[SKIN]) if seen else WHITE.unseen * sheen
    alone = WHITE.start + (WHITE.sheen if seen else WHITE.sheen_alone) * sheen + WHITE.both * sheen * eyes
    counts, agrees = WHITE.picture, WHITE.agrees
    if not seen:
        chroma = float(np.ptp(lit[SKIN])) / float(lit[SKIN] @ LUMA)
        alone += WHITE.deeper * min(max(chroma - WHITE.pale, -0.2), 0.6)
        counts, agrees = WHITE.picture_alone * (1 if picture > alone else 0.3), WHITE.agrees_alone
    agreed = counts * np.exp(-0.5 * ((picture - alone) / agrees) ** 2)
    level = float(light[SKIN]) + alone + agreed * (picture - alone)
    if level > 0:
        level *= WHITE.above + (WHITE.clipped - WHITE.above) * _near_clipping(brightest)
    hues = np.log(lit) - light[:, None]
    cast = WHITE.by_eyes * hues[EYES] + WHITE.by_picture * hues[BRIGHT]
    cast += (1 - WHITE.by_eyes - WHITE.by_picture) * hues[SKIN]
    if not seen:
        cast = WHITE.bright_alone * hues[BRIGHT] + WHITE.skin_alone * (hues[SKIN] - np.array(WHITE.hue))
    return np.asarray(np.exp(level + WHITE.cast * cast), np.float64)


def _near_clipping(brightest: float) -> float:
    """0..1 how much of a picture's bright parts the display cannot show."""
    return float(min(max((brightest - 0.9) / 0.08, 0.0), 1.0) ** 2)


def _saturation(skin: Float64, lips: Float64) -> float:
    """Of (3,) skin and lips in shares of white. Lips that wear colour tell no more than bare ones."""
    light = float(skin @ LUMA)
    usual = max(SATURATION.usual + SATURATION.lighter * (light - 0.6), SATURATION.least)
    by_skin = max(float(np.ptp(skin)) / light / usual, LEAST_TOLD)
    start, more = SATURATION.lips
    enough = max(start + more * (light - 0.5), SATURATION.least)
    by_lips = min(max(float(np.ptp(lips)) / float(lips @ LUMA) / enough, LEAST_TOLD), 1.0)
    told = by_skin**SATURATION.by_skin * by_lips**SATURATION.by_lips
    if told < 1:
        none, some = SATURATION.grey
        coloured = min(max((told - none) / (some - none), 0.0), 1.0)
        return float(min(told**SATURATION.falls / SATURATION.full, 1.0) * coloured)
    return float(min(1 + SATURATION.rises * np.log(told), SATURATION.most))
