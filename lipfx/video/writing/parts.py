"""Owns files of which each holds some of a clip's pictures, and joining them without encoding again; must not
know who makes the pictures.

Of a part's packets the order alone is used: the joined file has the frames' own times, and one clock of
decoding for all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from lipfx.core.temporary import publish
from lipfx.core.values import Frame
from lipfx.errors import OutputError
from lipfx.video.clip import Clip
from lipfx.video.ffmpeg.pipe import FramePipe
from lipfx.video.ffmpeg.process import Process
from lipfx.video.packets import held, opened
from lipfx.video.table import FrameTable
from lipfx.video.writing.clock import output_tick
from lipfx.video.writing.encoding import Encoding, choose_target
from lipfx.video.writing.muxing import UNTIMED, joining_command, muxer_for, part_command, parts_muxer
from lipfx.video.writing.target import Target
from lipfx.video.writing.writer import Writer

PART_SUFFIX = ".mov"
JOINABLE = (
    "ffv1",
    "libvpx-vp9",
    "libx264",
    "libx264rgb",
    "libx265",
    "prores_ks",
)
"""Encoders whose pictures were joined and held against those of a run in one piece."""
SHAPED = ("libx264", "libx265")
"""Of these, those whose pictures tell the shape of their pixels."""
WHOLE_ALONE = re.compile(
    r"-(pass|passlogfile|force_key_frames|metadata|map\w*|movflags|brand|frames|t|to)(:|$)"
)
"""Options of an encoder that mean the whole clip, or the file."""


class OnePiece(Exception):  # noqa: N818 - it is no error
    """A clip cannot be written in parts; says why."""


class PartWriter(Writer):
    """Writes some frames' pictures and nothing else, encoded as they are in a file that ends in `suffix`."""

    def __init__(self, path: Path, clip: Clip, encoding: Encoding, suffix: str) -> None:
        super().__init__(path, clip, encoding, overwrite=True)
        self.suffix = suffix

    def _start(self, frame: Frame) -> tuple[Target, FramePipe]:
        self._growing.begin()
        target = choose_target(self.encoding, self.clip, frame, self.suffix)
        job = self._job(frame, target)
        return target, self._pipe(job, part_command(job))

    def _finish(self) -> None:
        _, pipe = self._running()
        pipe.finish()
        if not is_whole(self._growing.file, self.frame_count):
            raise OutputError(f"{self.path}: it came out without some of its {self.frame_count} frames")
        publish(self._growing.file, self.path, overwrite=True)


def is_whole(path: Path, frames: int) -> bool:
    """Whether the file of a part is there and holds so many pictures."""
    try:
        return path.is_file() and [one.packets for one in held(path)] == [frames]
    except av.error.FFmpegError:
        return False


class Joiner(Writer):
    """Writes the file that `Writer` would, of pictures that are encoded already."""

    def choose(self, frame: Frame) -> Target:
        """The encoding of frames like the clip's first one, as it is after effects.

        Raises: OutputError when nothing can hold them; OnePiece when they cannot be joined.
        """
        target = choose_target(self.encoding, self.clip, frame, self.path.suffix.lower())
        if muxer_for(self.path) in UNTIMED:
            raise OnePiece(f"{self.path.suffix} holds no times of its own")
        if target.codec not in JOINABLE:
            raise OnePiece(f"pictures of {target.codec} are not joined")
        if parts_muxer(target) == "matroska" != muxer_for(self.path):
            raise OnePiece(f"times of {target.codec} are not kept exactly on the way to {self.path.suffix}")
        if self.clip.sample_aspect_ratio not in (None, 1) and target.codec not in SHAPED:
            raise OnePiece(f"{target.codec} does not tell the shape of pixels by itself")
        if odd := next((word for word in self.encoding.extra if WHOLE_ALONE.match(word)), None):
            raise OnePiece(f"{odd} means the whole of it")
        return target

    def join(
        self, target: Target, first: Frame, table: FrameTable, parts: Sequence[Path], room: Path
    ) -> None:
        """Puts the pictures of `parts`, in order, beside all else. table: their frames. room: for a file."""
        self._growing.begin()
        self.notes.extend(target.notes)
        job = self._job(table.stub(0, first), target)
        ticks = [self._ticks(table.stub(place, first), job.tick) for place in range(len(table))]
        rate = self.clip.frame_rate
        last = max(1, round((1 / rate if rate else table.durations[-1] * table.time_base) / job.tick))
        joined = room / "joined"
        shown = [tick - ticks[0] for tick in (*ticks, ticks[-1] + last)]
        encoder = join_pictures(parts, shown, job.tick, joined, parts_muxer(target))
        process = Process(joining_command(job, joined, encoder), temporary=[self._growing.folder])
        with process:
            if process.wait():
                raise process.failure("the parts could not be joined")
        joined.unlink()
        self._times.extend(float(tick * job.tick) for tick in ticks)
        self._frame = float(table.durations[-1] * table.time_base)
        self.frame_count = len(table)
        self._done = (target, job.size, process.words)

    def _finish(self) -> None:
        self._complete(*self._done)


def check_gaps(table: FrameTable, clip: Clip) -> None:
    """Raises: OnePiece when frames follow each other too fast to be told apart by time."""
    tick = output_tick(table.time_base, clip.frame_rate)
    if any((after - before) * table.time_base < tick for before, after in pairwise(table.pts)):
        raise OnePiece("some of its frames have the same time")


@dataclass
class _Order:
    """Of each packet, in the order in which they are decoded, which frame it shows."""

    shown: list[int]

    @classmethod
    def of(cls, parts: Sequence[Path]) -> _Order:
        shown: list[int] = []
        for path in parts:
            with path.open("rb") as file, opened(file) as container:
                times = [packet.pts for packet in container.demux(video=0) if packet.size]
            in_order = sorted(range(len(times)), key=lambda k: times[k] or 0)
            places = {place: rank for rank, place in enumerate(in_order, start=len(shown))}
            shown += [places[place] for place in range(len(times))]
        return cls(shown)

    def clock(self, ticks: Sequence[int]) -> list[int]:
        """When each packet is decoded, so that none is shown before."""
        delay = max(place - shown for place, shown in enumerate(self.shown))
        step = ticks[1] - ticks[0]
        return [ticks[0] - step * (delay - k) for k in range(delay)] + list(ticks[: len(self.shown) - delay])


def join_pictures(parts: Sequence[Path], ticks: Sequence[int], tick: Fraction, path: Path, form: str) -> str:
    """Copies the packets of `parts` into one file, shown from each of `ticks` to the next; how their encoder
    called itself. form: the container's.

    Raises: OutputError when they do not fit together.
    """
    order = _Order.of(parts)
    if len(order.shown) != len(ticks) - 1:
        raise OutputError(
            f"{len(order.shown)} of {len(ticks) - 1} frames are in the parts; run the command again"
        )
    clock, place = order.clock(ticks), 0
    options = {"avoid_negative_ts": "disabled"}
    if form != "matroska":
        options |= {"movie_timescale": "90000", "video_track_timescale": str(tick.denominator)}
    head: tuple[Any, ...] | None = None
    encoder = ""
    with av.open(str(path), "w", format=form, options=options) as out:
        for part in parts:
            with part.open("rb") as file, opened(file) as container:
                source = container.streams.video[0]
                own = (source.codec_context.extradata, source.width, source.height)
                if head is None:
                    head, encoder = own, _encoder_of(source.metadata)
                    stream = out.add_stream_from_template(source, opaque=True)
                    stream.time_base = tick
                    if source.codec_context.name == "prores":  # its tag tells which kind it is
                        stream.codec_context.codec_tag = source.codec_context.codec_tag
                if own != head:
                    raise OutputError(
                        f"{part.name} is encoded otherwise than the parts before; leave --jobs out"
                    )
                for packet in container.demux(source):
                    if packet.size:
                        packet.stream, packet.time_base = stream, tick
                        shown = order.shown[place]
                        packet.pts, packet.dts = ticks[shown], clock[place]
                        packet.duration = ticks[shown + 1] - ticks[shown]
                        out.mux(packet)
                        place += 1
    return encoder


def _encoder_of(tags: Mapping[str, str]) -> str:
    return next((words for name, words in tags.items() if name.lower() == "encoder"), "")
