"""Owns writing frames as numbered OpenEXR and DPX pictures; must not know where the frames come from."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipfx.core.bands import bands
from lipfx.core.planar import read_patch
from lipfx.core.values import Float32, Frame, Space
from lipfx.video.clip import Clip
from lipfx.video.stills.dpx import dpx_bits, write_dpx
from lipfx.video.stills.exr import check_exr, write_exr
from lipfx.video.stills.light import LIGHT, LOG, light_of, log_of
from lipfx.video.stills.naming import DEEP_SUFFIXES
from lipfx.video.stills.sequences import SequenceWriter
from lipfx.video.stills.stamp import stamp


class DeepSequenceWriter(SequenceWriter):
    """The same for pictures of half floats in linear light (.exr) and of 10 or 16 bits (.dpx), with timecode
    and rate in their headers.
    """

    KINDS: Collection[str] = DEEP_SUFFIXES

    def __init__(
        self,
        path: Path,
        clip: Clip,
        *,
        overwrite: bool = False,
        first_number: int | None = None,
        data: bool = False,
    ) -> None:
        """data: samples are no light but a matte, whose 0..1 is written as it is."""
        super().__init__(path, clip, overwrite=overwrite, first_number=first_number)
        self._data = data
        self._bits = dpx_bits(clip.files[0]) if clip.video.codec == "dpx" and clip.files else 10

    def _prepare(self) -> None:
        if self.path.suffix.lower() == ".exr":
            check_exr()
        super()._prepare()

    def write(self, frame: Frame) -> None:
        """Writes one frame.

        Raises: OutputError.
        """
        place, told = self._folder / self._name(frame.index), stamp(self.clip, frame.index)
        if self.path.suffix.lower() == ".exr":
            write_exr(place, self._channels(frame), told)
        else:
            write_dpx(place, self._codes(frame), self._bits, told)
        self.frame_count += 1

    def _channels(self, frame: Frame) -> dict[str, NDArray[np.float16]]:
        """R, G, B, and A where the frame has alpha, in linear light."""
        if frame.colour == LIGHT:
            made = {name: light_of(frame.planes[k].astype(np.uint16)) for k, name in enumerate("GBR")}
        else:
            rgb = _read(frame, Space.ENCODED if self._data else Space.LINEAR).astype(np.float16)
            made = {name: np.ascontiguousarray(rgb[..., k]) for k, name in enumerate("RGB")}
        if frame.format.alpha:
            top = np.float32(2**frame.format.bits - 1)
            made["A"] = (frame.planes[-1] / top).astype(np.float16)
        return made

    def _finish(self) -> None:
        for picture in list(self._folder.iterdir()):
            picture.replace(self._content.room / picture.name)
        self._folder.rmdir()
        self._content.commit()

    def _codes(self, frame: Frame) -> NDArray[np.uint16]:
        """(h, w, 3) codes of 16 bits: printing density where the clip is in it, else see `_shown`."""
        if frame.colour == LIGHT and self.clip.tags.transfer == LOG:
            green, blue, red = frame.planes[:3]
            return log_of(np.stack([red, green, blue], axis=-1).astype(np.uint16))
        return _shown(frame)


def _shown(frame: Frame) -> NDArray[np.uint16]:
    """(h, w, 3) codes of 16 bits: RGB's own, and YUV as a screen shows it."""
    if frame.format.rgb and frame.colour != LIGHT:
        green, blue, red = frame.planes[:3]
        stack = np.stack([red, green, blue], axis=-1).astype(np.uint16, copy=False)
        top = 2**frame.format.bits - 1
        return stack if top == 65535 else np.rint(stack * np.float32(65535 / top)).astype(np.uint16)
    return np.rint(np.clip(_read(frame, Space.ENCODED), 0, 1) * 65535).astype(np.uint16)


def _read(frame: Frame, space: Space) -> Float32:
    whole = np.empty((frame.height, frame.width, 3), np.float32)
    for band in bands(frame.width, frame.height):
        whole[band.rows] = read_patch(frame, band.box, space)[band.part]
    return whole
