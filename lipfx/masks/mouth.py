"""Owns the soft masks of one mouth on the frame's pixel grid; must not know effects' code, codecs or models.

A face's masks come from the refiner's map where it has one, otherwise from polygons of its landmarks.
Lengths that follow the face are in mouth widths. Masks are geometry; how visible the lips are
(`visibility`) enters with `region_alpha`.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.colour import power
from lipfx.core.geometry import scale_of
from lipfx.core.values import Box, Face, Float32, Float64, MouthMap, MouthMasks, PixelFormat, Region
from lipfx.masks.edges import SIGMA_PER_FEATHER, disc
from lipfx.masks.settings import VISIBILITY

FEATHER = 0.02  # mouth widths from 10 to 90 % of an edge between parts of the mouth
MIN_FEATHER = 1.5  # pixels, the same
MOST_OUTLINE = 0.06  # mouth widths of an edge between lips and skin, however soft a picture is
TAIL = np.float32(0.05)  # coverage at either end of that edge that is left out
SIGMA_PER_OUTLINE = 1 / 2.161  # what is left goes from 10 to 90 % in 2.161 sigma
MIN_MARGIN = 0.12  # mouth widths around the lips that a box has at least
MAP_EDGE = 3.0  # map pixels from 10 to 90 % of an edge as the refiner draws it
MAX_SHARPENING = 4.0
FAINTEST = np.float32(5e-4)  # coverage that is not seen
LEAST_SIGMA = 0.3  # pixels, of a blur that changes anything
SEAM = 0.012  # mouth widths, and GRAIN: a gap between the lips up to twice this is painted over
TEETH = 0.03  # the same, of a gap in which teeth can be seen
GRAIN = 0.9  # pixels on either side of a gap that show it mixed with the lips
USUALLY_BELOW, USUAL_HALF, USUAL_HEIGHT = 0.27, 0.12, 0.02
"""Sides of a face's box: a mouth's middle below the box's, half of its width, half of its height."""
CUBIC_REACH = 2  # pixels that cubic interpolation looks at on either side

Window: TypeAlias = tuple[slice, slice]
"""Rows and columns of a part of a picture."""


def visibility(confidence: float) -> float:
    """How much of an effect a face of this confidence gets, 0..1: a smooth step."""
    low, high = VISIBILITY.hidden_below, VISIBILITY.visible_from
    t = min(max((confidence - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def mouth_box(
    face: Face, width: int, height: int, format: PixelFormat, margin: float, *, whole: bool = False
) -> Box:
    """The box of a mouth and `margin` mouth widths around it, on the chroma grid, clipped; maybe empty.

    whole: and around where mouths usually lie in a face (see `region_alpha`). Its corner is even without such
    a grid too: what looks at every other pixel then meets the same ones.
    """
    corners = _outline(face, whole).tolist()
    if face.mouth is not None:
        corners += _in_frame(face.mouth, window(face.mouth.classes.max(axis=0) >= 128, 0))
    box = _around(corners, max(margin, MIN_MARGIN) * face.mouth_width + 2).clipped(width, height)
    dx, dy = max(format.chroma_shift_x, 1), max(format.chroma_shift_y, 1)
    right, bottom = -(-box.x1 >> dx) << dx, -(-box.y1 >> dy) << dy
    return Box(box.x0 >> dx << dx, box.y0 >> dy << dy, min(right, width), min(bottom, height))


def _around(corners: list[tuple[float, float]], reach: float) -> Box:
    """The pixels that hold all corners and `reach` pixels around them; empty where there are none."""
    if not corners:
        return Box(0, 0, 0, 0)
    x, y = zip(*corners, strict=True)
    right, bottom = math.ceil(max(x) + reach) + 1, math.ceil(max(y) + reach) + 1
    return Box(math.floor(min(x) - reach), math.floor(min(y) - reach), right, bottom)


def window(where: NDArray[np.bool_], room: int) -> Window:
    """Rows and columns that hold all of (h, w) `where` and `room` pixels around it; both empty where none is.

    They may end beyond the picture.
    """
    x, y, width, height = cv2.boundingRect(where.view(np.uint8))
    if not width:
        return slice(0, 0), slice(0, 0)
    return slice(max(y - room, 0), y + height + room), slice(max(x - room, 0), x + width + room)


def mouth_masks(face: Face, box: Box) -> MouthMasks:
    """Upper lip, lower lip and inner mouth of a face on the pixels of `box`, which is not empty."""
    feather = max(FEATHER * face.mouth_width, MIN_FEATHER)
    sigma = _outline_sigma(face, feather)
    room = math.ceil(3 * sigma)
    around = Box(box.x0 - room, box.y0 - room, box.x1 + room, box.y1 + room)
    layers = (
        _from_points(face.points, around, feather)
        if face.mouth is None
        else _from_map(face.mouth, around, feather)
    )
    if not room:
        return MouthMasks(box, *layers)
    inside = slice(room, room + box.height), slice(room, room + box.width)
    return MouthMasks(box, *(np.ascontiguousarray(layer[inside]) for layer in _fading(*layers, sigma)))


def _outline_sigma(face: Face, feather: float) -> float:
    """Of the blur that makes an edge of `feather` pixels, between lips and skin, as soft as the picture's own
    is; 0 where it is no sharper.
    """
    softness = 0.0 if face.scene is None else face.scene.softness
    width = min(softness, MOST_OUTLINE * face.mouth_width)
    if width <= feather:
        return 0.0
    return float(((width * SIGMA_PER_OUTLINE) ** 2 - (feather * SIGMA_PER_FEATHER) ** 2) ** 0.5)


def _fading(upper: Float32, lower: Float32, inner: Float32, sigma: float) -> tuple[Float32, Float32, Float32]:
    """The layers with a softer edge to skin, and the same edges to each other.

    What they cover together is blurred, without the blur's long tails; what that adds outside goes to the
    nearer lip.
    """
    together = upper + lower + inner
    blurred = np.asarray(_soften(np.dstack([upper, lower, inner]), sigma), np.float32)
    above, below = blurred[..., 0], blurred[..., 1]
    soft = np.clip((above + below + blurred[..., 2] - TAIL) / (1 - 2 * TAIL), 0, 1)
    kept = np.minimum(soft / np.maximum(together, FAINTEST), 1)
    added = np.maximum(soft - together, 0) / np.maximum(above + below, FAINTEST)
    return upper * kept + above * added, lower * kept + below * added, inner * kept


def label_map(masks: MouthMasks) -> NDArray[np.uint8]:
    """(h, w) uint8: 0 elsewhere, 1 upper lip, 2 lower lip, 3 inner mouth: what covers most of a pixel."""
    elsewhere = 1 - masks.upper - masks.lower - masks.inner
    layers = [elsewhere, masks.upper, masks.lower, masks.inner]
    return np.asarray(np.argmax(layers, axis=0), np.uint8)


def region_alpha(
    masks: MouthMasks, face: Face, region: Region, margin: float, *, whole: bool = False
) -> Float32:
    """(h, w) float32 0..1 on the pixels of `masks.box`: the region's soft mask times the face's visibility.

    `margin`, in mouth widths, is where AROUND has faded to nothing; the other regions have none. whole: the
    face is taken for visible, and AROUND reaches to where mouths usually lie in its box: of a jaw that moves
    fast the landmarks may be wrong and sure of it.
    """
    fade = np.float32(face.share * (1 if whole else visibility(face.confidence)))
    if region is Region.LIPS:
        alpha = _painted_lips(masks, face.mouth_width)
    elif region is Region.INNER_MOUTH:
        alpha = masks.inner
    else:
        alpha = masks.upper + masks.lower + masks.inner
        if region is Region.AROUND:
            alpha = np.maximum(alpha, _surroundings(face, masks.box, margin, whole))
    return np.asarray(np.minimum(alpha, 1) * fade, np.float32)


def lip_coverage(masks: MouthMasks, mouth_width: float) -> Float32:
    """(h, w) float32 0..1: how much of each pixel of `masks.box` is lips, the seam of closed ones too."""
    return np.asarray(np.minimum(_closed(masks, mouth_width)[0], 1), np.float32)


def _painted_lips(masks: MouthMasks, mouth_width: float) -> Float32:
    """Lips as paint covers them: with the seam of closed lips, and thinning out before teeth begin.

    Where a pixel is half lips and half teeth, colour on the teeth is what a viewer sees. Between lips that
    are hardly apart it is a pale line beside the dark.
    """
    lips, _ = _closed(masks, mouth_width)
    return np.asarray(lips * (1 - _wide(masks.inner, TEETH, mouth_width)), np.float32)


def _closed(masks: MouthMasks, mouth_width: float) -> tuple[Float32, Float32]:
    """Lips and inner mouth, where the seam of closed lips is theirs."""
    inner = _wide(masks.inner, SEAM, mouth_width)
    return masks.upper + masks.lower + masks.inner - inner, inner


def _wide(inner: Float32, half: float, mouth_width: float) -> Float32:
    """The inner mouth where it is wider than twice `half` mouth widths and GRAIN.

    An opening, as morphology calls it; between whole radii a mixture of two.
    """
    radius = half * mouth_width + GRAIN
    thin, share = int(radius), np.float32(radius % 1)
    part, opened = window(inner > 0, thin + 1), np.zeros_like(inner)
    if inner[part].size:
        narrower, wider = (
            np.asarray(cv2.morphologyEx(inner[part], cv2.MORPH_OPEN, disc(r)), np.float32)
            for r in (thin, thin + 1)
        )
        opened[part] = narrower + share * (wider - narrower)
    return opened


def _surroundings(face: Face, box: Box, margin: float, whole: bool) -> Float32:
    """The outline's hull, widened: 1 to a quarter of the margin, then softly to 0 at all of it."""
    reach = margin * face.mouth_width
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = 0.625 * reach * np.column_stack([np.cos(turns), np.sin(turns)])
    cloud = (_outline(face, whole)[:, None] + circle).reshape(-1, 2).astype(np.float32)
    hull = cv2.convexHull(cloud)[:, 0].astype(np.float64)
    return _soften(_coverage(hull, box), 0.375 / 4 * reach)  # OpenCV's kernel ends at four sigma


def _outline(face: Face, whole: bool) -> Float64:
    """(n, 2) the outer contour; and, as a `whole`, the ends of where mouths usually lie in a face's box, and
    where this one lies in the frames beside.
    """
    contour = face.points[helen56.OUTER]
    if not whole:
        return contour
    side = float(face.box[2] - face.box[0])
    along = contour[helen56.OUTER_CORNERS[1]] - contour[helen56.OUTER_CORNERS[0]]
    along = along / max(float(np.hypot(*along)), 1e-6)
    down = np.array([-along[1], along[0]])
    middle = (face.box[:2] + face.box[2:]) / 2 + USUALLY_BELOW * side * down
    ends = [sign * side * half for sign in (-1, 1) for half in (USUAL_HALF * along, USUAL_HEIGHT * down)]
    beside = [] if face.beside is None else [face.beside]
    return np.concatenate([contour, middle + np.array(ends), *beside])


def _from_points(points: Float64, box: Box, feather: float) -> tuple[Float32, Float32, Float32]:
    sigma = feather * SIGMA_PER_FEATHER
    parts = (helen56.UPPER_LIP, helen56.LOWER_LIP, helen56.INNER_MOUTH)
    layers = [_soften(_coverage(points[part], box), sigma) for part in parts]
    total = np.maximum(layers[0] + layers[1] + layers[2], 1)
    return layers[0] / total, layers[1] / total, layers[2] / total


def _coverage(polygon: Float64, box: Box) -> Float32:
    """How much of each pixel of `box` lies in a closed polygon, (n, 2) in frame pixels.

    Drawn finer and averaged. OpenCV fills the border's pixels too; here they count half, so that the
    area is right and neighbours that share a border sum to 1 there.
    """
    fine = 8 if box.width <= 160 else 4 if box.width <= 640 else 2
    canvas = np.zeros((box.height * fine, box.width * fine), np.uint8)
    corners = [np.round(((polygon - (box.x0, box.y0) + 0.5) * fine - 0.5) * 16).astype(np.int32)]
    cv2.fillPoly(canvas, corners, 254, shift=4)
    cv2.polylines(canvas, corners, True, 127, shift=4)
    mean = cv2.resize(canvas, (box.width, box.height), interpolation=cv2.INTER_AREA)
    return np.asarray(mean, np.float32) / np.float32(254)


def _soften(mask: Float32, sigma: float) -> Float32:
    if sigma < LEAST_SIGMA:
        return mask
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)


def _from_map(mouth: MouthMap, box: Box, feather: float) -> tuple[Float32, Float32, Float32]:
    """The refiner's probabilities on the frame's pixels, sharpened until an edge is `feather` pixels wide.

    Only the part of the box where they show is worked out.
    """
    scale = scale_of(mouth.to_frame)  # frame pixels per map pixel
    strength = min(max(MAP_EDGE * scale / feather, 1.0), MAX_SHARPENING)
    blur = 0.5 * max(scale**-2 - 1, 0) ** 0.5  # takes out what fewer pixels than the map's cannot show
    likely = mouth.classes.max(axis=0) >= 255 * FAINTEST ** (1 / strength)
    crop = window(likely, CUBIC_REACH + math.ceil(3 * blur))
    part = _common(_around(_in_frame(mouth, crop), 0), box)
    layers = np.zeros((3, box.height, box.width), np.float32)
    if not part.empty:
        x, y = part.x0 - box.x0, part.y0 - box.y0
        sharp = _sharpen(_warped(mouth, crop, part, blur), strength)
        layers[:, y : y + part.height, x : x + part.width] = sharp
    return layers[0], layers[1], layers[2]


def _warped(mouth: MouthMap, crop: Window, part: Box, blur: float) -> Float32:
    """(h, w, 3) probabilities on the pixels of `part`, from the map's pixels in `crop`."""
    classes: NDArray[Any] = np.asarray(cv2.merge(tuple(mouth.classes[(slice(None), *crop)])), np.float32)
    classes /= np.float32(255)
    if blur > 0:
        classes = cv2.GaussianBlur(classes, (0, 0), max(blur, 0.1))
    rows, columns = crop
    affine = mouth.to_frame.copy()
    affine[:, 2] += affine[:, :2] @ (columns.start, rows.start) - (part.x0, part.y0)
    size = (part.width, part.height)
    warped = np.asarray(cv2.warpAffine(classes, affine, size, flags=cv2.INTER_CUBIC), np.float32)
    return np.clip(warped, 0, 1, out=warped)


def _sharpen(classes: Float32, strength: float) -> Float32:
    """(3, h, w) of (h, w, 3) probabilities, to the power of `strength` and summing to 1 with the background.

    Between two classes an edge keeps its place and becomes `strength` times as steep.
    """
    floor = 1e-3  # below the map's own steps, above what takes `power` long
    layers = np.empty((4, *classes.shape[:2]), np.float32)
    layers[:3] = classes.transpose(2, 0, 1)
    layers[3] = 1 - layers[0] - layers[1] - layers[2]
    flat = power(np.clip(layers, floor, 1, out=layers), strength).reshape(-1, classes.shape[1])
    cv2.threshold(flat, 1.01 * floor**strength, 0, cv2.THRESH_TOZERO, dst=flat)
    layers = flat.reshape(layers.shape)
    return np.asarray(layers[:3] / layers.sum(axis=0), np.float32)


def _in_frame(mouth: MouthMap, crop: Window) -> list[tuple[float, float]]:
    """Corners, in frame pixels, of a part of a map: 4, or none of an empty one."""
    rows, columns = crop
    a, b, c, d, e, f = mouth.to_frame.ravel().tolist()
    xs, ys = {columns.start, columns.stop - 1}, {rows.start, rows.stop - 1}
    return [(a * x + b * y + c, d * x + e * y + f) for x in xs for y in ys if rows.stop]


def _common(one: Box, other: Box) -> Box:
    """The part of two boxes that lies in both; maybe empty."""
    right, bottom = min(one.x1, other.x1), min(one.y1, other.y1)
    return Box(max(one.x0, other.x0), max(one.y0, other.y0), right, bottom)
