"""Owns writing frames as numbered pictures; must not know where the frames come from."""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import ffmpeg

from lipfx.core.folders import NewContent
from lipfx.core.values import Frame
from lipfx.errors import OutputError
from lipfx.video.clip import Clip, ColourTags
from lipfx.video.ffmpeg.graph import command, named
from lipfx.video.ffmpeg.hdr import colour_options
from lipfx.video.ffmpeg.pipe import FramePipe, PipeFormat
from lipfx.video.stills.naming import DEEP_SUFFIXES, NUMBER, numbered
from lipfx.video.writing.output import FrameWriter

ENCODERS = {".png": "png", ".tif": "tiff", ".tiff": "tiff", ".jpg": "mjpeg", ".jpeg": "mjpeg"}
KNOWN = (*ENCODERS, *DEEP_SUFFIXES)
GROWING = "growing"  # the folder in which pictures wait until all are there


class SequenceWriter(FrameWriter):
    """Writes each frame to a picture of its own, numbered by the frame's index from the first one's number.

    The pictures grow in a temporary folder beside them and move to their names when all are complete.
    """

    KINDS: Collection[str] = ENCODERS

    def __init__(
        self, path: Path, clip: Clip, *, overwrite: bool = False, first_number: int | None = None
    ) -> None:
        """first_number: of the clip's first frame, None is the number that it has as a picture, or 0."""
        super().__init__(path, clip, overwrite=overwrite)
        self._first = clip.first_number if first_number is None else first_number
        self._content = NewContent(path.parent, path.name, self._matches)
        self._indices: list[int] = []
        self._pipe: FramePipe | None = None

    def _prepare(self) -> None:
        if self.path.suffix.lower() not in self.KINDS:
            raise OutputError(f"{self.path} names pictures of an unknown kind; use {', '.join(KNOWN)}")
        if not self.path.parent.is_dir():
            raise OutputError(f"{self.path.parent} is not a folder; make it first")
        self._content.begin(self.clip.inputs, overwrite=self.overwrite)
        self._folder = self._content.room / GROWING
        self._folder.mkdir()

    def write(self, frame: Frame) -> None:
        """Writes one frame.

        Raises: FfmpegError when the encoder fails.
        """
        if self._pipe is None:
            self._pipe = self._start(frame)
        self._pipe.send(frame.planes, self.frame_count)
        self._indices.append(frame.index)
        self.frame_count += 1

    def _matches(self, name: str) -> bool:
        before, after = NUMBER.split(self.path.name)[0], NUMBER.split(self.path.name)[-1]
        return re.fullmatch(re.escape(before) + r"\d+" + re.escape(after), name, re.IGNORECASE) is not None

    def _name(self, index: int) -> str:
        """What the picture of a frame is called."""
        return numbered(self.path.name, index + self._first)

    def _start(self, frame: Frame) -> FramePipe:
        rate = self.clip.frame_rate or Fraction(25)
        form = PipeFormat(frame.format, (frame.width, frame.height), 1 / rate, rate)
        return FramePipe(self._command(frame), form, [])

    def _command(self, frame: Frame) -> list[str]:
        colour, pixels = frame.colour, frame.format
        scale = "pc" if colour.full_range else "tv"
        tags = ColourTags(colour.matrix, colour.primaries, colour.transfer, scale)
        encoder = ENCODERS[self.path.suffix.lower()]
        depth = "48be" if encoder == "png" else "48le"
        wanted = "rgb24" if pixels.bits == 8 else f"rgb{depth}"
        if pixels.alpha:
            wanted = wanted.replace("rgb24", "rgba").replace("rgb48", "rgba64")
        if encoder == "mjpeg":
            wanted = "yuvj444p"
        source = ffmpeg.input("pipe:0", format="nut", **colour_options(tags))
        exact = "flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
        matrix = ":out_color_matrix=bt601" if encoder == "mjpeg" else ""
        output = ffmpeg.output(
            source["0"],
            f"{named(self._folder).replace('%', '%%')}/%09d{self.path.suffix}",
            format="image2",
            start_number=0,
            vcodec=encoder,
            vf=f"scale=out_range=pc{matrix}:{exact},format={wanted}",
            fps_mode="passthrough",
            **({"q:v": 2} if encoder == "mjpeg" else {}),
        )
        flags = ("-hide_banner", "-nostats", "-loglevel", "error", "-y")
        return command(output, *flags)

    def _finish(self) -> None:
        assert self._pipe is not None
        self._pipe.finish()
        written = sorted(self._folder.iterdir())
        if len(written) != self.frame_count:
            raise OutputError(f"{self.path} came out with {len(written)} of {self.frame_count} pictures")
        for picture, index in zip(written, self._indices, strict=True):
            picture.replace(self._content.room / self._name(index))
        self._folder.rmdir()
        self._content.commit()

    def _abandon(self) -> None:
        if self._pipe is not None:
            self._pipe.stop()
        self._content.abandon()
