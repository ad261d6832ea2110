"""Owns what effects remember of a track, and what came to them in the frames before; must not know frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from lipfx.core.colour import convert
from lipfx.core.geometry import between, mouth_pose
from lipfx.core.values import Box, Float32, Float64, Space
from lipfx.effects.base import Effect


@dataclass(frozen=True, slots=True)
class Glance:
    """What came to an effect of one mouth in one frame.

    order: of the frame, from 0, among those that came. rgb: (h, w, 3) float32 in `space`, on the pixels of
    `box`. points: (56, 2) in frame pixels.
    """

    order: int
    rgb: Float32
    space: Space
    box: Box
    points: Float64

    def seen_from(self, other: Glance) -> Float32:
        """The picture on the pixels and in the space of another glance, its mouth where that one's is."""
        affine = between(mouth_pose(self.points), mouth_pose(other.points))
        affine[:, 2] += affine[:, :2] @ (self.box.x0, self.box.y0) - (other.box.x0, other.box.y0)
        size = (other.box.width, other.box.height)
        moved = cv2.warpAffine(
            convert(self.rgb, self.space, other.space),
            affine,
            size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        picture = np.asarray(moved, np.float32)
        picture.flags.writeable = False
        return picture


def pictures(glances: Sequence[Glance], of: Glance) -> tuple[Float32, ...]:
    """All of them, as they are seen from one."""
    return tuple(glance.seen_from(of) for glance in glances)


@dataclass
class Memory:
    """What one effect remembers of one track. past: what came to it, as much as its `history` says."""

    effect: Effect
    state: dict[str, Any] = field(default_factory=dict)
    past: deque[Glance] = field(init=False)

    def __post_init__(self) -> None:
        self.past = deque(maxlen=self.effect.history)

    def before(self, order: int) -> tuple[Glance, ...]:
        """What came in the frames right before this one, the last first, up to the first gap."""
        found: list[Glance] = []
        for glance in reversed(self.past):
            if glance.order != order - len(found) - 1:
                break
            found.append(glance)
        return tuple(found)


class Memories:
    """One memory per track and place in the chain."""

    def __init__(self) -> None:
        self._tracks: dict[int, dict[int, Memory]] = {}

    def of(self, track_id: int, place: int) -> Memory | None:
        """What the effect at `place` remembers of a track; None where it has just begun."""
        return self._tracks.get(track_id, {}).get(place)

    def now(self, track_id: int, place: int) -> Memory:
        """The same of a track that has begun."""
        return self._tracks[track_id][place]

    def keep(self, track_id: int, place: int, memory: Memory) -> None:
        """Takes the memory of a track that has begun."""
        self._tracks.setdefault(track_id, {})[place] = memory

    def end(self, track_id: int) -> list[Memory]:
        """Forgets a track that has ended; what was remembered of it."""
        return list(self._tracks.pop(track_id, {}).values())

    @property
    def tracks(self) -> list[int]:
        """The tracks that have not ended."""
        return list(self._tracks)
