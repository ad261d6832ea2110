"""Owns holding a file that was just written against its source and against what was sent to it; must not know
how it was written.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from lipfx.video.clip import Clip
from lipfx.video.packets import Held, held, opened
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.sounds import hides_a_start

ROUNDING = 0.0015  # seconds, by which containers round times
SPARSE = 0.9  # part of a promised sound below which its lack is told
SHORT = 0.5  # seconds by which a sound of a container that promises nothing may end before the pictures


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent to an encoder. times: of the frames, in seconds, in order; None where the container
    holds none. frames: how many. frame: seconds that one lasts. sounds: the source's indices of those that go
    along, in the order of the output's streams, which begin after the pictures. encoded: of those, anew.
    """

    frames: int
    frame: float
    times: array[float] | None
    sounds: Sequence[int]
    encoded: Collection[int] = ()


def decodes(path: Path) -> bool:
    """Whether the first picture of the file at `path` can be decoded; True where PyAV lacks its codec."""
    with path.open("rb") as file, opened(file) as container:
        if not container.streams.video:
            return False
        try:
            next(container.decode(container.streams.video[0]))
        except (StopIteration, av.error.InvalidDataError):
            return False
        except av.error.FFmpegError:
            return True
    return True


def faults(path: Path, sent: Sent, clip: Clip, cut: Cut) -> tuple[list[str], list[str]]:
    """What is wrong with the file at `path`, and what was wrong with its source's sound already.

    Raises: av.error.FFmpegError when it cannot be read.
    """
    out = held(path, timed=(0,))
    wrong = _pictures(out[0], sent) if out else ["it holds no stream"]
    if wrong or not sent.sounds:
        return wrong, []
    source = _source(clip, cut, sent.sounds)
    lacking = (
        []
        if source is None
        else [words for index in sent.sounds for words in _promised(source[index], index)]
    )
    if source is not None and clip.restarts and not lacking:
        lacking = [w for index in sent.sounds for w in _stops(source[index], source[clip.video.index], index)]
    zero = out[0].first - sent.times[0] if sent.times and out[0].first is not None else 0.0
    for number, index in enumerate(sent.sounds, start=1):
        if source is not None and number < len(out) and index < len(source):
            wrong += _sound(out[number], source[index], zero, sent, clip, cut, index)
    return wrong, lacking


def _source(clip: Clip, cut: Cut, sounds: Sequence[int]) -> list[Held] | None:
    start = None if cut.start is None else cut.start + clip.origin
    end = None if cut.end is None else cut.end + clip.origin
    try:
        return held(clip.path, start=start, end=end, tried=sounds)
    except av.error.FFmpegError:
        return None  # an ffmpeg that is newer or older than PyAV's may read what that does not


def _pictures(out: Held, sent: Sent) -> list[str]:
    if out.packets != sent.frames:
        return [f"it came out with {out.packets} of {sent.frames} frames"]
    if sent.times is None or not out.times:
        return []
    zero = out.times[0] - sent.times[0]
    late = [abs(there - here - zero) for there, here in zip(out.times, sent.times, strict=False)]
    worst = max(late, default=0.0)
    if worst > sent.frame / 2 + ROUNDING:
        at = late.index(worst)
        return [f"frame {at} came out at {out.times[at] - zero:.3f} s, wanted {sent.times[at]:.3f} s"]
    return []


def _promised(source: Held, index: int) -> list[str]:
    if source.promised and source.packets < source.promised * SPARSE:
        found = f"{source.packets} of the {source.promised} packets that its file names"
        return [f"sound {index} has {found}; the rest is lost"]
    if source.damaged:
        return [f"sound {index} is damaged in {source.damaged} of its {source.packets} packets"]
    return []


def _stops(source: Held, pictures: Held, index: int) -> list[str]:
    """Whether a sound stops long before the pictures: program and transport streams name no numbers that
    would tell of its lack.
    """
    if source.first is None or pictures.first is None or source.restarts or pictures.restarts:
        return []
    rest, whole = pictures.end - source.end, pictures.end - pictures.first
    if rest <= max(SHORT, (1 - SPARSE) * whole):
        return []
    return [f"sound {index} stops {rest:.1f} s before the pictures do; the rest may be lost"]


def _priming(clip: Clip, index: int) -> float:
    """Seconds of an encoder's own start, which lie before zero where a container cannot hide them: players
    begin
    at zero.
    """
    stream = next((s for s in clip.streams if s.index == index), None)
    return 0.0 if stream is None or hides_a_start(stream) else stream.hidden


def _sound(out: Held, source: Held, zero: float, sent: Sent, clip: Clip, cut: Cut, index: int) -> list[str]:
    """What is wrong with a sound. zero: seconds at which the output's own clock begins."""
    packet = max(out.longest, source.longest)
    if index in sent.encoded:  # a decoder may keep its first packet back, and an encoder puts one before
        packet = out.longest + source.longest
    slack = sent.frame / 2 + packet + ROUNDING
    if out.first is None or source.first is None:
        return [f"sound {index} came out empty"] if source.heard > slack else []
    wrong = []
    shift = clip.origin + cut.begin
    if source.restarts or clip.restarts:
        filled = sent.times is None and out.heard > source.heard  # with silence, where a clock has a gap
        if abs(out.heard - source.heard) > slack and not filled:
            wrong.append(f"sound {index} lasts {out.heard:.3f} s, wanted {source.heard:.3f} s")
        return wrong
    begins, wanted = out.first - zero, max(source.first - shift, 0.0)
    if sent.times is None:
        wanted = 0.0  # silence fills what is before
    early = slack + _priming(clip, index)
    late = begins - wanted > slack or wanted - begins > early
    if late and not (begins < wanted and begins > -early and source.first < shift):
        wrong.append(f"sound {index} begins at {begins:.3f} s, wanted {wanted:.3f} s")
    ends, wanted = out.end - zero, source.end - shift
    if abs(ends - wanted) > slack:
        wrong.append(f"sound {index} ends at {ends:.3f} s, wanted {wanted:.3f} s")
    return wrong
