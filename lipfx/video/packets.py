"""Owns what the streams of a file hold, by their packets; must not know what should be in them."""

from __future__ import annotations

from array import array
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.audio import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from lipfx.video.ffmpeg.ask import PROTOCOLS

ROUNDED = 0.0011
"""Seconds between the end of a packet and the next one that are a container's rounding: Matroska's tick is
a millisecond, and many packets of 23.2 ms that it says to last 23 would be heard for too short a time."""


@dataclass(slots=True)
class Held:
    """What one stream holds. promised: packets that the file's index names, 0 where it names none. packets:
    that are there. hidden: of those. damaged: of what is not hidden, as far as it was asked. first, end:
    seconds, of what is not hidden. heard: seconds of all that is not hidden. longest: packet in seconds.
    times: in seconds, in order. restarts: its times go back.
    """

    kind: str
    promised: int = 0
    packets: int = 0
    hidden: int = 0
    damaged: int = 0
    first: float | None = None
    end: float = 0.0
    heard: float = 0.0
    longest: float = 0.0
    restarts: bool = False
    times: array[float] = field(default_factory=lambda: array("d"))


def held(
    path: Path,
    timed: Container[int] = (),
    start: float | None = None,
    end: float | None = None,
    *,
    tried: Container[int] = (),
) -> list[Held]:
    """What each stream of the file at `path` holds between `start` and `end`, seconds on the file's clock.

    timed: indices of the streams whose `times` are wanted. tried: of the sounds that are decoded, to see what
    is damaged. Where a file cannot be read further, what came
    before.

    Raises: av.error.FFmpegError when it cannot be read at all.
    """
    with path.open("rb") as file, opened(file) as container:
        found = [Held(stream.type or "data", _promised(stream, container)) for stream in container.streams]
        last: dict[int, int] = {}
        ticks = [0] * len(found)
        try:
            for packet in container.demux():
                index = packet.stream_index
                if packet.size and index < len(found):
                    ticks[index] += packet.duration or 0
                    broken = index in tried and _is_damaged(packet)
                    shown = _add(found[index], packet, last, index in timed, start, end)
                    found[index].damaged += broken and shown
        except av.error.FFmpegError:
            pass  # the counts tell
        for one, stream, there in zip(found, container.streams, ticks, strict=False):
            if there and one.promised == stream.duration:  # it counts samples, of which a packet has many
                one.promised = round(one.promised * one.packets / there)
    for one in found:
        one.times = array("d", sorted(one.times))
    return found


def _promised(stream: Stream, container: InputContainer) -> int:
    """Packets that the index of a file names for a stream; 0 for an AVI's sound, where it counts samples."""
    if container.format.name == "avi" and isinstance(stream, AudioStream):
        return 0
    return int(getattr(stream, "frames", 0))


def _is_damaged(packet: av.Packet[Any]) -> bool:
    """Whether a sound's packet, the next of its stream, holds what its decoder cannot make out."""
    if not isinstance(packet.stream, AudioStream):  # PyAV knows no decoder for it
        return False
    try:
        packet.decode()
    except av.error.InvalidDataError:
        return True
    except av.error.FFmpegError:
        pass  # of the decoder, not of what it was given
    return False


_LENIENT: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
)
"""From 19 on PyAV takes tags in whatever bytes by itself, and has no such argument."""


class _Nameless:
    """A file without its name, which PyAV would take for UTF-8."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def opened(file: BinaryIO) -> InputContainer:
    """An open file as PyAV reads it, tags and name in whatever bytes.

    Raises: av.error.FFmpegError when it cannot be read.
    """
    container: InputContainer | OutputContainer = av.open(
        _Nameless(file), "r", options={"protocol_whitelist": PROTOCOLS}, **_LENIENT
    )
    assert not isinstance(container, OutputContainer)
    return container


def _add(
    one: Held,
    packet: av.Packet[Any],
    last: dict[int, int],
    timed: bool,
    start: float | None,
    end: float | None,
) -> bool:
    """Counts a packet; whether it is shown."""
    one.packets += 1
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or packet.time_base is None:
        return True
    clock = packet.dts if packet.dts is not None else stamp
    one.restarts = one.restarts or clock < last.get(packet.stream_index, clock)
    last[packet.stream_index] = clock
    time = float(stamp * packet.time_base)
    length = float((packet.duration or 0) * packet.time_base)
    if packet.is_discard or (start is not None and time < start) or (end is not None and time >= end):
        one.hidden += 1
        return False
    rounded = 0.0 if one.first is None else time - one.end
    one.heard += length + (rounded if abs(rounded) <= ROUNDED else 0.0)
    one.first = time if one.first is None else min(one.first, time)
    one.end = max(one.end, time + length)
    one.longest = max(one.longest, length)
    if timed:
        one.times.append(time)
    return True


def key_times(path: Path, stream: int) -> list[float]:
    """When the key frames of a stream are shown, seconds on the file's clock; none if it cannot be read."""
    try:
        with path.open("rb") as file, opened(file) as container:
            packets = container.demux(container.streams[stream])
            return [float(p.pts * p.time_base) for p in packets if p.is_keyframe and p.pts is not None]
    except (av.error.FFmpegError, IndexError):
        return []
