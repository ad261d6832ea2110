"""Owns the changing of frames: a chain of effects on each mouth, written into the box; must not know codecs.

Per mouth there is one read of the patch and one write, whatever the length of the chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lipfx.compositing.pictures import add_to_picture, new_picture, picture_format
from lipfx.compositing.render import EffectStates, Mouth, effect_name
from lipfx.core.planar import plane_windows, read_patch, write_patch
from lipfx.core.values import Box, Colour, Face, Frame, PixelFormat
from lipfx.core.work import Work
from lipfx.effects.base import Effect, Renderer, Warp
from lipfx.effects.personal import personal_chain
from lipfx.errors import EffectError
from lipfx.masks.mouth import mouth_box, mouth_masks, visibility

WARP_ROOM = 0.1
"""Mouth widths more that a patch has where effects follow a warp, which may move what they reach."""


class Compositor:
    """Runs a chain of effects on frames; holds what the effects remember of each track.

    Where a `lipfx.effects.personal.Chain` says so, a person's effects have parameters of their own.
    """

    def __init__(self, chain: Sequence[Effect], work: Work | None = None) -> None:
        """Takes at least one effect; a Renderer can only be the last. work: the account of the run.

        Raises:
            EffectError: the chain is empty, or a renderer is not its last effect.
        """
        if not chain:
            raise EffectError("the chain has no effect, wanted at least one; name an effect")
        for effect in chain[:-1]:
            if isinstance(effect, Renderer):
                raise EffectError(
                    f"effect {effect_name(effect)} makes its own picture, nothing can follow it; put it last"
                )
        self._chain = personal_chain(chain)
        self._renderer = chain[-1] if isinstance(chain[-1], Renderer) else None
        self._first_space = chain[0].space
        warped = any(isinstance(effect, Warp) for effect in chain[:-1])
        self._margin = max(effect.margin for effect in chain) + (WARP_ROOM if warped else 0)
        self._states = EffectStates()
        self._work = work or Work()

    def output_format(self, format: PixelFormat, colour: Colour) -> tuple[PixelFormat, Colour]:
        """Pixel format and colour tags of what `render` returns for frames of these."""
        if self._renderer is None:
            return format, colour
        return picture_format(self._renderer.channels, format, colour)

    def render(self, frame: Frame, faces: Sequence[Face]) -> Frame:
        """The frame with the chain applied to each face, in their order.

        Writes into the planes of `frame` and returns it. A chain that ends in a renderer returns a new
        frame instead and leaves `frame` as it is. When an effect fails, `frame` is as it was.

        Raises:
            EffectError: an effect failed or broke its contract.
            InputError: the frame's colour is of a kind that cannot be converted.
        """
        seen = [(face, box) for face in faces if not (box := self._box(frame, face)).empty]
        if self._renderer is not None:
            return self._draw(self._renderer.channels, frame, seen)
        with _restored_on_error(frame, [box for _, box in seen[:-1]]):  # nothing can fail after the last
            for face, box in seen:
                mouth = self._run(frame, face, box)
                write_patch(frame, box, mouth.before, mouth.after, mouth.space)
        return frame

    def end_track(self, track_id: int) -> None:
        """Drops what the effects remember of a track."""
        self._states.drop(track_id)

    def _box(self, frame: Frame, face: Face) -> Box:
        """The box of a mouth; empty when it lies outside the frame or has nothing to show or to hide."""
        hides = any(effect.protects for effect in self._chain.of(face.person))
        if visibility(face.confidence) == 0 and not hides:
            return Box(0, 0, 0, 0)
        return mouth_box(face, frame.width, frame.height, frame.format, self._margin, whole=hides)

    def _run(self, frame: Frame, face: Face, box: Box) -> Mouth:
        """The mouth after all effects but the renderer."""
        rgb = read_patch(frame, box, self._first_space)
        self._work.count("patches")
        self._work.count("bytes of patches converted", rgb.nbytes)
        mouth = Mouth(frame, face, mouth_masks(face, box), rgb, rgb, self._first_space)
        effects = self._chain.of(face.person)
        for place, effect in enumerate(effects if self._renderer is None else effects[:-1]):
            mouth.apply(effect, place, self._states)
        return mouth

    def _draw(self, channels: int, frame: Frame, seen: Sequence[tuple[Face, Box]]) -> Frame:
        picture, place = new_picture(frame, channels), len(self._chain) - 1
        for face, box in seen:
            renderer = self._chain.of(face.person)[-1]
            patch = self._run(frame, face, box).render(renderer, place, self._states, channels)
            add_to_picture(picture, box, patch, renderer.space)
        return picture


@contextmanager
def _restored_on_error(frame: Frame, boxes: Sequence[Box]) -> Iterator[None]:
    """Puts the samples of `boxes` back when the block raises."""
    saved = [
        (plane, window, plane[window].copy())
        for box in boxes
        for plane, window in zip(frame.planes, plane_windows(frame.format, box), strict=False)
    ]
    try:
        yield
    except BaseException:
        for plane, window, samples in saved:
            plane[window] = samples
        raise
