"""Owns turning frames into a finished file, or into nothing at all; must not know where they come from."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av

from lipfx.core.rooms import Growing
from lipfx.core.temporary import check_output, publish, suspect_path
from lipfx.core.values import Frame, Plane
from lipfx.errors import OutputError
from lipfx.video.clip import Clip
from lipfx.video.ffmpeg.pipe import FramePipe, PipeFormat
from lipfx.video.writing.aside import convert_text, extract_cover
from lipfx.video.writing.clock import exact_ticks, output_tick
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding, ask_ahead, choose_target
from lipfx.video.writing.finished import Sent, decodes, faults
from lipfx.video.writing.mp4 import set_orientation
from lipfx.video.writing.muxing import MUXERS, UNTIMED, Job, encoder_command, muxer_for
from lipfx.video.writing.output import FrameWriter
from lipfx.video.writing.steady import Steady
from lipfx.video.writing.streams import StreamPlan, plan_streams
from lipfx.video.writing.target import Target


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
        provenance: str = "",
    ) -> None:
        super().__init__(Path(path), clip, overwrite=overwrite)
        self.provenance = provenance
        self.encoding = encoding or Encoding()
        self.cut = cut or Cut()
        self._growing = Growing(self.path)
        self._aside = ThreadPoolExecutor(1, "lipfx-encoder")
        self._started: Future[tuple[Target, FramePipe]] | None = None
        self._plan = StreamPlan()
        self._steady = Steady(clip, self.cut) if MUXERS.get(self.path.suffix.lower()) in UNTIMED else None
        self._times = array("d")
        self._frame = 0.0

    def _prepare(self) -> None:
        check_output(self.path, self.clip.inputs, self.overwrite)
        muxer_for(self.path)
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
        planes = self._stored_planes(frame, target)
        self._frame = float(frame.duration * frame.time_base)
        if self._steady is None:
            ticks = self._ticks(frame, pipe.form.tick)
            self._times.append(float(ticks * pipe.form.tick))
            pipe.send(planes, ticks)
            self.frame_count += 1
            return
        for _ in range(self._steady.times(frame)):
            pipe.send(planes, self.frame_count)
            self.frame_count += 1

    def _running(self) -> tuple[Target, FramePipe]:
        assert self._started is not None
        return self._started.result()

    def _ticks(self, frame: Frame, tick: Fraction) -> int:
        """The frame's time on the output's clock, which begins where the cut does."""
        ticks = exact_ticks(frame.pts, frame.time_base, self.clip.frame_rate, tick)
        return ticks - round(Fraction(self.cut.begin) / tick)

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
        self._growing.begin()  # not before: from here on a guard removes it should we be killed
        target = choose_target(self.encoding, self.clip, frame, self.path.suffix.lower())
        self.notes.extend(target.notes)
        job = self._job(frame, target)
        return target, self._pipe(job, encoder_command(job))

    def _job(self, frame: Frame, target: Target) -> Job:
        """What is to be encoded, with all that goes along. frame: the first one."""
        plan = self._plan = plan_streams(self.clip, muxer_for(self.path), self.cut)
        self.notes.extend(plan.notes)
        covers = [self._growing.folder / f"{stream.index}.cover" for stream in plan.attach]
        for stream, path in zip(plan.attach, covers, strict=True):
            extract_cover(self.clip, stream, path)
        words = {index: self._growing.folder / f"{index}.words" for index in plan.convert}
        for index, path in words.items():
            convert_text(self.clip, index, plan.convert[index], path)
        tick = output_tick(frame.time_base, self.clip.frame_rate)
        first = self._ticks(frame, tick)
        if self._steady is not None:
            tick, first = 1 / self._steady.rate, 0
        size = (frame.width, frame.height)
        if target.turned_back:
            size = self.clip.orientation.size(*size)
        return Job(
            self.clip,
            target,
            plan,
            frame.colour,
            tick,
            self._growing.file,
            self.cut,
            first,
            covers,
            words,
            self.provenance,
            size,
        )

    def _pipe(self, job: Job, command: Sequence[str]) -> FramePipe:
        rate = self._steady.rate if self._steady else mean_rate(self.clip)
        form = PipeFormat(job.target.pipe_format, job.size, job.tick, rate)
        return FramePipe(command, form, [self._growing.folder])

    def _finish(self) -> None:
        target, pipe = self._running()
        pipe.finish()
        self._complete(target, pipe.form.size, pipe.complaints)

    def _complete(self, target: Target, size: tuple[int, int], complaints: Sequence[str]) -> None:
        """Gives the file its name, when it holds what it should. complaints: of who wrote it."""
        if target.turned_back:
            set_orientation(self._growing.file, self.clip.orientation, *size)
        if self._steady is not None and self._steady.changed:
            rate = self._steady.rate
            self.notes.append(
                f"{self.path.suffix} holds no times: frames are repeated or left out for {rate} a second"
            )
        wrong = self._faults(complaints)
        if wrong:
            kept = suspect_path(self.path)
            publish(self._growing.file, kept)
            raise OutputError(f"{self.path}: {wrong[0]}; what came out is kept as {kept.name}, look at it")
        publish(self._growing.file, self.path, overwrite=self.overwrite)

    def _faults(self, complaints: Sequence[str]) -> list[str]:
        """What is wrong with the finished file."""
        sounds = [s.index for s in self.clip.streams_of("audio") if s.index in self._plan.maps]
        frame = self._frame if self.clip.frame_rate is None else float(1 / self.clip.frame_rate)
        times = self._times if self._steady is None else None
        encoded = set(sounds).difference(self._plan.copied)
        sent = Sent(self.frame_count, frame, times, sounds, encoded)
        try:
            if not decodes(self._growing.file):
                return ["its pictures cannot be decoded"]
            wrong, lacking = faults(self._growing.file, sent, self.clip, self.cut)
        except av.error.FFmpegError as error:
            return [f"it cannot be read back ({error})"]
        if not lacking and encoded:  # else the reader has heard the same
            lacking = [f"its sound may be damaged ({line})" for line in complaints[:1]]
        self.notes.extend(f"{self.clip.path}: {words}" for words in lacking)
        return wrong

    def _abandon(self) -> None:
        self._aside.shutdown()
        if self._started is not None and self._started.exception() is None:
            self._running()[1].stop()
        self._growing.end()


def mean_rate(clip: Clip) -> Fraction:
    """Frames per second, for an encoder's rate control: the mean where it varies."""
    if clip.frame_rate is not None or not clip.frame_count or clip.duration <= 0:
        return clip.frame_rate or Fraction(25)
    mean = (clip.frame_count / Fraction(clip.duration)).limit_denominator(1000)
    return max(mean, Fraction(1, 1000))
