"""Owns effects on the whole picture, and what they are shown of it; must not import anything heavy."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, TypeAlias

import numpy as np

from lipfx.core.values import Float32, Region
from lipfx.effects.base import Effect
from lipfx.effects.patch import Moment, Patch, Pictures

Mask: TypeAlias = "Callable[[], Float32]"


@dataclass(frozen=True)
class Picture(Moment):
    """A whole frame with all its mouths, as a `FrameEffect` sees it. All arrays are read-only.

    rgb: (h, w, 3) float32 in the effect's `space`. alpha: (h, w) float32, 0..1, what the caller blends with.
    mouths: a `Patch` for each mouth in sight, by track; its `rgb` is a part of this one's, `box` says which;
    its `alpha` is of that mouth alone, its `state` lasts as long as its track. It has no `before` or `after`.
    index, time: the frame's number and time in seconds. duration: seconds that it is shown.
    state: the effect's own memory for the clip; a picture must not depend on more of it than what the
    effect's `history` frames before leave there. seed: what `rng` starts from, the effect's place in the
    chain. share: 0..1, how much of effects this time gets. space: of `rgb`.

    What follows is worked out where it is asked for, and costs nothing otherwise.
    """

    rgb: Float32
    alpha: Float32
    mouths: tuple[Patch, ...]
    share: float = 1.0
    head_mask: Mask | None = field(default=None, repr=False)

    @cached_property
    def lips(self) -> Float32:
        """(h, w) float32 coverage 0..1 of all lips."""
        return self._all(lambda mouth: mouth.upper + mouth.lower)

    @cached_property
    def inner(self) -> Float32:
        """(h, w) float32 coverage 0..1 of all inner mouths."""
        return self._all(lambda mouth: mouth.inner)

    @cached_property
    def heads(self) -> Float32:
        """(h, w) float32 0..1: an oval over each face, with hair and ears, soft at its edge over a quarter of
        the face's width. It follows the face's box and turns with the mouth; it is no outline of the head."""
        return np.zeros(self.alpha.shape, np.float32) if self.head_mask is None else self.head_mask()

    @cached_property
    def before(self) -> Pictures:
        """What came to the effect in the frames before, the last one first; as many as `history` says, fewer
        at the beginning. Each is (h, w, 3) float32 like `rgb`, as it lay in its frame."""
        return self.beyond.before()

    @cached_property
    def after(self) -> Pictures:
        """The same of the frames that come, as many as `ahead` says, the next one first; fewer at the end,
        and none live, in a picture alone or with `causal=True`."""
        return self.beyond.after()

    def _all(self, part: Callable[[Patch], Float32]) -> Float32:
        whole = united(self.mouths, part, self.alpha.shape)
        whole.flags.writeable = False
        return whole


def united(mouths: Iterable[Patch], part: Callable[[Patch], Float32], shape: tuple[int, ...]) -> Float32:
    """(h, w) float32 0..1 of a whole picture: a part of each mouth's patch, where it lies."""
    whole = np.zeros(shape, np.float32)
    for mouth in mouths:
        window = whole[mouth.box.y0 : mouth.box.y1, mouth.box.x0 : mouth.box.x1]
        np.maximum(window, part(mouth), out=window)
    return whole


class FrameEffect(Effect, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of effects on the whole picture: a blur behind faces, a vignette, a sticker at a mouth.

    region: what it may change; beside those of mouths, which mean all mouths of the frame here, there are
    `Region.FRAME`, the whole picture, and `Region.BACKGROUND`, all but heads. The other ClassVars are those
    of `Effect`. It is shown frames without faces too. Where effects are kept to a part of the clip, so is it;
    it has one set of parameters, whoever is in the picture.
    """

    region: ClassVar[Region] = Region.FRAME

    @abstractmethod
    def render_frame(self, picture: Picture) -> Float32:
        """The picture's new rgb: (h, w, 3) float32, finite, in the same space, black 0 and white 1.

        The picture stays as it is; what is returned is blended over it with its `alpha`.
        """

    def render(self, patch: Patch) -> Float32:
        """A patch stays as it is: what is changed is the picture."""
        return patch.rgb
