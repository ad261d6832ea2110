"""Owns an effect on the whole picture, run on a frame with all its mouths and written back; must not know
codecs.

What it returns is blended with the soft mask of its region; samples of pixels outside stay as decoded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from lipfx.compositing.around import Around
from lipfx.compositing.bench import Bench
from lipfx.compositing.passing import Passing, Seen
from lipfx.compositing.render import BRIGHTEST, Mouth, called, checked, read_only, sound_of
from lipfx.core.loudness import Loudness
from lipfx.core.planar import read_patch, write_patch
from lipfx.core.values import Box, Float32, Frame, Region, Space
from lipfx.effects.patch import Beyond, Patch
from lipfx.effects.picture import FrameEffect, Picture, united
from lipfx.errors import EffectError
from lipfx.masks.heads import heads
from lipfx.masks.mouth import mouth_masks


class FramePass:
    """The effect of a chain at one place, which works on whole pictures.

    failed: is given what it raised, and raises it, or else the frame stays as it was.
    """

    def __init__(self, bench: Bench, place: int, failed: Callable[[EffectError], None]) -> None:
        self._bench, self._place, self._failed = bench, place, failed
        self._reach = bench.chain[place].ahead
        self._waiting: deque[Passing] = deque()
        self._past: deque[Frame] = deque(maxlen=bench.chain[place].history)
        self._state: dict[str, object] = {}

    def push(self, passing: Passing) -> Iterator[Passing]:
        """Takes the next frame; gives those that are done."""
        self._waiting.append(passing)
        del passing
        if len(self._waiting) > self._reach:
            yield self._done()

    def finish(self) -> Iterator[Passing]:
        """The frames that have waited for others: none comes any more."""
        while self._waiting:
            yield self._done()

    def at_once(self, passing: Passing) -> Passing:
        """The frame with the effect, which sees none that come after it."""
        self._waiting.append(passing)
        return self._done()

    def _done(self) -> Passing:
        passing = self._waiting.popleft()
        came = None if self._past.maxlen == 0 else passing.frame.copy()
        if not passing.spoilt:
            try:
                self._apply(passing)
            except EffectError as error:
                passing.give_up()
                self._failed(error)
        if came is not None:
            self._past.append(came)
        return passing

    def _apply(self, passing: Passing) -> None:
        """Runs the effect on a frame and writes what it changed."""
        frame, work = passing.frame, self._bench.work
        effect = self._bench.moving.of("", frame.time)[self._place]
        assert isinstance(effect, FrameEffect)
        if passing.share == 0 or (effect.region.of_mouths and not passing.mouths):
            return
        whole = _whole(frame)
        rgb = read_only(read_patch(frame, whole, effect.space))
        work.count("bytes of pictures converted", rgb.nbytes)
        with self._bench.on(effect, self._place, whole):
            picture = self.shown(effect, passing, rgb)
            result = called(effect, effect.render_frame, picture, f"frame {frame.index}")
            change = checked(effect, result, rgb.shape, BRIGHTEST) - rgb
        change *= picture.alpha[..., None]
        change += rgb
        write_patch(frame, whole, rgb, change, effect.space)

    def shown(self, effect: FrameEffect, passing: Passing, rgb: Float32) -> Picture:
        """What the effect sees of a frame. rgb: (h, w, 3) float32 of it, in the effect's space."""
        frame = passing.frame
        loudness = self._bench.loudness
        around = Around(frame, passing.faces)
        mouths = [_mouth(around, seen, rgb, effect.space, loudness) for seen in passing.mouths]
        patches = tuple(
            mouth.shown_to(effect, self._place, self._bench.memories, mouth.glance) for mouth in mouths
        )
        passing.mouths = [
            replace(seen, masks=mouth.masks) for seen, mouth in zip(passing.mouths, mouths, strict=True)
        ]
        past, coming = tuple(self._past), [later.frame for later in self._waiting][: self._reach]
        return Picture(
            rgb=rgb,
            alpha=read_only(_alpha(effect, passing, patches)),
            mouths=patches,
            index=frame.index,
            time=frame.time,
            duration=float(frame.duration * frame.time_base),
            state=self._state,
            seed=self._place,
            share=passing.share,
            space=effect.space,
            head_mask=lambda: read_only(heads(passing.faces, frame.width, frame.height)),
            beyond=Beyond(
                before=lambda: _pictures(past[::-1], effect.space),
                after=lambda: _pictures(coming, effect.space),
                sound=lambda: sound_of(effect, frame, loudness),
            ),
        )


def _whole(frame: Frame) -> Box:
    return Box(0, 0, frame.width, frame.height)


def _pictures(frames: Sequence[Frame], space: Space) -> tuple[Float32, ...]:
    return tuple(read_only(read_patch(frame, _whole(frame), space)) for frame in frames)


def _mouth(around: Around, seen: Seen, rgb: Float32, space: Space, loudness: Loudness) -> Mouth:
    box, masks = seen.box, seen.masks or mouth_masks(seen.face, seen.box)
    part = rgb[box.y0 : box.y1, box.x0 : box.x1]
    return Mouth(around, seen.face, masks, part, part, space, seen.kept, loudness=loudness)


def _alpha(effect: FrameEffect, passing: Passing, mouths: Sequence[Patch]) -> Float32:
    """(h, w) float32 0..1: what the effect may change."""
    frame = passing.frame
    if effect.region.of_mouths:
        return united(mouths, lambda mouth: mouth.alpha, (frame.height, frame.width))
    alpha = np.full((frame.height, frame.width), passing.share, np.float32)
    if effect.region is Region.BACKGROUND:
        alpha *= 1 - heads(passing.faces, frame.width, frame.height)
    return alpha if passing.kept is None else np.asarray(cv2.multiply(alpha, passing.kept), np.float32)
