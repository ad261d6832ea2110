"""Owns turning frames into a finished file, or into nothing at all; must not know where they come from."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from lipfx.errors import LipfxError, OutputError
from lipfx.types import Frame
from lipfx.video.clip import Clip
from lipfx.video.clock import exact_ticks, output_tick
from lipfx.video.encoding import Encoding, choose_target
from lipfx.video.formats import frame_bytes, split_planes
from lipfx.video.muxing import Cut, encoder_command, muxer_for
from lipfx.video.probe import probe
from lipfx.video.process import Process
from lipfx.video.temporary import check_output, remove_abandoned, temporary_path

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream


class Writer:
    """Writes frames, with their own times, and the source's other streams to one file. A context manager.

    The file grows under a temporary name beside `path` and gets its own when it is complete and was probed.
    Leaving the context with an error ends the encoder and removes the temporary file. `notes` fills with
    what could not be kept.
    """

    def __init__(
        self,
        path: str | Path,
        clip: Clip,
        encoding: Encoding | None = None,
        *,
        cut: Cut | None = None,
        overwrite: bool = False,
    ) -> None:
        self.path = Path(path)
        self.clip = clip
        self.encoding = encoding or Encoding()
        self.cut = cut or Cut()
        self.overwrite = overwrite
        self.notes: list[str] = []
        self.frame_count = 0
        self._tick = clip.time_base
        self._temporary = temporary_path(self.path)
        self._process: Process | None = None
        self._pipe: OutputContainer | None = None
        self._stream: VideoStream | None = None

    def __enter__(self) -> Writer:
        check_output(self.path, self.clip.path, self.overwrite)
        muxer_for(self.path)
        remove_abandoned(self.path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._abandon()

    def write(self, frame: Frame) -> None:
        """Encodes one frame; frames come in the order of their times.

        Raises: FfmpegError when the encoder fails; OutputError when nothing can hold such frames.
        """
        import av

        stream = self._stream or self._start(frame)
        packet = av.Packet(frame_bytes(frame.format, frame.width, frame.height))
        room = split_planes(memoryview(packet), frame.format, frame.width, frame.height)
        for target, plane in zip(room, frame.planes, strict=True):
            np.copyto(target, plane)
        packet.stream = stream
        packet.time_base = self._tick
        packet.pts = packet.dts = self._ticks(frame)
        packet.is_keyframe = True
        assert self._pipe is not None
        assert self._process is not None
        try:
            self._pipe.mux(packet)
        except av.error.FFmpegError as error:
            self._process.wait()
            raise self._process.failure(f"{self.path} could not be encoded") from error
        self.frame_count += 1

    def _ticks(self, frame: Frame) -> int:
        """The frame's time on the output's clock, which begins where the cut does."""
        ticks = exact_ticks(frame.pts, frame.time_base, self.clip.frame_rate, self._tick)
        return ticks - round(Fraction(self.cut.start or 0.0) / self._tick)

    def _start(self, frame: Frame) -> VideoStream:
        import av

        size = (frame.width, frame.height)
        target = choose_target(self.encoding, self.clip, frame.format, size, self.path.suffix.lower())
        self.notes.extend(target.notes)
        self._tick = output_tick(frame.time_base, self.clip.frame_rate)
        command = encoder_command(
            self.clip, target, self._tick, self._temporary, self.cut, frame.colour.full_range
        )
        self._process = Process(command, feeds=True, temporary=[self._temporary])
        self._pipe = av.open(f"pipe:{self._process.stdin.fileno()}", "w", format="nut")
        stream = self._pipe.add_stream("rawvideo", rate=self._rate())
        stream.width, stream.height = size
        stream.pix_fmt = frame.format.name
        stream.time_base = self._tick
        self._stream = stream
        return stream

    def _rate(self) -> Fraction:
        """Frames per second for the encoder's rate control: the mean where it varies."""
        clip = self.clip
        mean = Fraction(clip.frame_count or 25) / Fraction(clip.duration or 1).limit_denominator(1000)
        return clip.frame_rate or mean.limit_denominator(1000)

    def _finish(self) -> None:
        import av

        if self._process is None or self._pipe is None:
            raise OutputError(f"{self.path}: no frame was given to write; nothing was written")
        with contextlib.suppress(av.error.FFmpegError):  # the exit status below tells
            self._pipe.close()
        self._pipe = None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._process.wait():
            raise self._process.failure(f"{self.path} could not be written")
        self._check()
        self._temporary.replace(self.path)

    def _check(self) -> None:
        """Raises: OutputError when the finished file cannot be read back."""
        try:
            written = probe(self._temporary)
        except LipfxError as error:
            raise OutputError(f"{self.path} came out damaged and was removed: {error}") from error
        count = written.video.frame_count
        if count is not None and count != self.frame_count:
            raise OutputError(
                f"{self.path} came out with {count} of {self.frame_count} frames and was removed"
            )

    def _abandon(self) -> None:
        if self._process is not None:
            self._process.stop()
        if self._pipe is not None:
            with contextlib.suppress(Exception):
                self._pipe.close()
            self._pipe = None
        with contextlib.suppress(FileNotFoundError):
            self._temporary.unlink()
