"""Owns decoding a clip into frames with their own times; must not know what is done with them."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any

import ffmpeg

from lipfx.core.values import Frame
from lipfx.errors import InputError
from lipfx.video.clip import Clip
from lipfx.video.ffmpeg.formats import split_planes
from lipfx.video.ffmpeg.nut import NUT_OPTIONS
from lipfx.video.ffmpeg.probe import MAX_PIXELS, PROTOCOLS, file_url
from lipfx.video.ffmpeg.process import Process
from lipfx.video.ffmpeg.tools import find_tool

TRUNCATED = re.compile(r"ended prematurely|partial file|Truncating packet")

if TYPE_CHECKING:
    from av.container import InputContainer


class Reader:
    """The frames of one clip, in order of time. A context manager and an iterator; read once.

    Frames are as displayed; their planes are writable and belong to the caller. `time` counts from the
    clip's origin. A frame's duration reaches to the next frame. `notes` fills with what went wrong but did
    not stop the decoder.
    """

    def __init__(
        self,
        clip: Clip,
        start: float | None = None,
        end: float | None = None,
        *,
        deinterlace: bool = False,
    ) -> None:
        """start, end: seconds; frames with start <= time < end are handed out, under their own index.

        Raises: InputError when the clip is interlaced and that is not to be undone.
        """
        if clip.interlaced and not deinterlace:
            raise InputError(
                f"{clip.path} is interlaced ({clip.field_order}); give --deinterlace to process it"
            )
        self.clip = clip
        self.start = start
        self.end = end
        self._stored = clip.orientation.inverse.pixel_format(clip.pixel_format)
        self._size = clip.orientation.size(clip.width, clip.height)
        self.notes: list[str] = []
        self._process: Process | None = None
        self._frames: Iterator[Frame] = iter(())

    def __enter__(self) -> Reader:
        self._process = Process(decoder_command(self.clip, deinterlace=self.clip.interlaced))
        self._frames = self._select(self._with_durations(self._decode(self._process)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.stop()

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        return next(self._frames)

    def name_of(self, index: int) -> str:  # noqa: ARG002
        """The name of the file that frame `index` came from: the clip's own."""
        return self.clip.path.name

    def _decode(self, process: Process) -> Iterator[Frame]:
        """Frames with a duration of 0, read from the process until it has ended well."""
        import av

        count = 0
        try:
            with av.open(f"pipe:{process.stdout.fileno()}", format="nut") as pipe:
                for frame in self._demux(pipe):
                    count += 1
                    yield frame
        except (av.error.FFmpegError, ValueError) as error:
            process.wait()
            raise process.failure(f"{self.clip.path} could not be decoded") from error
        if process.wait():
            raise process.failure(f"{self.clip.path} could not be decoded after frame {count}")
        self._judge(process.tail, count)

    def _judge(self, words: str, count: int) -> None:
        """Whether what ffmpeg said while it decoded `count` frames makes the clip unusable or odd."""
        if not count:
            raise InputError(f"{self.clip.path} holds no picture that can be decoded; it may be truncated")
        if TRUNCATED.search(words):
            raise InputError(
                f"{self.clip.path} is truncated: it breaks off after {count} frames; copy it again"
            )
        if words.strip():
            first = words.strip().splitlines()[0]
            self.notes.append(f"{self.clip.path} is damaged, its pictures may be too ({first})")

    def _demux(self, pipe: InputContainer) -> Iterator[Frame]:
        stream = pipe.streams.video[0]
        time_base = Fraction(stream.time_base or self.clip.time_base)
        origin = round(Fraction(self.clip.origin) / time_base)
        index = itertools.count()
        for packet in pipe.demux(stream):
            if packet.size and packet.pts is not None:
                planes = split_planes(memoryview(packet), self._stored, *self._size)
                yield Frame(
                    planes=self.clip.orientation.apply(planes),
                    format=self.clip.pixel_format,
                    colour=self.clip.colour,
                    index=next(index),
                    pts=packet.pts - origin,
                    time_base=time_base,
                    duration=0,
                )

    def _with_durations(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames, each lasting until the next; the last as long as the one before it."""
        from dataclasses import replace

        previous: Frame | None = None
        duration = 0
        for frame in frames:
            if previous is not None:
                duration = frame.pts - previous.pts
                yield replace(previous, duration=duration)
            previous = frame
        if previous is not None:
            yield replace(previous, duration=duration or self._nominal(previous.time_base))

    def _nominal(self, time_base: Fraction) -> int:
        return round(1 / (self.clip.frame_rate * time_base)) if self.clip.frame_rate else 1

    def _select(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            if self.end is not None and frame.time >= self.end:
                return
            if self.start is None or frame.time >= self.start:
                yield frame


def decoder_command(clip: Clip, deinterlace: bool = False) -> list[str]:
    """The ffmpeg command that writes the clip's pictures, as stored, in NUT to its standard output."""
    source = ffmpeg.input(
        file_url(clip.path),
        protocol_whitelist=PROTOCOLS,
        noautorotate=None,
        copyts=None,
        max_pixels=MAX_PIXELS,
        threads=max(1, (os.cpu_count() or 1) // 2),  # the other half is for analysis and the encoder
    )
    settings: dict[str, Any] = {
        "format": "nut",
        **NUT_OPTIONS,
        "vcodec": "rawvideo",
        "fps_mode": "passthrough",
        "enc_time_base": "-1",
        "map_metadata": "-1",
        "map_chapters": "-1",
    }
    stored = clip.orientation.inverse.pixel_format(clip.pixel_format)
    if clip.stored_format != stored.name and not clip.stored_format.startswith("yuvj"):
        settings["pix_fmt"] = stored.name
    filters = []
    if clip.stored_format == "pal8":
        filters.append("format=bgra")  # straight to planar, swscale would round colours
    if deinterlace:
        filters.append("bwdif=mode=send_frame")
    if filters:
        settings["vf"] = ",".join(filters)
    output = ffmpeg.output(source[str(clip.video.index)], "pipe:1", **settings)
    flags = ("-hide_banner", "-nostdin", "-loglevel", "error")
    command: list[str] = ffmpeg.compile(output.global_args(*flags), cmd=find_tool("ffmpeg"))
    return command
