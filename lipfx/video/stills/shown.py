"""Owns linear light as screens show it, for outputs that hold none; must not know how they are written."""

from __future__ import annotations

from dataclasses import replace

from lipfx.core.values import Frame
from lipfx.video.stills.dpx import is_dpx
from lipfx.video.stills.images import RGB_16, RGBA_16, SRGB, shown, to_frame
from lipfx.video.stills.light import LIGHT, LOG
from lipfx.video.writing.output import FrameWriter

CLIPPED = "linear light is written in sRGB, and what is brighter than white as white; .exr holds it as it is"


def shown_writer(writer: FrameWriter) -> FrameWriter:
    """What gives `writer` the clip's pictures as screens show them: itself where they are no linear light, or
    come back as the printing density that they were."""
    stays = writer.clip.colour != LIGHT or (writer.clip.tags.transfer == LOG and is_dpx(writer.path))
    return writer if stays else ShownWriter(writer)


class ShownWriter(FrameWriter):
    """Gives another writer frames of linear light in sRGB of 16 bits, and all others as they are."""

    def __init__(self, writer: FrameWriter) -> None:
        super().__init__(writer.path, writer.clip, overwrite=writer.overwrite)
        self._writer = writer
        self.notes = writer.notes
        self.notes.append(f"{writer.path.name}: {CLIPPED}")

    def begin(self, frame: Frame) -> None:
        """See `FrameWriter.begin`."""
        if frame.colour == LIGHT:
            frame = replace(frame, format=RGBA_16 if frame.format.alpha else RGB_16, colour=SRGB)
        self._writer.begin(frame)

    def write(self, frame: Frame) -> None:
        """See `FrameWriter.write`."""
        if frame.colour == LIGHT:
            made = to_frame(shown(frame), frame.index)
            frame = replace(frame, planes=made.planes, format=made.format, colour=made.colour)
        self._writer.write(frame)
        self.frame_count = self._writer.frame_count

    def _prepare(self) -> None:
        self._writer._prepare()

    def _finish(self) -> None:
        self._writer._finish()

    def _abandon(self) -> None:
        self._writer._abandon()
