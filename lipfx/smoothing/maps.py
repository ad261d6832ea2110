"""Owns steadying the refiner's maps on the lips themselves; must not know tracks, networks or video.

Maps are brought to one canonical crop, which a steadied pose places on the lips, and fitted pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import after, as_affine, inverse
from lipfx.core.values import Float32, Float64, MouthMap
from lipfx.smoothing.shrinkage import Fit, shrunk_fit

Window: TypeAlias = tuple[int, int, int, int]

MAP = Fit(reach=0.14, orders=(1, 2, 4), caution=3.0)
MAP_POOL = 9  # map pixels, the square over which neighbours tell together what is noise
LEAST_MAP_NOISE = 1.5  # of 255
DIFFERS = (20.0, 50.0)  # of 255, averaged over MAP_POOL: from where on, and above which, a frame is right
MAP_EXTENT = 1.6  # mouth widths that a steadied map shows


def aligned(map_: MouthMap, middle: complex, turn: complex) -> Float32:
    """(s, s, 3) float32 0..255: a map's classes on the pixels of the canonical crop of a steadied pose."""
    side = map_.classes.shape[1]
    own = after(inverse(map_.to_frame), canonical_to_frame(middle, turn, side))
    classes = np.asarray(cv2.merge(tuple(map_.classes)), np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(classes, own, (side, side), flags=flags), np.float32)


def steady_classes(
    maps: Sequence[Float32], windows: Sequence[Window], times: Float64, trust: Float64
) -> NDArray[np.uint8]:
    """(s, s, 3) uint8 classes at time 0 among aligned maps (s, s, 3) near it, busy in their `windows`.

    times: (n,) seconds of the maps. trust: (n,) weights.
    """
    top, bottom, left, right = np.array(windows).T
    rows, columns = slice(top.min(), bottom.max()), slice(left.min(), right.max())
    parts = np.stack([m[rows, columns] for m in maps])
    shape = parts.shape[1:]

    def pool(evidence: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(cv2.blur(evidence.reshape(shape), (MAP_POOL, MAP_POOL))).reshape(-1)

    fitted = shrunk_fit(MAP, times, parts.reshape(len(maps), -1), trust, LEAST_MAP_NOISE, pool).reshape(shape)
    believed = _believed(fitted, parts[int(np.abs(times).argmin())])
    result = np.zeros(maps[0].shape, np.uint8)
    result[rows, columns] = np.clip(np.round(believed), 0, 255)
    return result


def _believed(fitted: NDArray[Any], own: NDArray[Any]) -> NDArray[Any]:
    """(h, w, 3) classes as fitted, but as the frame's `own` map has them where it differs over an area.

    A finger crosses the lips in less time than a fit can tell from noise: only that frame's map shows it.
    """
    low, high = DIFFERS
    change = own - fitted
    apart = np.abs(np.asarray(cv2.blur(change, (MAP_POOL, MAP_POOL))))
    if apart.max() <= low:
        return fitted
    most = np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2])[..., None]
    share = np.clip((most - low) / (high - low), 0, 1)
    return np.asarray(fitted + share * share * (3 - 2 * share) * change)


def busy(classes: Float32) -> Window:
    """First and end row, first and end column where classes (s, s, 3) show anything; at least one of each."""
    shown = classes >= LEAST_MAP_NOISE
    rows = np.flatnonzero(shown.reshape(len(shown), -1).any(axis=1))
    columns = np.flatnonzero(np.any(np.asarray(np.any(shown, axis=0)), axis=1))
    if not rows.size:
        middle = len(classes) // 2
        return middle, middle + 1, middle, middle + 1
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def canonical_to_frame(middle: complex, turn: complex, side: int) -> Float64:
    """(2, 3) from the pixels of the canonical crop, `side` square and `MAP_EXTENT` mouth widths wide."""
    step = turn * MAP_EXTENT / max(side, 1)
    corner = middle - step * (1 + 1j) * (side - 1) / 2
    return as_affine(step, corner)
