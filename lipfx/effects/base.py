"""Owns the contract of effects: base classes, what they declare; must not import anything heavy.

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
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from msgspec import Meta

from lipfx.core.values import Float32, Region, Space
from lipfx.effects.patch import Patch

__all__ = ["AudioAware", "Effect", "Meta", "Region", "Renderer", "Space", "Warp"]

MOST_FRAMES = 100
"""That an effect may ask for before a frame, or after it: the latter are held in memory."""


class Effect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of effects. Fields of a subclass are its parameters; ClassVars declare what it wants.

    region: what the effect may change: a part of a mouth, for `FRAME` and `BACKGROUND` are a `FrameEffect`'s.
    space: the RGB of its patches. margin: how far `around` reaches beyond the mouth, in mouth widths.
    protects: it hides a mouth, and stays whole however much its lips are in doubt, for as long as the face is
    followed, from where the mouth was in the frame before to where it is in the next one. history: how many
    frames before one it depends on, by `patch.before` or by what it keeps in `patch.state`. ahead: how many
    it is shown by `patch.after`; both up to 100. The docstring's first line is what `effects list` shows.
    Bounds and choices belong in a field's type; what a type cannot say goes into `__post_init__`, which
    raises ValueError with one line.
    """

    region: ClassVar[Region] = Region.LIPS
    space: ClassVar[Space] = Space.ENCODED
    margin: ClassVar[float] = 0.25
    protects: ClassVar[bool] = False
    history: ClassVar[int] = 0
    ahead: ClassVar[int] = 0

    @abstractmethod
    def render(self, patch: Patch) -> Float32:
        """The patch's new rgb: (h, w, 3) float32, finite, in the same space, black 0 and white 1.

        The patch stays as it is.
        """

    def begin_track(self, patch: Patch) -> None:
        """Is shown the first patch of a track before `render` is; a place to fill `patch.state`.

        A part of a clip begins in the middle of tracks: what is made here must not depend on which frame
        this is, but on `patch.rng`, the person and parameters.
        """

    def end_track(self, state: MutableMapping[str, Any]) -> None:
        """Is given the memory of a track that has ended, to let go of what `begin_track` opened."""


class AudioAware(Effect, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of effects that listen: `patch.sound` says how loud the clip is while the frame is shown.

    It goes along with the other bases: `class Pulse(AudioAware, Warp, frozen=True, kw_only=True)`. The curve
    is the whole clip's, whatever part of it is rendered, of the sound that players choose.
    """


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

    def render(self, patch: Patch) -> Float32:
        """The patch, moved."""
        from lipfx.effects.warping import move_picture

        return move_picture(patch.rgb, *self.sources(patch))


@dataclass(frozen=True, slots=True)
class Reach:
    """How many frames before and after one a chain depends on."""

    before: int = 0
    after: int = 0


def reach_of(chain: Iterable[Effect]) -> Reach:
    """The reach of a chain: each effect looks at what those before it make."""
    effects = list(chain)
    swept = int(any(effect.protects for effect in effects))  # mouths are hidden where they lie beside, too
    return Reach(
        swept + sum(effect.history for effect in effects), swept + sum(effect.ahead for effect in effects)
    )
