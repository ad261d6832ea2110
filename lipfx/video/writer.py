"""Owns turning frames into a finished file, or into nothing at all; must not know where they come from."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import ffmpeg
import numpy as np

from lipfx.errors import LipfxError, OutputError
from lipfx.types import Frame, Plane
from lipfx.video.clip import Clip, Stream
from lipfx.video.clock import exact_ticks, output_tick
from lipfx.video.encoding import Encoding, Target, choose_target
from lipfx.video.formats import frame_bytes, split_planes
from lipfx.video.mp4 import set_orientation
from lipfx.video.muxing import Cut, Job, encoder_command, muxer_for
from lipfx.video.probe import PROTOCOLS, file_url, probe
from lipfx.video.process import Process
from lipfx.video.streams import plan_streams
from lipfx.video.temporary import check_output, remove_abandoned, temporary_path
from lipfx.video.tools import find_tool

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
        self._covers: list[Path] = []
        self._target: Target | None = None
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
        assert self._target is not None
        pixels, size = self._target.pipe_format, self._stored_size(frame)
        packet = av.Packet(frame_bytes(pixels, *size))
        room = split_planes(memoryview(packet), pixels, *size)
        for target, plane in zip(room, self._stored_planes(frame), strict=True):
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

    def _stored_size(self, frame: Frame) -> tuple[int, int]:
        size = (frame.width, frame.height)
        assert self._target is not None
        return self.clip.orientation.size(*size) if self._target.turned_back else size

    def _stored_planes(self, frame: Frame) -> Sequence[Plane]:
        """The frame's planes as the encoder gets them."""
        assert self._target is not None
        if self._target.turned_back:
            return self.clip.orientation.inverse.apply(frame.planes)
        if self._target.pipe_format.chroma_shift_y < frame.format.chroma_shift_y:
            return [plane.repeat(2, axis=0)[: frame.height] for plane in frame.planes]
        return frame.planes

    def _extract(self, cover: Stream) -> Path:
        """Copies cover art into a file of its own, from which ffmpeg can attach it."""
        path = self._temporary.with_suffix(f".{cover.index}.cover")
        self._covers.append(path)
        source = ffmpeg.input(file_url(self.clip.path), protocol_whitelist=PROTOCOLS)
        settings = {"c": "copy", "format": "image2", "update": 1, "frames:v": 1}
        output = ffmpeg.output(source[str(cover.index)], file_url(path), **settings)
        process = Process(ffmpeg.compile(output.global_args("-v", "error", "-y"), find_tool("ffmpeg")))
        if process.wait():
            raise process.failure(f"the cover art of {self.clip.path} could not be read")
        return path

    def _start(self, frame: Frame) -> VideoStream:
        import av

        self._target = target = choose_target(self.encoding, self.clip, frame, self.path.suffix.lower())
        plan = plan_streams(self.clip, muxer_for(self.path))
        self.notes.extend([*target.notes, *plan.notes])
        self._tick = output_tick(frame.time_base, self.clip.frame_rate)
        covers = [self._extract(stream) for stream in plan.attach]
        job = Job(self.clip, target, plan, frame.colour, self._tick, self._temporary, self.cut, covers)
        leftovers = [self._temporary, *covers]
        self._process = Process(encoder_command(job), feeds=True, temporary=leftovers)
        self._pipe = av.open(f"pipe:{self._process.stdin.fileno()}", "w", format="nut")
        stream = self._pipe.add_stream("rawvideo", rate=self._rate())
        stream.width, stream.height = self._stored_size(frame)
        stream.pix_fmt = target.pipe_format.name
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
        if self._target is not None and self._target.turned_back:
            size = self.clip.orientation.size(self.clip.width, self.clip.height)
            set_orientation(self._temporary, self.clip.orientation, *size)
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
        for path in (self._temporary, *self._covers):
            path.unlink(missing_ok=True)
