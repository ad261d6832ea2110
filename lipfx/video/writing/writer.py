"""Owns turning frames into a finished file, or into nothing at all; must not know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import ffmpeg

from lipfx.core.temporary import check_output, remove_abandoned, temporary_path
from lipfx.core.values import Frame, Plane
from lipfx.errors import LipfxError, OutputError
from lipfx.video.clip import Clip, Stream
from lipfx.video.ffmpeg.pipe import FramePipe, PipeFormat
from lipfx.video.ffmpeg.probe import PROTOCOLS, file_url
from lipfx.video.ffmpeg.process import Process
from lipfx.video.ffmpeg.tools import find_tool
from lipfx.video.writing.clock import exact_ticks, output_tick
from lipfx.video.writing.encoding import Encoding, Target, ask_ahead, choose_target
from lipfx.video.writing.finished import frames_held
from lipfx.video.writing.mp4 import set_orientation
from lipfx.video.writing.muxing import Cut, Job, encoder_command, muxer_for
from lipfx.video.writing.output import FrameWriter
from lipfx.video.writing.streams import plan_streams


class Writer(FrameWriter):
    """Writes frames, with their own times, and the source's other streams to one file.

    The file grows under a temporary name beside `path` and gets its own when it is complete and was probed.
    Encoders are asked about, and started, in a thread aside, while the first frames are made.
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
        super().__init__(Path(path), clip, overwrite=overwrite)
        self.encoding = encoding or Encoding()
        self.cut = cut or Cut()
        self._temporary = temporary_path(self.path)
        self._covers: list[Path] = []
        self._aside = ThreadPoolExecutor(1, "lipfx-encoder")
        self._started: Future[tuple[Target, FramePipe]] | None = None

    def _prepare(self) -> None:
        check_output(self.path, self.clip.path, self.overwrite)
        muxer_for(self.path)
        remove_abandoned(self.path)
        self._aside.submit(ask_ahead, self.encoding, self.clip, self.path.suffix.lower())

    def begin(self, frame: Frame) -> None:
        """Starts the encoder for frames like `frame`."""
        if self._started is None:
            self._started = self._aside.submit(self._start, frame)

    def write(self, frame: Frame) -> None:
        """Encodes one frame; frames come in the order of their times.

        Raises: FfmpegError when the encoder fails; OutputError when nothing can hold such frames.
        """
        self.begin(frame)
        target, pipe = self._running()
        pipe.send(self._stored_planes(frame, target), self._ticks(frame, pipe.form.tick))
        self.frame_count += 1

    def _running(self) -> tuple[Target, FramePipe]:
        assert self._started is not None
        return self._started.result()

    def _ticks(self, frame: Frame, tick: Fraction) -> int:
        """The frame's time on the output's clock, which begins where the cut does."""
        ticks = exact_ticks(frame.pts, frame.time_base, self.clip.frame_rate, tick)
        return ticks - round(Fraction(self.cut.start or 0.0) / tick)

    def _stored_planes(self, frame: Frame, target: Target) -> Sequence[Plane]:
        """The frame's planes as the encoder gets them."""
        if target.turned_back:
            return self.clip.orientation.inverse.apply(frame.planes)
        if target.pipe_format.chroma_shift_y < frame.format.chroma_shift_y:
            return [
                plane if plane.shape[0] == frame.height else plane.repeat(2, axis=0)[: frame.height]
                for plane in frame.planes
            ]
        return frame.planes

    def _start(self, frame: Frame) -> tuple[Target, FramePipe]:
        target = choose_target(self.encoding, self.clip, frame, self.path.suffix.lower())
        self.notes.extend(target.notes)
        plan = plan_streams(self.clip, muxer_for(self.path))
        self.notes.extend(plan.notes)
        covers = [self._extract(stream) for stream in plan.attach]
        tick = output_tick(frame.time_base, self.clip.frame_rate)
        size = (frame.width, frame.height)
        if target.turned_back:
            size = self.clip.orientation.size(*size)
        job = Job(self.clip, target, plan, frame.colour, tick, self._temporary, self.cut, covers)
        form = PipeFormat(target.pipe_format, size, tick, mean_rate(self.clip))
        return target, FramePipe(encoder_command(job), form, [self._temporary, *covers])

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

    def _finish(self) -> None:
        target, pipe = self._running()
        pipe.finish()
        if target.turned_back:
            set_orientation(self._temporary, self.clip.orientation, *pipe.form.size)
        self._check()
        self._temporary.replace(self.path)

    def _check(self) -> None:
        """Raises: OutputError when the finished file cannot be read back."""
        try:
            count = frames_held(self._temporary)
        except LipfxError as error:
            raise OutputError(f"{self.path} came out damaged and was removed: {error}") from error
        if count is not None and count != self.frame_count:
            wanted = self.frame_count
            raise OutputError(f"{self.path} came out with {count} of {wanted} frames and was removed")

    def _abandon(self) -> None:
        self._aside.shutdown()
        if self._started is not None and self._started.exception() is None:
            self._running()[1].stop()
        for path in (self._temporary, *self._covers):
            path.unlink(missing_ok=True)


def mean_rate(clip: Clip) -> Fraction:
    """Frames per second, for an encoder's rate control: the mean where it varies."""
    if clip.frame_rate is not None or not clip.frame_count or clip.duration <= 0:
        return clip.frame_rate or Fraction(25)
    mean = (clip.frame_count / Fraction(clip.duration)).limit_denominator(1000)
    return max(mean, Fraction(1, 1000))
