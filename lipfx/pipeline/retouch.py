"""Owns corrections by hand: mattes that take the place of lipfx's own, and hold-outs; must not know files.

A matte that says what lipfx itself would have said, as far as its file can tell, changes nothing: what comes
back unedited gives the same pictures. Where it differs somebody has painted, and what they painted counts,
however sure lipfx was of that mouth.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.values import Box, Face, Float32, Frame, MouthMasks
from lipfx.masks.mouth import mouth_box, mouth_masks, visibility
from lipfx.pipeline.given import Given, GivenMatte, Mattes, given_mattes, together
from lipfx.pipeline.mattes import MARGIN, face_name, layer
from lipfx.pipeline.options import SourceOptions
from lipfx.video.clip import Clip


@dataclass(frozen=True, slots=True)
class Corrections:
    """mattes, holdout: folders of pictures or clips, None where there are none. start_number: of the clip's
    first frame in the names of such pictures, and of those that are written; None is its own, or 0.
    """

    mattes: Path | None = None
    holdout: Path | None = None
    start_number: int | None = None

    def first_of(self, clip: Clip) -> int:
        """The number of the first frame of `clip`."""
        return clip.first_number if self.start_number is None else self.start_number


REACH = 1.0
"""Mouth widths around a mouth in which what is painted is of it."""
SHARED = 0.15
"""Mouth widths over which a new part of the lips is shared out between the upper and the lower one."""

log = logging.getLogger("lipfx")


class Retouch:
    """A `lipfx.compositing.hand.Hand` of mattes and hold-outs. A context manager."""

    def __init__(self, mattes: Mattes | None, holdout: Mattes | None) -> None:
        self._mattes = mattes
        self._holdout = holdout
        self._stack = ExitStack()
        self._frame: Frame | None = None
        self._faces: Sequence[Face] = ()
        self._given: Given = {}
        self._held: Float32 | None = None
        self._frames = self._found = self._homeless = 0

    def __enter__(self) -> Retouch:
        for mattes in (self._mattes, self._holdout):
            if mattes is not None:
                self._stack.enter_context(mattes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def look(self, frame: Frame, faces: Sequence[Face]) -> None:
        known = self._frame is not None and self._frame.index == frame.index
        self._frame, self._faces = frame, faces
        if known:
            return
        self._given = {} if self._mattes is None else self._mattes.of(frame)
        held = {} if self._holdout is None else self._holdout.of(frame)
        self._held = together([matte.alpha for matte in held.values()])
        self._frames += 1
        self._found += bool(self._given or held)
        self._homeless += not faces and any(matte.alpha.max() > 0.5 for matte in self._given.values())

    def warn(self) -> None:
        """Says what of the mattes could not be used."""
        if not self._found:
            log.warning("none of the %d frames has a matte or a hold-out; all are lipfx's own", self._frames)
        if self._homeless:
            log.warning(
                "mattes show lips in %d frames in which no face was found; they are left alone there",
                self._homeless,
            )

    def kept(self, box: Box) -> Float32 | None:
        if self._held is None:
            return None
        return np.asarray(1 - self._held[box.y0 : box.y1, box.x0 : box.x1], np.float32)

    def mouth(self, face: Face, margin: float) -> tuple[Face, MouthMasks] | None:
        given = self._of(face)
        if not given or self._frame is None or face.share == 0:
            return None
        frame = self._frame
        box = mouth_box(face, frame.width, frame.height, frame.format, max(margin, REACH))
        if box.empty:
            return None
        painted = self._painted(face, box, given)
        if not any(where.any() for where in painted.values()):
            return None
        masks, seen = mouth_masks(face, box), np.float32(visibility(face.confidence))
        parts = {name: getattr(masks, name) * seen for name in ("upper", "lower", "inner")}
        for name, where in painted.items():
            alpha = _part(given[name].alpha, box)
            if name == "lips":
                _paint_lips(parts, alpha, where, SHARED * max(face.mouth_width, 1.0))
            else:
                parts[name] = np.where(where, alpha, parts[name])
        total = np.maximum(sum(parts.values()), np.float32(1))
        upper, lower, inner = (np.asarray(parts[name] / total, np.float32) for name in parts)
        return replace(face, confidence=1.0), MouthMasks(box, upper, lower, inner)

    def _of(self, face: Face) -> Mapping[str, GivenMatte]:
        """The mattes that are meant for a face: its person's, its own, or everybody's; teeth are not used."""
        for who in dict.fromkeys((face.person, face_name(face.track_id), "")):
            found = {name: m for (owner, name), m in self._given.items() if owner == who and name != "teeth"}
            if found:
                return found
        return {}

    def _painted(self, face: Face, box: Box, given: Mapping[str, GivenMatte]) -> dict[str, NDArray[np.bool_]]:
        """Where in `box` each matte is another one than lipfx would have written."""
        assert self._frame is not None
        frame, near = self._frame, self._nearest(face, box)
        own_box = mouth_box(face, frame.width, frame.height, frame.format, MARGIN)
        seen, painted = np.float32(visibility(face.confidence)), {}
        parts = None if own_box.empty or seen == 0 else mouth_masks(face, own_box)
        for name, matte in given.items():
            own = np.zeros((frame.height, frame.width), np.float32)
            if parts is not None:
                rows, columns = slice(own_box.y0, own_box.y1), slice(own_box.x0, own_box.x1)
                own[rows, columns] = np.minimum(layer(name, parts, face, frame) * seen, 1)
            alpha, own = _part(matte.alpha, box), _part(own, box)
            painted[name] = (np.abs(alpha - own) > matte.apart) & near
            if face.share < 1:  # mattes may have come and gone with the part of the clip, or not
                painted[name] &= np.abs(alpha - face.share * own) > matte.apart
        return painted

    def _nearest(self, face: Face, box: Box) -> NDArray[np.bool_]:
        """The pixels of `box` that are nearer to this mouth than to others', by their widths."""
        y, x = np.mgrid[box.y0 : box.y1, box.x0 : box.x1].astype(np.float32)

        def far(one: Face) -> Float32:
            middle = one.points[helen56.OUTER].mean(axis=0)
            return np.asarray(np.hypot(x - middle[0], y - middle[1]) / max(one.mouth_width, 1.0), np.float32)

        near, own = np.ones(x.shape, np.bool_), far(face)
        for other in self._faces:
            if other.track_id != face.track_id:
                near &= own <= far(other)
        return near


@contextmanager
def retouching(options: SourceOptions, wanted: Corrections, clip: Clip) -> Iterator[Retouch | None]:
    """What corrects the masks of `clip`, None where nothing does.

    Raises: InputError: see `given_mattes`.
    """
    given = [
        None if path is None else given_mattes(path, clip, options, wanted.first_of(clip))
        for path in (wanted.mattes, wanted.holdout)
    ]
    if given == [None, None]:
        yield None
        return
    with Retouch(*given) as retouch:
        yield retouch
        retouch.warn()


def _part(picture: Float32, box: Box) -> Float32:
    return picture[box.y0 : box.y1, box.x0 : box.x1]


def _paint_lips(parts: dict[str, Float32], alpha: Float32, where: NDArray[np.bool_], reach: float) -> None:
    """Gives painted lips to the upper or the lower one, whichever is nearer; the mouth's inside yields."""
    near = [np.asarray(cv2.GaussianBlur(parts[n], (0, 0), reach), np.float32) for n in ("upper", "lower")]
    share = (near[0] + np.float32(1e-9)) / (near[0] + near[1] + np.float32(2e-9))
    both = np.maximum(parts["upper"] + parts["lower"], np.float32(1e-6))
    here = parts["upper"] + parts["lower"] > 0.05
    share = np.where(here, parts["upper"] / both, share)
    parts["upper"] = np.where(where, alpha * share, parts["upper"])
    parts["lower"] = np.where(where, alpha * (1 - share), parts["lower"])
    parts["inner"] = np.where(where, np.minimum(parts["inner"], 1 - alpha), parts["inner"])
