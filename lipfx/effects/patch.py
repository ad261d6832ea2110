"""Owns what an effect sees of a mouth and may ask beside it: the patch; must not import anything heavy."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from lipfx.core import helen56
from lipfx.core.loudness import SILENCE
from lipfx.core.values import Box, Float32, Float64, Scene, Space
from lipfx.effects.lipspace import lip_coordinates

__all__ = ["Patch", "Scene", "Sound"]

Pictures: TypeAlias = "tuple[Float32, ...]"


@dataclass(frozen=True)
class Sound:
    """How loud the clip is while a frame is shown, for effects that are `AudioAware`.

    loudness: root mean square over all channels, in decibels of full scale: 0 is as loud as a file can be, a
    voice lies about -20, silence is -90. level: the same as 0..1, from the clip's quiet parts to its loud
    ones (10th and 95th percentile of what is not silent, 12 to 40 dB apart).

    Without sound, in pictures, live and for frames that a program brings it is silence: -90 and 0.
    """

    loudness: float = SILENCE
    level: float = 0.0


@dataclass(frozen=True)
class Beyond:
    """What a patch tells of more than itself, each made where it is asked for; see `Patch`."""

    before: Callable[[], Pictures] = tuple
    after: Callable[[], Pictures] = tuple
    sound: Callable[[], Sound] = Sound
    picture: Callable[[], Float32] | None = None
    others: Callable[[], Float64] = lambda: np.zeros((0, 4))


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a patch and a whole picture tell alike.

    index, time: the frame's number and time in seconds. duration: seconds that it is shown. state: the
    effect's own memory. seed: what `rng` starts from. space: of `rgb`.
    """

    index: int
    time: float
    state: MutableMapping[str, Any]
    seed: int | tuple[int, int] = 0
    duration: float = 0.04
    space: Space = Space.ENCODED
    beyond: Beyond = field(default_factory=Beyond, repr=False)

    @cached_property
    def sound(self) -> Sound:
        """How loud it is now; silence for an effect that is not `AudioAware`."""
        return self.beyond.sound()

    @cached_property
    def rng(self) -> np.random.Generator:
        """A generator that starts from `seed`: the same at every frame of a track, or of a clip."""
        return np.random.default_rng(self.seed)

    @cached_property
    def rate(self) -> float:
        """Frames a second, by how long this frame is shown."""
        return 1 / self.duration if self.duration > 0 else 0.0


@dataclass(frozen=True)
class Patch(Moment):
    """The picture around one mouth in one frame, as an effect sees it. All arrays are read-only.

    rgb: (h, w, 3) float32 in the effect's `space`.
    alpha: (h, w) float32, 0..1, soft mask of the effect's region; what the caller blends with.
    upper, lower, inner: (h, w) float32 coverage 0..1 of upper lip, lower lip, inner mouth.
    landmarks: (56, 2) float64, helen-56, in patch pixels.
    box: where the patch lies in the frame. mouth_width: pixels between the mouth's corners.
    track_id, index, time: the face's track, the frame's number and time in seconds.
    state: the effect's own memory for this track, empty at its first frame, dropped at its end. A place to
    keep what is costly to make; a picture must not depend on more of it than what the effect's `history`
    frames before leave there, or parts of a clip that are rendered each by itself would not match.
    seed: what `rng` starts from: the person, where one is named, else the track; and the effect's place in
    the chain.
    confidence: 0..1 that these are visible lips. head: the router's component, from 0.
    scene: what light and grade make here of a colour that is given as in neutral studio light.
    space: of `rgb`. duration: seconds that the frame is shown. person: the name of whose face it is, or "".

    What follows is worked out where it is asked for, and costs nothing otherwise.
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
    confidence: float = 1.0
    head: int = 0
    scene: Scene = field(default_factory=Scene)
    person: str = ""

    @cached_property
    def before(self) -> Pictures:
        """What came to the effect in the frames before, the last one first; as many as `history` says.

        Each is (h, w, 3) float32 like `rgb`, moved, turned and scaled so that the mouth lies where it lies in
        this one; its border is carried on. Fewer where the track has just begun or had not been seen: all of
        them follow each other, so that `before[2]` is always three frames ago.
        """
        return self.beyond.before()

    @cached_property
    def after(self) -> Pictures:
        """The same of the frames that come, as many as `ahead` says, the next one first; fewer at the end.

        Nobody can look ahead live, in a picture alone or with `causal=True`: there it is empty.
        """
        return self.beyond.after()

    @cached_property
    def frame(self) -> Float32:
        """(height, width, 3) float32 RGB in `space`: the whole picture; the patch lies in its `box`.

        It is as it came to the first of the effects that follow each other on mouths, before any changed it.

        It is converted where it is asked for, once a frame: at 1080p that takes longer than most effects.
        """
        if self.beyond.picture is not None:
            return self.beyond.picture()
        alone = np.zeros((self.box.y1, self.box.x1, 3), np.float32)  # nothing is known of more than the patch
        alone[self.box.y0 :, self.box.x0 :] = self.rgb
        return alone

    @cached_property
    def others(self) -> Float64:
        """(n, 4) float64 x0, y0, x1, y1 in patch pixels: the boxes of the other faces that are meant in this
        frame, brows to chin."""
        return self.beyond.others()

    @cached_property
    def along(self) -> Float32:
        """(h, w) float32: 0 at the left corner of an upright mouth, 1 at its right; stays with the skin."""
        return self._lip_coordinates[0]

    @cached_property
    def across(self) -> Float32:
        """(h, w) float32: -1 on the upper lip's outer edge, 0 in the inner mouth, 1 on the lower lip's."""
        return self._lip_coordinates[1]

    @cached_property
    def opening(self) -> float:
        """Height of the inner mouth at its middle, in mouth widths: 0 of closed lips."""
        above, below = self.landmarks[helen56.INNER_MIDDLE[0]], self.landmarks[helen56.INNER_MIDDLE[1]]
        return math.dist(above.tolist(), below.tolist()) / max(self.mouth_width, 1e-3)

    @cached_property
    def roll(self) -> float:
        """Degrees by which the line through the mouth's corners is turned clockwise in the picture, ±180."""
        left, right = self.landmarks[list(helen56.OUTER_CORNERS)].tolist()
        return math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))

    @cached_property
    def yaw(self) -> float:
        """Degrees by which the face is turned to the right of its upright picture, within ±90.

        Told from the lips alone: it is off by 11 degrees in the mean up to 60, and too small beyond.
        """
        from lipfx.effects.pose import yaw

        return yaw(self.landmarks)

    @cached_property
    def pitch(self) -> float:
        """Degrees by which the face looks up.

        Told from the lips alone: it is off by 5 degrees in the mean, of faces that differ by 8; smiles
        mislead.
        """
        from lipfx.effects.pose import pitch

        return pitch(self.landmarks)

    @cached_property
    def teeth(self) -> Float32:
        """(h, w) float32 coverage 0..1 of teeth: of the inner mouth, what is light and hardly red here."""
        from lipfx.effects.matter import teeth

        return teeth(self.rgb, self.space, self.scene, self.inner)

    @cached_property
    def tongue(self) -> Float32:
        """(h, w) float32 coverage 0..1 of the tongue, broad gums too: of the inner mouth, what is red, in the
        light, and no thin line between teeth and lips."""
        from lipfx.effects.matter import tongue

        return tongue(self.rgb, self.space, self.scene, self.inner, self.mouth_width)

    @cached_property
    def skin(self) -> Float32:
        """(h, w) float32 coverage 0..1 of skin: what is no mouth and coloured like skin beside the lips.

        A beard's edge, a hand and a wall of that colour count as skin; see the docs on accuracy for how well.
        """
        from lipfx.effects.matter import skin

        mouth = self.upper + self.lower + self.inner
        return skin(self.rgb, self.space, self.scene, mouth, self.landmarks)

    @cached_property
    def _lip_coordinates(self) -> tuple[Float32, Float32, Float32]:
        return lip_coordinates(self.landmarks, (self.rgb.shape[0], self.rgb.shape[1]))
