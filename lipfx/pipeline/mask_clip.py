"""Owns mattes as a clip: one as its luma, or up to four in its channels; must not know how one is made."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Colour, Face, Frame, PixelFormat, Plane
from lipfx.errors import OutputError, UsageError
from lipfx.pipeline.mattes import Mask, MaskOptions, mattes
from lipfx.pipeline.provenance import PROGRAM
from lipfx.tcnn.checkpoint import identity
from lipfx.video.clip import Clip
from lipfx.video.source import open_writer
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding

CODECS = {
    ".mov": "prores_ks",
    ".mkv": "ffv1",
    ".avi": "ffv1",
    ".mp4": "libx264",
    ".m4v": "libx264",
    ".webm": "libvpx-vp9",
    ".ts": "libx264",
    ".mxf": "prores_ks",
}
"""Used where none is asked for."""
LOSSLESS = ("ffv1", "png")
PRORES = ("prores_ks", "prores", "prores_aw")
MOST = 4
LIMITED = Colour(matrix="bt709", primaries="bt709", transfer="bt709")
FULL = replace(LIMITED, full_range=True)
RGB = replace(FULL, matrix="gbr")
SILENT = ("-an",)
FINEST = ("-profile:v", "4", "-qscale:v", "1", "-vendor", "apl0")
"""Of ProRes 4444: the finest steps, since edges are all that a matte has."""

log = logging.getLogger("lipfx")


class MaskClip:
    """Writes the mattes of each frame into a clip, at the frame's time; a context manager."""

    def __init__(self, path: Path, clip: Clip, options: MaskOptions) -> None:
        """Raises: UsageError, OutputError: a clip cannot hold what is wanted."""
        self._codec = options.codec or CODECS[path.suffix.lower()]
        _check(path, clip, options, self._codec)
        deep = options.bits == 16 or self._codec in PRORES
        self._options = replace(options, bits=16 if deep else 8, format="png")
        self._persons = bool(options.choice.persons)
        encoding = Encoding(self._codec, None, None, self._words(), self._pixel_format())
        told = f"{PROGRAM}; mattes {' '.join(options.layers)}; weights {identity(options.weights)}"
        alone = replace(clip, streams=(clip.video,), hdr={}, dynamic_hdr=(), extras=())
        cut = Cut(options.start, options.end)
        self._writer = open_writer(
            path, alone, encoding, cut=cut, overwrite=options.overwrite, provenance=told
        )
        self._stack = ExitStack()

    def __enter__(self) -> MaskClip:
        self._stack.enter_context(self._writer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Writes the mattes of one frame; where persons are told apart, of those alone."""
        own = [face for face in faces if face.person] if self._persons else faces
        made = list(mattes(frame, own, self._options).values())
        self._writer.write(self._luma(frame, made[0]) if len(made) == 1 else self._channels(frame, made))

    def warn(self) -> None:
        """What could not be kept."""
        for note in dict.fromkeys(self._writer.notes):
            log.warning("%s", note)

    def _luma(self, frame: Frame, matte: Mask) -> Frame:
        """One matte, whose 0..1 is the whole nominal range of the clip's luma."""
        bits = 8 * matte.itemsize
        if self._codec in LOSSLESS:
            name = "gray" if bits == 8 else "gray16le"
            return replace(frame, planes=(matte,), format=PixelFormat(name, bits, grey=True), colour=FULL)
        form = self._luma_format(frame, bits)
        unit = 1 << (form.bits - 8)
        plane = _scaled(matte, 219 * unit / (2**bits - 1), 16 * unit)
        shapes = form.plane_shapes(frame.width, frame.height)[1:]
        grey: tuple[Plane, ...] = tuple(np.full(shape, 128 * unit, form.dtype) for shape in shapes)
        return replace(frame, planes=(plane.astype(form.dtype), *grey), format=form, colour=LIMITED)

    def _luma_format(self, frame: Frame, bits: int) -> PixelFormat:
        if self._codec in PRORES:
            return PixelFormat("yuv444p10le", 10)
        odd = frame.width % 2 or frame.height % 2
        name, shift = ("yuv444p", 0) if odd else ("yuv420p", 1)
        deep = bits == 16
        return PixelFormat(f"{name}10le" if deep else name, 10 if deep else 8, shift, shift)

    def _channels(self, frame: Frame, made: Sequence[Mask]) -> Frame:
        """Two to four mattes as red, green, blue and alpha."""
        bits = 8 * made[0].itemsize
        empty: list[Mask] = [np.zeros_like(made[0])]
        red, green, blue, *alpha = [*made, *empty * (3 - len(made))]
        name = ("gbrap" if alpha else "gbrp") + ("16le" if bits == 16 else "")
        form = PixelFormat(name, bits, rgb=True, alpha=bool(alpha))
        return replace(frame, planes=(green, blue, red, *alpha), format=form, colour=RGB)

    def _words(self) -> tuple[str, ...]:
        return (*SILENT, *FINEST) if self._codec == "prores_ks" else SILENT

    def _pixel_format(self) -> str | None:
        """ProRes gets YUV of RGB, and is told so: it is no loss to speak of."""
        if self._codec not in PRORES or len(self._options.layers) == 1:
            return None
        return "yuva444p10le" if len(self._options.layers) == MOST else "yuv444p10le"


def _scaled(matte: Mask, by: float, black: int) -> NDArray[np.uint16]:
    """Codes of a matte; most of it is black, which takes no working out."""
    codes = np.full(matte.shape, black, np.uint16)
    where = np.flatnonzero(matte)
    codes.ravel()[where] = np.rint(matte.ravel()[where] * np.float32(by)) + black
    return codes


def _check(path: Path, clip: Clip, options: MaskOptions, codec: str) -> None:
    """Raises: UsageError, OutputError."""
    if clip.still:
        raise OutputError(f"{path} is a clip, {clip.path} is none; name a folder for its masks")
    if options.kind == "labels":
        raise UsageError(f"{path}: labels are whole numbers, which a clip would change; name a folder")
    if options.per_face:
        raise UsageError(f"{path}: a clip has no folders for faces; name a folder, or choose with --face-at")
    if options.names or options.format != "png":
        raise UsageError(f"{path} is a clip, names and formats are of pictures; leave them, or name a folder")
    if len(options.layers) > MOST:
        raise UsageError(f"{path} has {MOST} channels, {len(options.layers)} layers are wanted; name {MOST}")
    if len(options.layers) > 1 and codec not in (*LOSSLESS, *PRORES):
        raise UsageError(
            f"{codec} mixes layers with each other; name a .mov, which is ProRes 4444, or ffv1 or png"
        )
