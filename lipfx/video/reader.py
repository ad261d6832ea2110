"""Owns decoding a clip into frames with their own times; must not know what is done with them."""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING

from lipfx.core.values import Frame
from lipfx.errors import InputError
from lipfx.video.clip import Clip
from lipfx.video.decoder import decoder_command, woven
from lipfx.video.ffmpeg.formats import frame_bytes, split_planes
from lipfx.video.ffmpeg.patience import SILENCE, Patience
from lipfx.video.ffmpeg.process import Process
from lipfx.video.ffmpeg.whole import truncation

TRUNCATED = re.compile(r"ended prematurely|partial file|Truncating packet")
OUR_OWN = re.compile(r"non monotonically increasing dts to muxer")  # what is made of times, judged by itself
FINER = 20  # times that a clock's ticks go into a frame before single ones count as none
LONGER = 2  # frames of a steady rate from which on a last one that stays longer counts
STANDSTILL = 0.2  # seconds of frames on such ticks that are refused

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
        before: int = 0,
        after: int = 0,
    ) -> None:
        """start, end: seconds; frames with start <= time < end are handed out, under their own index, and
        as many as there are of the `before` ones that come before them and the `after` ones after them.

        Raises: InputError when the clip is interlaced and that is not to be undone.
        """
        if clip.interlaced and not deinterlace:
            raise InputError(
                f"{clip.path} is interlaced ({clip.field_order}); give --deinterlace to process it"
            )
        self.clip = clip
        self._deinterlace = deinterlace
        self.start = start
        self.end = end
        self._before, self._after = before, after
        self._stored = clip.orientation.inverse.pixel_format(clip.pixel_format)
        self._size = clip.orientation.size(clip.width, clip.height)
        self.notes: list[str] = []
        self._process: Process | None = None
        self._frames: Iterator[Frame] = iter(())

    def __enter__(self) -> Reader:
        self._process = Process(
            decoder_command(self.clip, self._deinterlace)
        )  # it starts while networks load
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

    @property
    def _zero(self) -> float:
        """What the decoder's times count from, in seconds."""
        return 0.0 if self.clip.restarts else self.clip.origin

    def name_of(self, index: int) -> str:  # noqa: ARG002
        """The name of the file that frame `index` came from: the clip's own."""
        return self.clip.path.name

    def _decode(self, begun: Process | None = None) -> Iterator[Frame]:
        """Frames with a duration of 0, until the decoder has ended well. begun: the decoder, if it runs.

        Where pictures change their size or format, a second decoder fits those that follow.
        """
        count = 0
        for fitted in (False, True):
            if begun is None or fitted:
                begun = Process(decoder_command(self.clip, self._deinterlace, fitted))
            self._process = begun
            try:
                for frame in self._read(self._process, count):
                    count += 1
                    yield frame
                    del frame
            except OtherPictures:
                if fitted:
                    raise self._process.failure(
                        f"{self.clip.path} could not be decoded after frame {count}"
                    ) from None
                self._process.stop()
                size = f"{self._size[0]}x{self._size[1]} {self._stored.name}"
                self.notes.append(
                    f"{self.clip.path} changes its size or pixel format at frame {count}; what follows is "
                    f"fitted into {size}, with bars where its shape is another"
                )
                continue
            words, since = woven(self._process.words)
            if since is not None:
                self.notes.append(
                    f"{self.clip.path} is interlaced from {since - self._zero:.3f} s on; --deinterlace makes "
                    "whole pictures of it"
                )
            self._judge([w for w in words if not OUR_OWN.search(w)], count)
            return

    def _read(self, process: Process, skipped: int) -> Iterator[Frame]:
        """The frames that `process` decodes, without the first `skipped` ones.

        Raises: OtherPictures, FfmpegError.
        """
        import av

        count, patience = 0, Patience(process)
        try:
            with (
                patience,
                av.open(f"pipe:{process.stdout.fileno()}", format="nut") as pipe,
            ):
                for frame in self._demux(pipe, patience):
                    count += 1
                    if count > skipped:
                        yield frame
                    del frame
        except (av.error.FFmpegError, ValueError) as error:
            process.wait()
            self._check_patience(patience)
            raise process.failure(f"{self.clip.path} could not be decoded") from error
        self._check_patience(patience)
        if process.wait():
            raise process.failure(f"{self.clip.path} could not be decoded after frame {count}")

    def _check_patience(self, patience: Patience) -> None:
        if patience.lost:
            raise InputError(
                f"{self.clip.path} gave no picture for {SILENCE:.0f} seconds; see whether its "
                "disk or network is there"
            )

    def _judge(self, words: Sequence[str], count: int) -> None:
        """Whether what is known after `count` frames were decoded makes the clip unusable or odd."""
        if not count:
            raise InputError(f"{self.clip.path} holds no picture that can be decoded; it may be truncated")
        cut = truncation(self.clip, count)
        if (cut and cut.certain) or any(TRUNCATED.search(line) for line in words):
            raise InputError(
                f"{self.clip.path} is truncated: it breaks off after {count} frames; copy it again"
            )
        if cut:
            self.notes.append(f"{self.clip.path} {cut.words}")
        if words:
            self.notes.append(f"{self.clip.path} is damaged, its pictures may be too ({words[0]})")

    def _demux(self, pipe: InputContainer, patience: Patience) -> Iterator[Frame]:
        stream = pipe.streams.video[0]
        time_base = Fraction(stream.time_base or self.clip.time_base)
        origin = round(Fraction(self._zero) / time_base)
        index = itertools.count()
        size = frame_bytes(self._stored, *self._size)
        for packet in patience.each(pipe.demux(stream)):
            if packet.size and packet.pts is not None:
                if packet.size != size:
                    raise OtherPictures
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
                del planes
            del packet

    def _with_durations(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames, each lasting until the next; the last until the clip's end."""
        from dataclasses import replace

        previous: Frame | None = None
        duration = squeezed = 0
        for frame in frames:
            if previous is not None:
                duration = frame.pts - previous.pts
                squeezed = squeezed + 1 if self._squeezes(duration, frame.time_base) else 0
                if squeezed * self._mean > STANDSTILL and squeezed > 2:
                    raise InputError(
                        f"{self.clip.path}: its times stand still or go back at {previous.time:.3f} s, "
                        f"before frame {frame.index}; mend them first: ffmpeg -i IN -fps_mode cfr OUT"
                    )
                yield replace(previous, duration=duration)
            previous = frame
            del frame
        if previous is not None:
            yield replace(previous, duration=self._rest(previous) or duration or self._nominal(previous))

    def _squeezes(self, duration: int, time_base: Fraction) -> bool:
        """Whether a frame lasts a single tick of a clock that is much finer than the frame rate."""
        return duration <= 1 and time_base * FINER < self._mean

    @property
    def _mean(self) -> float:
        """Seconds that a frame lasts on the average."""
        if self.clip.frame_rate:
            return float(1 / self.clip.frame_rate)
        return self.clip.duration / self.clip.frame_count if self.clip.frame_count else 0.0

    def _rest(self, last: Frame) -> int:
        """Ticks from the last frame to the clip's end, 0 where that is not told."""
        until, rate = self.clip.lasts_until, self.clip.frame_rate
        if until is None:
            return 0
        rest = until - last.time
        steady = rate is not None and rest * rate < LONGER
        return 0 if steady else max(0, round(Fraction(rest) / last.time_base))

    def _nominal(self, frame: Frame) -> int:
        return round(1 / (self.clip.frame_rate * frame.time_base)) if self.clip.frame_rate else 1

    def _select(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Raises: InputError when all frames lie before the start."""
        chosen, last, late = False, float("nan"), 0
        early: deque[Frame] = deque(maxlen=self._before)
        for frame in frames:
            if self.end is not None and frame.time >= self.end:
                late += 1
                if not chosen or late > self._after:
                    return
            last = frame.time
            if self.start is None or frame.time >= self.start:
                chosen = True
                while early:
                    yield early.popleft()
                yield frame
            else:
                early.append(frame)
            del frame
        if not chosen and last == last:
            raise InputError(
                f"{self.clip.path} has its last picture at {last:.3f} s, before --start {self.start:g}; "
                "begin earlier"
            )


class OtherPictures(Exception):  # noqa: N818 - it is no error
    """Pictures of another size or format follow."""
