"""Owns what an effect author needs: base classes, regions, the patch; must not import anything heavy.

An effect is a frozen msgspec struct: its fields are its parameters, declared with their type, bounds
and help, and `render` turns a patch into a patch of the same shape.

    class Glow(Effect):
        "Brightens the lips."
        region: ClassVar[Region] = Region.LIPS
        amount: Annotated[float, Meta(ge=0, le=1, description="how much brighter")] = 0.3

        def render(self, patch: Patch) -> Float32:
            return patch.rgb * (1 + self.amount)

The caller blends what `render` returns over the patch with the region's soft mask, so an effect cannot
change anything outside its region.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import msgspec
import numpy as np
from msgspec import Meta

from lipfx.core.values import Box, Float32, Float64, Region, Space
from lipfx.effects.lipspace import lip_coordinates

__all__ = ["Effect", "Meta", "Patch", "Region", "Renderer", "Space", "Warp"]


@dataclass(frozen=True)
class Patch:
    """The picture around one mouth in one frame, as an effect sees it. All arrays are read-only.

    rgb: (h, w, 3) float32 in the effect's `space`.
    alpha: (h, w) float32, 0..1, soft mask of the effect's region; what the caller blends with.
    upper, lower, inner: (h, w) float32 coverage 0..1 of upper lip, lower lip, inner mouth.
    landmarks: (56, 2) float64, helen-56, in patch pixels.
    box: where the patch lies in the frame. mouth_width: pixels between the mouth's corners.
    track_id, index, time: the face's track, the frame's number and time in seconds.
    state: the effect's own memory for this track, empty at its first frame, dropped at its end. A place to
    keep what is costly to make; a picture must not depend on it, or segments of a clip would not match.
    seed: what `rng` starts from: the track and the effect's place in the chain.
    confidence: 0..1 that these are visible lips. head: the router's component, from 0.
    """

    rgb: Float32
    alpha: Float32
    upper: Float32
    lower: Float32
    inner: Float32
    landmarks: Float64
    box: Box
    mouth_width: float
    track_id: int
    index: int
    time: float
    state: MutableMapping[str, Any]
    seed: tuple[int, int]
    confidence: float = 1.0
    head: int = 0

    @cached_property
    def rng(self) -> np.random.Generator:
        """A generator seeded by track and effect, the same at every frame of the track."""
        return np.random.default_rng(self.seed)

    @cached_property
    def along(self) -> Float32:
        """(h, w) float32: 0 at the left corner of an upright mouth, 1 at its right; stays with the skin."""
        return self._lip_coordinates[0]

    @cached_property
    def across(self) -> Float32:
        """(h, w) float32: -1 on the upper lip's outer edge, 0 in the inner mouth, 1 on the lower lip's."""
        return self._lip_coordinates[1]

    @cached_property
    def _lip_coordinates(self) -> tuple[Float32, Float32, Float32]:
        return lip_coordinates(self.landmarks, (self.rgb.shape[0], self.rgb.shape[1]))


class Effect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of effects. Fields of a subclass are its parameters; ClassVars declare what it wants.

    region: what the effect may change. space: the RGB of its patches. margin: how far `around` reaches
    beyond the mouth, in mouth widths. protects: it hides a mouth, and stays whole however much its lips
    are in doubt, for as long as the face is followed. The docstring's first line is what `effects list`
    shows.
    Bounds and choices belong in a field's type; what a type cannot say goes into `__post_init__`, which
    raises ValueError with one line.
    """

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.ENCODED
    margin: ClassVar[float] = 0.25
    protects: ClassVar[bool] = False

    @abstractmethod
    def render(self, patch: Patch) -> Float32:
        """The patch's new rgb: (h, w, 3) float32, finite, in the same space, black 0 and white 1.

        The patch stays as it is.
        """
        raise NotImplementedError


class Renderer(Effect, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of effects that make a picture of their own, in place of the clip's; they end a chain.

    `render` returns (h, w, channels) float32 in 0..1: 1 channel is grey, 3 is RGB, 4 is RGB and
    straight alpha. Outside the patches the picture is black, and transparent where there is alpha.
    """

    channels: ClassVar[int] = 1


class Warp(Effect, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of effects that move the picture and change nothing else.

    The caller moves the masks and landmarks along, so that effects that follow meet the mouth where it is.
    """

    region: ClassVar[Region] = Region.AROUND

    @abstractmethod
    def sources(self, patch: Patch) -> tuple[Float32, Float32]:
        """Where each pixel's picture comes from: x and y in patch pixels, each (h, w) float32, no folds."""
        raise NotImplementedError

    def render(self, patch: Patch) -> Float32:
        """The patch, moved."""
        from lipfx.effects.warping import move_picture

        return move_picture(patch.rgb, *self.sources(patch))
