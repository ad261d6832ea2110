"""Owns sending frames with their times to an ffmpeg process; must not know clips, codecs or outputs."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from lipfx.core.values import PixelFormat, Plane
from lipfx.video.ffmpeg.formats import frame_bytes, split_planes
from lipfx.video.ffmpeg.nut import NUT_OPTIONS
from lipfx.video.ffmpeg.process import Process


@dataclass(frozen=True, slots=True)
class PipeFormat:
    """What travels: pixel format, (width, height), seconds per tick, frames per second (or their mean)."""

    pixels: PixelFormat
    size: tuple[int, int]
    tick: Fraction
    rate: Fraction


class FramePipe:
    """An ffmpeg process that takes frames, in NUT, on its standard input."""

    def __init__(self, command: Sequence[str], form: PipeFormat, temporary: Sequence[Path]) -> None:
        """Starts `command`. temporary: files to remove should lipfx be killed.

        Raises: FfmpegError when it cannot be started.
        """
        self.form = form
        self._process = Process(command, feeds=True, temporary=temporary)
        self._container = av.open(
            f"pipe:{self._process.stdin.fileno()}", "w", format="nut", options=NUT_OPTIONS
        )
        self._stream = self._container.add_stream("rawvideo", rate=form.rate)
        self._stream.width, self._stream.height = form.size
        self._stream.pix_fmt = form.pixels.name
        self._stream.time_base = form.tick
        self._open = True

    def send(self, planes: Sequence[Plane], ticks: int) -> None:
        """Sends one frame, shown at `ticks`; copies its planes.

        Raises: FfmpegError when the process has ended.
        """
        packet = av.Packet(frame_bytes(self.form.pixels, *self.form.size))
        room = split_planes(memoryview(packet), self.form.pixels, *self.form.size)
        for target, plane in zip(room, planes, strict=True):
            np.copyto(target, plane)
        packet.stream = self._stream
        packet.time_base = self.form.tick
        packet.pts = packet.dts = ticks
        packet.is_keyframe = True
        try:
            self._container.mux(packet)
        except av.error.FFmpegError as error:
            self._process.wait()
            raise self._process.failure("frames could not be encoded") from error

    def finish(self) -> None:
        """Ends the stream and waits until the process has written everything.

        Raises: FfmpegError when it fails.
        """
        with contextlib.suppress(av.error.FFmpegError):  # the exit status tells more
            self._container.close()
        self._open = False
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._process.wait():
            raise self._process.failure("the output could not be written")

    @property
    def complaints(self) -> list[str]:
        """What the process said although it ended well."""
        return self._process.words

    def stop(self) -> None:
        """Ends the process at once. Safe to call again."""
        self._process.kill()  # first, so that closing the container below cannot wait for a reader
        if self._open:
            self._open = False
            with contextlib.suppress(av.error.FFmpegError):
                self._container.close()
        self._process.stop()
