"""Owns decoding a clip into frames with their own times; must not know what is done with them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any

import ffmpeg

from lipfx.core.cores import cores
from lipfx.core.values import Frame
from lipfx.errors import InputError
from lipfx.video.clip import Clip
from lipfx.video.ffmpeg.ask import PROTOCOLS
from lipfx.video.ffmpeg.formats import frame_bytes, split_planes
from lipfx.video.ffmpeg.graph import command, named
from lipfx.video.ffmpeg.nut import NUT_OPTIONS
from lipfx.video.ffmpeg.process import Process
from lipfx.video.ffmpeg.shift import shifted
from lipfx.video.ffmpeg.tools import decodable_codecs
from lipfx.video.ffmpeg.whole import truncation
from lipfx.video.limits import FRAME_PIXELS

TRUNCATED = re.compile(r"ended prematurely|partial file|Truncating packet")
OUR_OWN = re.compile(r"non monotonically increasing dts to muxer")  # what is made of times, judged by itself
FINER = 20  # times that a clock's ticks go into a frame before single ones count as none
TINY = 16
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
        self._frames = self._select(self._with_durations(self._decode()))
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

    def _decode(self) -> Iterator[Frame]:
        """Frames with a duration of 0, until the decoder has ended well.

        Where pictures change their size or format, a second decoder fits those that follow.
        """
        count = 0
        for fitted in (False, True):
            self._process = Process(decoder_command(self.clip, self.clip.interlaced, fitted))
            try:
                for frame in self._read(self._process, count):
                    count += 1
                    yield frame
            except _OtherPictures:
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
            self._judge([w for w in self._process.words if not OUR_OWN.search(w)], count)
            return

    def _read(self, process: Process, skipped: int) -> Iterator[Frame]:
        """The frames that `process` decodes, without the first `skipped` ones.

        Raises: _OtherPictures, FfmpegError.
        """
        import av

        count = 0
        try:
            with av.open(f"pipe:{process.stdout.fileno()}", format="nut") as pipe:
                for frame in self._demux(pipe):
                    count += 1
                    if count > skipped:
                        yield frame
        except (av.error.FFmpegError, ValueError) as error:
            process.wait()
            raise process.failure(f"{self.clip.path} could not be decoded") from error
        if process.wait():
            raise process.failure(f"{self.clip.path} could not be decoded after frame {count}")

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

    def _demux(self, pipe: InputContainer) -> Iterator[Frame]:
        stream = pipe.streams.video[0]
        time_base = Fraction(stream.time_base or self.clip.time_base)
        origin = 0 if self.clip.restarts else round(Fraction(self.clip.origin) / time_base)
        index = itertools.count()
        size = frame_bytes(self._stored, *self._size)
        for packet in pipe.demux(stream):
            if packet.size and packet.pts is not None:
                if packet.size != size:
                    raise _OtherPictures
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
        chosen, last = False, None
        for frame in frames:
            if self.end is not None and frame.time >= self.end:
                return
            last = frame
            if self.start is None or frame.time >= self.start:
                chosen = True
                yield frame
        if not chosen and last is not None:
            raise InputError(
                f"{self.clip.path} has its last picture at {last.time:.3f} s, before --start {self.start:g}; "
                "begin earlier"
            )


class _OtherPictures(Exception):  # noqa: N818 - it is no error
    """Pictures of another size or format follow."""


def decoder_command(clip: Clip, deinterlace: bool = False, fitted: bool = False) -> list[str]:
    """The ffmpeg command that writes the clip's pictures, as stored, in NUT to its standard output.

    fitted: those of another size get bars; otherwise they come as they are.
    """
    options: dict[str, Any] = {"vcodec": clip.decoder} if clip.decoder else {}
    source = ffmpeg.input(
        named(clip.path),
        protocol_whitelist=PROTOCOLS,
        noautorotate=None,
        max_pixels=FRAME_PIXELS,
        threads=max(1, cores() // 2),  # the other half is for analysis and the encoder
        **options,
        **(shifted(clip, 0.0) if clip.restarts else {"copyts": None}),
    )
    settings: dict[str, Any] = {
        "format": "nut",
        **NUT_OPTIONS,
        "vcodec": "rawvideo",
        "fps_mode": "passthrough",
        "enc_time_base": "-1",
        "map_metadata": "-1",
        "map_chapters": "-1",
        "autoscale": 0,
    }
    stored = clip.orientation.inverse.pixel_format(clip.pixel_format)
    if fitted or (clip.stored_format != stored.name and not clip.stored_format.startswith("yuvj")):
        settings["pix_fmt"] = stored.name
    filters = []
    if clip.stored_format == "pal8":
        filters.append("format=bgra")  # straight to planar, swscale would round colours
    width, height = clip.orientation.size(clip.width, clip.height)
    if not fitted and "pix_fmt" not in settings:
        # Pictures of another size become tiny ones, which cannot be taken for those of the first size.
        same = f"eq(iw\\,{width})*eq(ih\\,{height})"
        filters.append(f"scale=w=if({same}\\,iw\\,{TINY}):h=if({same}\\,ih\\,{TINY})")
    if fitted:
        filters.append(f"scale={width}:{height}:force_original_aspect_ratio=decrease:flags=bicubic")
        filters.append(f"pad={width}:{height}:-1:-1,setsar=1")
    if deinterlace:
        filters.append("bwdif=mode=send_frame:deint=interlaced")
    if filters:
        settings["vf"] = ",".join(filters)
    output = ffmpeg.output(source[str(clip.video.index)], "pipe:1", **settings)
    flags = ("-hide_banner", "-nostdin", "-loglevel", "error")
    return [*command(output, *flags), *_heard(clip)]


def _heard(clip: Clip) -> list[str]:
    """A second output, of the sound, to nowhere: ffmpeg mends a clock by all streams that it reads."""
    sounds = [s for s in clip.streams_of("audio") if s.codec in decodable_codecs()] if clip.restarts else []
    if not sounds:
        return []
    maps = [word for stream in sounds for word in ("-map", f"0:{stream.index}")]
    return [*maps, "-c", "copy", "-f", "null", "-"]
