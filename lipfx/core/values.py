"""Owns the values that pass between stages; must not know any stage, codec, model or effect.

Coordinates: pixels of the displayed frame (rotation applied), x to the right, y down, the centre of
the top left pixel at (0, 0). Times: seconds of the clip's own timestamps. Arrays inside the
dataclasses are never resized; only `compose` writes into a frame's planes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lipfx.core import helen56

if TYPE_CHECKING:
    from numpy.typing import NDArray

Plane: TypeAlias = "NDArray[np.uint8] | NDArray[np.uint16]"
Float32: TypeAlias = "NDArray[np.float32]"
Float64: TypeAlias = "NDArray[np.float64]"


DARKEST = -0.03
"""Encoded RGB, in neutral light, of the black point that is told from a face; see `Scene`."""

LEAST_SATURATION = 0.3


class Region(Enum):
    """The part of the picture that an effect may change.

    FRAME, all of it, and BACKGROUND, all but heads, are for effects on the whole picture.
    """

    LIPS = "lips"
    INNER_MOUTH = "inner_mouth"
    MOUTH = "mouth"
    AROUND = "around"
    FRAME = "frame"
    BACKGROUND = "background"

    @property
    def of_mouths(self) -> bool:
        """Whether it is told of each mouth by itself."""
        return self not in (Region.FRAME, Region.BACKGROUND)


class Space(Enum):
    """The RGB that an effect works in; BT.709 primaries, reference white (203 nits in HDR) at 1.

    ENCODED: sRGB transfer curve, as #rrggbb is meant. LINEAR: proportional to light.
    Values outside 0..1 occur (wide gamut, HDR highlights) and are kept.
    """

    ENCODED = "encoded"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """A planar pixel format: how many planes, how deep, how the chroma planes are subsampled.

    `name` is ffmpeg's. Planes are Y, U, V for YUV, G, B, R when `rgb`, Y alone when `grey`, and a
    last plane A when `alpha`. Samples deeper than 8 bits are uint16, native-endian, low-aligned.
    """

    name: str
    bits: int
    chroma_shift_x: int = 0
    chroma_shift_y: int = 0
    rgb: bool = False
    grey: bool = False
    alpha: bool = False

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)

    @property
    def plane_count(self) -> int:
        return (1 if self.grey else 3) + int(self.alpha)

    def plane_shapes(self, width: int, height: int) -> tuple[tuple[int, int], ...]:
        """(height, width) of each plane of a frame of `width` x `height` pixels (chroma rounded up)."""
        luma = (height, width)
        if self.grey or self.rgb:
            return (luma,) * self.plane_count
        chroma = (-(-height >> self.chroma_shift_y), -(-width >> self.chroma_shift_x))
        return (luma, chroma, chroma) + ((luma,) if self.alpha else ())


@dataclass(frozen=True, slots=True)
class Colour:
    """Colour tags of a stream in ffmpeg's words, resolved: never 'unknown' (the reader guesses once).

    matrix: bt709, smpte170m, bt470bg, bt2020nc, gbr ...; primaries: bt709, bt2020 ...;
    transfer: bt709, iec61966-2-1, smpte2084 (PQ), arib-std-b67 (HLG) ...
    """

    matrix: str = "bt709"
    primaries: str = "bt709"
    transfer: str = "bt709"
    full_range: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture in the clip's own planar samples.

    planes: per plane (h, w) uint8 or uint16, shapes by `format.plane_shapes`; writable.
    pts, duration: ticks of `time_base` (seconds per tick). index: from 0, the source's own numbering.
    """

    planes: tuple[Plane, ...]
    format: PixelFormat
    colour: Colour
    index: int
    pts: int
    time_base: Fraction
    duration: int

    @property
    def width(self) -> int:
        return int(self.planes[0].shape[1])

    @property
    def height(self) -> int:
        return int(self.planes[0].shape[0])

    @property
    def time(self) -> float:
        """Presentation time in seconds."""
        return self.pts * self.time_base.numerator / self.time_base.denominator  # exact, Fraction is slow

    def copy(self) -> Frame:
        """The same with planes of its own."""
        return replace(self, planes=tuple(plane.copy() for plane in self.planes))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in frame pixels, half-open: columns x0 to x1 - 1, rows y0 to y1 - 1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return max(0, self.x1 - self.x0)

    @property
    def height(self) -> int:
        return max(0, self.y1 - self.y0)

    @property
    def empty(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def clipped(self, width: int, height: int) -> Box:
        """The part inside a frame of `width` x `height` pixels (possibly empty)."""
        return Box(
            min(max(self.x0, 0), width),
            min(max(self.y0, 0), height),
            max(min(self.x1, width), 0),
            max(min(self.y1, height), 0),
        )


@dataclass(frozen=True, slots=True)
class MouthMap:
    """What the refiner saw: per-pixel classes on an aligned square crop around one mouth.

    classes: (3, s, s) uint8, probability 0..255 of upper lip, lower lip, inner mouth (anatomical).
    to_frame: (2, 3) float64 affine from crop pixels (centre of the top left pixel at (0, 0)) to frame
    pixels; a similarity where pixels are square.
    """

    classes: NDArray[np.uint8]
    to_frame: Float64


LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of encoded RGB in how light a colour is: BT.601's, with which pictures are made grey."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What light and grade make of a colour that is given as it looks in neutral studio light.

    black, white: (3,) float64 encoded RGB of the black point and of white at the mouth.
    saturation: of colours, 1 as in studio light, 0 in a grey picture.
    softness: pixels of the frame in which paint on lips goes from 10 to 90 % at their outline, to be as soft
    there as the picture; 0 where that is not known.

    A change of exposure or of the light's colour moves `white` (and `black` with it), a grade's contrast,
    lift and tint of shadows and lights move both: encoded RGB goes through one affine, as in a von Kries
    adaptation with a black point.
    """

    black: Float64 = field(default_factory=lambda: np.full(3, DARKEST))
    white: Float64 = field(default_factory=lambda: np.ones(3))
    saturation: float = 1.0
    softness: float = 0.0

    def shows(self, colour: Float64) -> Float64:
        """(..., 3) encoded RGB of (..., 3) `colour`, encoded RGB in neutral light."""
        grey = (colour @ LUMA)[..., None]
        share = (grey + self.saturation * (colour - grey) - DARKEST) / (1 - DARKEST)
        return np.asarray(self.black + (self.white - self.black) * share, np.float64)

    def neutral(self, colour: Float64) -> Float64:
        """(..., 3) what `shows` made `colour` of; colours that a grey picture has lost stay grey."""
        share = (colour - self.black) / np.maximum(self.white - self.black, 0.02)
        plain = share * (1 - DARKEST) + DARKEST
        grey = (plain @ LUMA)[..., None]
        return np.asarray(grey + (plain - grey) / max(self.saturation, LEAST_SATURATION), np.float64)


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one frame, as it is rendered.

    track_id: from 1, one per person followed, never reused within a clip.
    box: (4,) float64, x0, y0, x1, y1 of the face. points: (56, 2) float64, helen-56.
    confidence: 0..1 that these are visible lips. head: the router's component, from 0.
    mouth: the refiner's classes; None where only points are known (masks are then drawn from them).
    look: what tells the face from others, now and then (`lipfx.persons.look`). person: the name that was
    given to whose face it is. scene: what light and grade make of colours at this mouth; None where nobody
    looked. share: 0..1, how much of effects and masks it gets at this time. beside: (n, 2) float64, outer
    contours of this mouth in the frames beside this one, which what hides it covers too; None of no others.
    """

    track_id: int
    box: Float64
    confidence: float
    head: int
    points: Float64
    mouth: MouthMap | None
    look: NDArray[np.int8] | None = None
    person: str = ""
    scene: Scene | None = None
    share: float = 1.0
    beside: Float64 | None = None

    @property
    def mouth_width(self) -> float:
        """Distance between the outer mouth corners in pixels."""
        left, right = helen56.OUTER_CORNERS
        return math.dist(self.points[left].tolist(), self.points[right].tolist())


@dataclass(frozen=True, slots=True)
class FrameFaces:
    """The faces of one frame, in ascending track_id. share: 0..1, how much of effects on the whole picture
    there is at this time."""

    index: int
    time: float
    faces: tuple[Face, ...]
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class MouthMasks:
    """Soft masks of one mouth on the frame's pixel grid, in `box`.

    upper, lower, inner: (box.height, box.width) float32 coverage 0..1; they sum to at most 1.
    """

    box: Box
    upper: Float32
    lower: Float32
    inner: Float32
