"""Owns the running of effects on one mouth: patches, checks, blending; must not know planes or codecs.

What an effect returns is checked and blended with the soft mask of its region, so that nothing outside
the region can change.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.compositing.around import Around
from lipfx.compositing.memory import Glance, Memories, Memory, pictures
from lipfx.core.colour import convert
from lipfx.core.loudness import Loudness
from lipfx.core.values import Face, Float32, Frame, MouthMasks, Region, Scene, Space
from lipfx.effects.base import AudioAware, Effect, Renderer, Warp
from lipfx.effects.patch import Beyond, Patch, Sound
from lipfx.effects.picture import Picture
from lipfx.effects.places import at, defined_at, home_of, method_of, raised_at
from lipfx.effects.warping import move_mask, move_picture, move_points
from lipfx.errors import EffectError
from lipfx.masks.mouth import region_alpha

BRIGHTEST = 100.0
"""Of what an effect may return, in reference whites: HDR's brightest is 50; bytes would be up to 255."""

_Number = TypeVar("_Number", bound=np.generic)
_Result = TypeVar("_Result")
_Shown = TypeVar("_Shown", Patch, Picture)


@dataclass(slots=True)
class Mouth:
    """One face's patch on its way through a chain.

    before, after: (h, w, 3) float32 RGB in `space`, on the pixels of `masks.box`: the picture as it was
    read and as it is now. Where no effect changed a pixel they are equal to the last bit.
    kept: (h, w) float32 0..1, how much of each pixel effects may have; None is all. order: of the
    frame, from 0, among those that came. loudness: of the clip. drawn: what the renderer at the chain's end
    made, once it has.
    """

    around: Around
    face: Face
    masks: MouthMasks
    before: Float32
    after: Float32
    space: Space
    kept: Float32 | None = None
    order: int = 0
    loudness: Loudness = field(default_factory=Loudness)
    drawn: Float32 | None = None
    _alphas: dict[tuple[Region, float, bool], tuple[Float32, Float32]] = field(default_factory=dict)

    def apply(self, effect: Effect, place: int, memories: Memories, later: Sequence[Mouth] = ()) -> None:
        """Runs an effect and blends its result over `after`, or keeps what a renderer has drawn.

        later: this mouth in the frames that come, as they have come to the effect.

        Raises:
            EffectError: the effect failed or broke its contract.
        """
        self._enter(effect.space)
        glance = self.glance
        patch = self.shown_to(effect, place, memories, glance, later)
        if isinstance(effect, Warp):
            self._move(effect, patch)
        elif isinstance(effect, Renderer):
            self.drawn = self._rendered(effect, patch, effect.channels)
        else:
            self._blend(effect, self._rendered(effect, patch, 3))
        if effect.history:
            memories.now(self.face.track_id, place).past.append(glance)

    def shown_to(
        self, effect: Effect, place: int, memories: Memories, glance: Glance, later: Sequence[Mouth] = ()
    ) -> Patch:
        """What an effect is shown of the mouth as it is; its track begins where the effect meets it first."""
        known = memories.of(self.face.track_id, place)
        memory = known or Memory(effect)
        patch = self._patch(effect, place, memory, glance, later)
        if known is None:
            self._called(effect, effect.begin_track, patch)
            memories.keep(self.face.track_id, place, memory)
        return patch

    @property
    def frame(self) -> Frame:
        """Whose mouth it is."""
        return self.around.frame

    @property
    def glance(self) -> Glance:
        """The mouth as it is now."""
        return Glance(self.order, self.after, self.space, self.masks.box, self.face.points)

    def _blend(self, effect: Effect, result: Float32) -> None:
        change = result - self.after
        change *= self._region(effect)[1]
        change += self.after
        self.after = change

    def _move(self, effect: Warp, patch: Patch) -> None:
        """Warps the picture, then masks and landmarks by as much."""
        sources = self._called(effect, effect.sources, patch)
        if not isinstance(sources, tuple) or len(sources) != 2:
            raise _broken(effect, f"{type(sources).__name__}, wanted two arrays, x and y")
        x, y = (checked(effect, part, self.after.shape[:2]) for part in sources)
        self._blend(effect, move_picture(self.after, x, y))
        share, corner = patch.alpha, (self.masks.box.x0, self.masks.box.y0)
        parts = (self.masks.upper, self.masks.lower, self.masks.inner)
        upper, lower, inner = (part + share * (move_mask(part, x, y) - part) for part in parts)
        self.masks = replace(self.masks, upper=upper, lower=lower, inner=inner)
        points = move_points(patch.landmarks, x, y, share)
        self.face = replace(self.face, points=points + corner)
        self._alphas.clear()

    def _rendered(self, effect: Effect, patch: Patch, channels: int) -> Float32:
        """What an effect makes of the patch, checked but not blended: (h, w, channels) float32."""
        result = self._called(effect, effect.render, patch)
        return checked(effect, result, (*self.after.shape[:2], channels), BRIGHTEST)

    def _called(self, effect: Effect, method: Callable[[Patch], _Result], patch: Patch) -> _Result:
        return called(effect, method, patch, f"frame {self.frame.index}, track {self.face.track_id}")

    def _enter(self, space: Space) -> None:
        """Converts to `space`; `before` the same way, so that what did not change stays equal."""
        if space is not self.space:
            unchanged = self.after is self.before
            self.before = convert(self.before, self.space, space)
            self.after = self.before if unchanged else convert(self.after, self.space, space)
            self.space = space

    def _region(self, effect: Effect) -> tuple[Float32, Float32]:
        """The alpha of an effect's region: (h, w), and (h, w, 3) to multiply colours with."""
        region = effect.region if effect.region.of_mouths else Region.MOUTH
        key = (region, effect.margin, effect.protects)
        if key not in self._alphas:
            alpha = region_alpha(self.masks, self.face, region, effect.margin, whole=effect.protects)
            alpha = self._held_out(alpha)
            self._alphas[key] = (alpha, np.asarray(cv2.merge([alpha] * 3), np.float32))
        return self._alphas[key]

    def _held_out(self, mask: Float32) -> Float32:
        """What of a mask effects may have."""
        return mask if self.kept is None else mask * self.kept

    def _patch(
        self, effect: Effect, place: int, memory: Memory, glance: Glance, later: Sequence[Mouth]
    ) -> Patch:
        masks, face = self.masks, self.face
        before, after = memory.before(self.order), [mouth.glance for mouth in later]
        return Patch(
            rgb=read_only(self.after),
            alpha=read_only(self._region(effect)[0]),
            upper=read_only(self._held_out(masks.upper)),
            lower=read_only(self._held_out(masks.lower)),
            inner=read_only(self._held_out(masks.inner)),
            landmarks=read_only(face.points - (masks.box.x0, masks.box.y0)),
            box=masks.box,
            mouth_width=face.mouth_width,
            track_id=face.track_id,
            index=self.frame.index,
            time=self.frame.time,
            state=memory.state,
            seed=(zlib.crc32(face.person.encode()) if face.person else face.track_id, place),
            confidence=face.confidence,
            head=face.head,
            scene=face.scene or Scene(),
            space=self.space,
            duration=float(self.frame.duration * self.frame.time_base),
            person=face.person,
            beyond=Beyond(
                before=lambda: pictures(before, glance),
                after=lambda: pictures(after, glance),
                picture=lambda: self.around.picture(effect.space),
                others=lambda: self.around.others(face.track_id, (masks.box.x0, masks.box.y0)),
                sound=lambda: sound_of(effect, self.frame, self.loudness),
            ),
        )


def sound_of(effect: Effect, frame: Frame, loudness: Loudness) -> Sound:
    """What an effect hears of a frame."""
    if not isinstance(effect, AudioAware):
        return Sound()
    decibels = loudness.during(frame.time, float(frame.duration * frame.time_base))
    return Sound(decibels, loudness.share(decibels))


def effect_name(effect: Effect) -> str:
    """How errors call an effect."""
    return type(effect).__name__


def read_only(array: NDArray[_Number]) -> NDArray[_Number]:
    """A view of an array that cannot be written into."""
    view = array.view()
    view.flags.writeable = False
    return view


def called(effect: Effect, method: Callable[[_Shown], _Result], shown: _Shown, where: str) -> _Result:
    """What a method of an effect makes of what it is shown.

    Raises: EffectError: it failed; names `where`, and the line.
    """
    try:
        return method(shown)
    except (Exception, SystemExit) as error:
        place = raised_at(error, home_of(effect)) or defined_at(effect, method_of(effect))
        raise EffectError(
            f"effect {effect_name(effect)} failed at {where}: {type(error).__name__}: {error}{at(place)}; "
            "mend it or leave it out",
            place,
        ) from error


def checked(effect: Effect, result: object, shape: tuple[int, ...], most: float = math.inf) -> Float32:
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
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(result))[0])
        raise _broken(effect, f"{result[where]} at row {where[0]}, column {where[1]}, wanted finite numbers")
    if largest > most:
        raise _broken(effect, f"values up to {largest:.0f}, wanted 0 for black to 1 for white")
    return result.astype(np.float32, copy=False)


def _broken(effect: Effect, what: str) -> EffectError:
    method = method_of(effect)
    place = defined_at(effect, method)
    return EffectError(f"effect {effect_name(effect)} returned {what}{at(place)}; mend its {method}", place)
