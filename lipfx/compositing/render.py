"""Owns the running of effects on one mouth: patches, checks, blending; must not know planes or codecs.

What an effect returns is checked and blended with the soft mask of its region, so that nothing outside
the region can change.
"""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.colour import convert
from lipfx.core.values import Face, Float32, Frame, MouthMasks, Region, Space
from lipfx.effects.base import Effect, Patch, Warp
from lipfx.effects.warping import move_mask, move_picture, move_points
from lipfx.errors import EffectError
from lipfx.masks.mouth import region_alpha

BRIGHTEST = 100.0
"""Of what an effect may return, in reference whites: HDR's brightest is 50; bytes would be up to 255."""

_Number = TypeVar("_Number", bound=np.generic)
_Result = TypeVar("_Result")


class EffectStates:
    """What effects remember between frames: one mapping per track and place in the chain."""

    def __init__(self) -> None:
        self._states: dict[int, dict[int, dict[str, Any]]] = {}

    def state(self, track_id: int, place: int) -> MutableMapping[str, Any]:
        """The memory of the effect at `place` for a track, empty at first."""
        return self._states.setdefault(track_id, {}).setdefault(place, {})

    def drop(self, track_id: int) -> None:
        """Forgets a track that has ended."""
        self._states.pop(track_id, None)


@dataclass(slots=True)
class Mouth:
    """One face's patch on its way through a chain.

    before, after: (h, w, 3) float32 RGB in `space`, on the pixels of `masks.box`: the picture as it was
    read and as it is now. Where no effect changed a pixel they are equal to the last bit.
    """

    frame: Frame
    face: Face
    masks: MouthMasks
    before: Float32
    after: Float32
    space: Space
    _alphas: dict[tuple[Region, float, bool], tuple[Float32, Float32]] = field(default_factory=dict)

    def apply(self, effect: Effect, place: int, states: EffectStates) -> None:
        """Runs an effect and blends its result over `after`.

        Raises:
            EffectError: the effect failed or broke its contract.
        """
        if isinstance(effect, Warp):
            self._move(effect, place, states)
        else:
            self._blend(effect, self.render(effect, place, states, channels=3))

    def _blend(self, effect: Effect, result: Float32) -> None:
        change = result - self.after
        change *= self._region(effect)[1]
        change += self.after
        self.after = change

    def _move(self, effect: Warp, place: int, states: EffectStates) -> None:
        """Warps the picture, then masks and landmarks by as much."""
        self._enter(effect.space)
        patch = self._patch(effect, place, states)
        sources = self._called(effect, effect.sources, patch)
        x, y = (_checked(effect, part, self.after.shape[:2]) for part in sources)
        self._blend(effect, move_picture(self.after, x, y))
        share, corner = patch.alpha, (self.masks.box.x0, self.masks.box.y0)
        parts = (self.masks.upper, self.masks.lower, self.masks.inner)
        upper, lower, inner = (part + share * (move_mask(part, x, y) - part) for part in parts)
        self.masks = replace(self.masks, upper=upper, lower=lower, inner=inner)
        points = move_points(patch.landmarks, x, y, share)
        self.face = replace(self.face, points=points + corner)
        self._alphas.clear()

    def render(self, effect: Effect, place: int, states: EffectStates, channels: int) -> Float32:
        """What an effect makes of the patch, checked but not blended: (h, w, channels) float32.

        Raises:
            EffectError: the effect failed or broke its contract.
        """
        self._enter(effect.space)
        patch = self._patch(effect, place, states)
        result = self._called(effect, effect.render, patch)
        return _checked(effect, result, (*self.after.shape[:2], channels), BRIGHTEST)

    def _called(self, effect: Effect, method: Callable[[Patch], _Result], patch: Patch) -> _Result:
        try:
            return method(patch)
        except Exception as error:
            raise EffectError(
                f"effect {effect_name(effect)} failed at frame {self.frame.index}, "
                f"track {self.face.track_id}: {type(error).__name__}: {error}; mend it or leave it out"
            ) from error

    def _enter(self, space: Space) -> None:
        """Converts to `space`; `before` the same way, so that what did not change stays equal."""
        if space is not self.space:
            unchanged = self.after is self.before
            self.before = convert(self.before, self.space, space)
            self.after = self.before if unchanged else convert(self.after, self.space, space)
            self.space = space

    def _region(self, effect: Effect) -> tuple[Float32, Float32]:
        """The alpha of an effect's region: (h, w), and (h, w, 3) to multiply colours with."""
        key = (effect.region, effect.margin, effect.protects)
        if key not in self._alphas:
            alpha = region_alpha(self.masks, self.face, effect.region, effect.margin, whole=effect.protects)
            self._alphas[key] = (alpha, np.asarray(cv2.merge([alpha] * 3), np.float32))
        return self._alphas[key]

    def _patch(self, effect: Effect, place: int, states: EffectStates) -> Patch:
        masks, face = self.masks, self.face
        return Patch(
            rgb=_read_only(self.after),
            alpha=_read_only(self._region(effect)[0]),
            upper=_read_only(masks.upper),
            lower=_read_only(masks.lower),
            inner=_read_only(masks.inner),
            landmarks=_read_only(face.points - (masks.box.x0, masks.box.y0)),
            box=masks.box,
            mouth_width=face.mouth_width,
            track_id=face.track_id,
            index=self.frame.index,
            time=self.frame.time,
            state=states.state(face.track_id, place),
            seed=(face.track_id, place),
            confidence=face.confidence,
            head=face.head,
        )


def effect_name(effect: Effect) -> str:
    """How errors call an effect."""
    return type(effect).__name__


def _read_only(array: NDArray[_Number]) -> NDArray[_Number]:
    view = array.view()
    view.flags.writeable = False
    return view


def _checked(effect: Effect, result: object, shape: tuple[int, ...], most: float = math.inf) -> Float32:
    """The result as float32.

    Raises:
        EffectError: it is no floating-point array of `shape`, not finite, or no colours from black to white
            and highlights up to `most`, but bytes or the like.
    """
    wanted = f"wanted {shape} float32"
    if not isinstance(result, np.ndarray):
        raise _broken(effect, f"{type(result).__name__}, {wanted}")
    if result.shape != shape or not np.issubdtype(result.dtype, np.floating):
        raise _broken(effect, f"{result.shape} {result.dtype}, {wanted}")
    largest = float(np.abs(result).max(initial=0))
    if not math.isfinite(largest):
        raise _broken(effect, f"values that are not finite, {wanted}")
    if largest > most:
        raise _broken(effect, f"values up to {largest:.0f}, wanted 0 for black to 1 for white")
    return result.astype(np.float32, copy=False)


def _broken(effect: Effect, what: str) -> EffectError:
    return EffectError(f"effect {effect_name(effect)} returned {what}; mend its render")
