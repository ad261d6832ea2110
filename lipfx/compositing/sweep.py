"""Owns where a mouth that is to be hidden may lie beside where it was found; must not know effects.

A face that jerks is found a frame too early or too late. Between where its mouth was in the frame before and
where it will be in the next one it is hidden all along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Face, Frame


@dataclass(frozen=True, slots=True)
class Coming:
    """A frame of a clip that is to be made up, as it is pushed."""

    frame: Frame
    faces: Sequence[Face]
    share: float


class Sweep:
    """Lets every frame wait for the next one, and tells its faces where their mouths lie beside it.

    hides: mouths are to be hidden; else frames go through as they come.
    """

    def __init__(self, *, hides: bool) -> None:
        self._hides = hides
        self._before: Sequence[Face] = ()
        self._waiting: Coming | None = None

    def push(self, coming: Coming) -> Iterator[Coming]:
        """Takes the next frame; gives the one before."""
        if not self._hides:
            yield coming
            return
        waiting, self._waiting = self._waiting, coming
        if waiting is not None:
            yield self._told(waiting, coming.faces)

    def finish(self) -> Iterator[Coming]:
        """The last frame: none comes any more."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            yield self._told(waiting, ())

    def at_once(self, coming: Coming) -> Coming:
        """The frame itself, of which only what came before it is known."""
        return self._told(coming, ()) if self._hides else coming

    def _told(self, coming: Coming, after: Sequence[Face]) -> Coming:
        beside, self._before = [*self._before, *after], coming.faces
        return replace(coming, faces=[_swept(face, beside) for face in coming.faces])


def _swept(face: Face, beside: Sequence[Face]) -> Face:
    outlines = [other.points[helen56.OUTER] for other in beside if other.track_id == face.track_id]
    return replace(face, beside=np.concatenate(outlines)) if outlines else face
