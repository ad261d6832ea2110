"""Owns a frame on its way through a chain, with its mouths: how it enters, how it is given up; must not know
effects' code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lipfx.compositing.bench import Bench
from lipfx.core.values import Box, Face, Float32, Frame, MouthMasks, Plane
from lipfx.effects.base import Renderer, Warp
from lipfx.lighting.glimpse import glimpse
from lipfx.masks.mouth import mouth_box, visibility

WARP_ROOM = 0.1
"""Mouth widths more that a patch has where effects follow a warp, which may move what they reach."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A face and the box of its mouth. masks: those in it, None where they are the face's own. kept: how much
    of each pixel effects may have, None is all."""

    face: Face
    box: Box
    masks: MouthMasks | None = None
    kept: Float32 | None = None


@dataclass(slots=True)
class Passing:
    """A frame on its way. mouths: those that have something to show or to hide. faces: all of the frame.

    share: how much of effects on the whole picture there is. kept: how much of each of the frame's pixels
    effects may have, None is all. saved: the planes as they came, where they can be needed. spoilt: an effect
    failed, the frame stays as it came.
    """

    frame: Frame
    mouths: list[Seen]
    faces: Sequence[Face] = ()
    share: float = 1.0
    kept: Float32 | None = None
    saved: tuple[Plane, ...] | None = None
    spoilt: bool = False

    def give_up(self) -> None:
        """An effect failed: the frame is as it came, whatever was written into it."""
        self.mouths, self.spoilt = [], True
        if self.saved is not None:
            for plane, samples in zip(self.frame.planes, self.saved, strict=True):
                plane[:] = samples


class Entrance:
    """Where frames enter a chain: which of their mouths are worked on, and in which boxes.

    whole: there are effects on the whole picture. parts: of the chain, run one after the other.
    """

    def __init__(self, bench: Bench, *, whole: bool, parts: int) -> None:
        chain = bench.chain
        warped = any(isinstance(effect, Warp) for effect in chain[:-1])
        self._bench, self._whole = bench, whole
        self._parts, self._draws = parts, isinstance(chain[-1], Renderer)
        self._margin = max(effect.margin for effect in chain) + (WARP_ROOM if warped else 0)

    def entered(self, frame: Frame, faces: Sequence[Face], share: float) -> Passing:
        """The next frame of a clip."""
        hand = self._bench.hand
        if hand is not None:
            hand.look(frame, faces)
        passing = Passing(frame, [one for face in faces if (one := self._seen(frame, face))], faces, share)
        if self._whole and hand is not None:
            passing.kept = hand.kept(Box(0, 0, frame.width, frame.height))
        if self._parts > 1:
            copy = frame.copy()
            if self._draws:  # a picture of its own is made of what is changed here
                passing.frame = copy
            else:
                passing.saved = copy.planes
        return passing

    def _seen(self, frame: Frame, face: Face) -> Seen | None:
        """A face that has something to show or to hide within the frame."""
        hand, masks = self._bench.hand, None
        corrected = None if hand is None else hand.mouth(face, self._margin)
        if corrected is None:
            box = self._box(frame, face)
        else:
            face, masks = corrected
            box = masks.box
        if box.empty:
            return None
        if face.scene is None:
            face = replace(face, scene=glimpse(frame, face.points))
        return Seen(face, box, masks, None if hand is None else hand.kept(box))

    def _box(self, frame: Frame, face: Face) -> Box:
        effects = self._bench.moving.of(face.person, frame.time)
        hides = any(effect.protects for effect in effects)
        if face.share == 0 or (visibility(face.confidence) == 0 and not hides):
            return Box(0, 0, 0, 0)
        return mouth_box(face, frame.width, frame.height, frame.format, self._margin, whole=hides)
