"""Kinds of source by containers: frames, times, streams and the place of the sound, as in plain ffmpeg."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.video.ffmpeg.probe import probe
from lipfx.video.writing.encoding import Encoding
from tests.helpers import media

Kind: TypeAlias = Callable[[Path], Path]

CONTAINERS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts")
SAMPLES = 44100  # a second, at which sounds are compared
# Silence, then a burst of noise at 0.7 s: something that can be found again to the sample.
CLICK = "anoisesrc=d=1.6:c=white:seed=7:a=0.7,volume=volume='between(t,0.7,0.72)':eval=frame"
UNEVEN = "settb=1/1000,setpts='(N+0.6*gt(mod(N\\,5)\\,2))*40'"
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime")
WORDS = {"audio": "sound", "subtitle": "subtitles", "attachment": "attachment", "data": "data stream"}
TICK = 0.0016  # seconds, by which Matroska and FLV round times
NEAR = 0.005
NEAR_STEADY = 0.02  # half a frame of AVI's
LEAD = 3.0  # seconds before the first picture in which a sound may begin
TIMES = ("-fps_mode", "passthrough", "-enc_time_base:v", "1/90000")  # otherwise rounded to the frame rate
ENCODERS = {"opus": "libopus"}  # ffmpeg's names for them, where others
FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def pictures(rate: str = "25", frames: int = 30) -> list[object]:
    return list(media.moving(rate=rate, frames=frames))


def click(rate: int = 48000, begin: float = 0.0) -> list[object]:
    late = ("-itsoffset", str(begin)) if begin else ()
    return [*late, "-f", "lavfi", "-i", f"{CLICK},aresample={rate}"]


def plain(folder: Path) -> Path:
    return media.make(folder / "plain.mp4", *pictures(), *click(), *FAST, "-bf", "2", "-c:a", "aac")


def trimmed(folder: Path) -> Path:
    """Cut without encoding: an edit list hides pictures and sound before the cut."""
    whole = media.make(
        folder / "whole.mp4", *pictures(frames=50), *click(44100), *FAST, "-g", "25", "-c:a", "aac"
    )
    return media.make(folder / "trimmed.mp4", "-ss", "0.3", "-i", whole, "-c", "copy")


def late_sound(folder: Path) -> Path:
    return media.make(folder / "late.mov", *pictures("30000/1001"), *click(48000, 0.33), *FAST, "-c:a", "aac")


def late_pictures(folder: Path) -> Path:
    source = ("-itsoffset", "0.4", *pictures(), *click())
    return media.make(folder / "behind.mkv", *source, *FAST, "-c:a", "libopus")


def uneven(folder: Path) -> Path:
    times = ("-vf", UNEVEN, "-fps_mode", "passthrough")
    return media.make(folder / "uneven.mkv", *pictures(), *click(), *times, *FAST, "-c:a", "flac")


def webm(folder: Path) -> Path:
    return media.make(folder / "web.webm", *pictures(), *click(), *VP9, "-c:a", "libopus")


def broadcast(folder: Path) -> Path:
    return media.make(folder / "air.ts", *pictures("50", 60), *click(), *FAST, "-c:a", "ac3")


def joined(folder: Path) -> Path:
    """Two recordings one after the other: the clock starts again."""
    part = media.make(folder / "part.ts", *pictures("25", 40), *click(), *FAST, "-c:a", "mp2", "-t", "1.6")
    both = folder / "joined.ts"
    both.write_bytes(part.read_bytes() * 2)
    return both


def program(folder: Path) -> Path:
    codecs = ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2")
    return media.make(folder / "disc.mpg", *pictures("30000/1001"), *click(), *codecs)


def old_avi(folder: Path) -> Path:
    codecs = ("-c:v", "mpeg4", "-q:v", "2", "-c:a", "pcm_s16le")
    return media.make(folder / "old.avi", *pictures(), *click(44100), *codecs)


def flash(folder: Path) -> Path:
    return media.make(folder / "flash.flv", *pictures(), *click(44100), *FAST, "-c:a", "aac")


def theora(folder: Path) -> Path:
    codecs = ("-c:v", "libtheora", "-q:v", "8", "-pix_fmt", "yuv420p", "-c:a", "libvorbis")
    return media.make(folder / "free.ogv", *pictures(), *click(44100), *codecs)


def animated(folder: Path) -> Path:
    return media.make(folder / "anim.gif", *pictures("20", 12))


def screen(folder: Path) -> Path:
    codecs = ("-c:v", "png", "-pix_fmt", "rgb24", "-c:a", "pcm_s24le")
    return media.make(folder / "screen.mov", *pictures("60", 40), *click(), *codecs)


def surround(folder: Path) -> Path:
    layout = ("-af", "pan=5.1(side)|FL=c0|FR=c0|FC=c0|SL=c0|SR=c0", "-c:a", "ac3", "-b:a", "448k")
    deep = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    return media.make(
        folder / "deep.mkv", *pictures(), *click(), *layout, *deep, "-x265-params", "log-level=error"
    )


def rich(folder: Path) -> Path:
    """Two sounds, subtitles, chapters and a picture for the cover."""
    text, cover, chapters = folder / "words.srt", folder / "cover.jpg", folder / "chapters.txt"
    text.write_text("1\n00:00:00,200 --> 00:00:01,000\nHello\n")
    chapters.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=600\ntitle=One\n")
    media.make(cover, *media.moving(frames=1), "-frames:v", "1")
    inputs = (*pictures(), *click(), *click(44100), "-i", text, "-i", chapters, "-i", cover)
    maps = [word for number in (0, 1, 2, 3, 5) for word in ("-map", number)]
    codecs = (*FAST, "-c:a", "aac", "-c:s", "mov_text", "-c:v:1", "mjpeg", "-disposition:v:1", "attached_pic")
    return media.make(folder / "rich.mp4", *inputs, *maps, "-map_chapters", "4", *codecs)


KINDS: tuple[Kind, ...] = (
    *(plain, trimmed, late_sound, late_pictures, uneven, webm, broadcast, joined),
    *(program, old_avi, flash, theora, animated, screen, surround, rich),
)


@dataclass(frozen=True)
class Source:
    """A source, and what plain ffmpeg hears and sees in it. times: seconds of its pictures."""

    path: Path
    times: list[float]
    sound: NDArray[np.float32] | None


@pytest.fixture(scope="module")
def source_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Source]:
    @cache
    def get(kind: Kind) -> Source:
        folder = tmp_path_factory.mktemp("source")
        source = kind(folder)
        neutral = (*TIMES, "-c:v", "ffv1", "-c:a", "pcm_s16le")
        seen = media.make(folder / "seen.mkv", "-i", source, "-map", "0:V:0", "-map", "0:a?", *neutral)
        return Source(source, media.frame_times(seen), heard(seen, media.frame_times(seen)[0]))

    return get


def heard(path: Path, zero: float) -> NDArray[np.float32] | None:
    """(n,) samples of the first sound, from LEAD seconds before `zero` on; None where there is none."""
    if not media.probe_json(path, "-show_streams", "-select_streams", "a")["streams"]:
        return None
    return np.concatenate([np.zeros(round((LEAD - zero) * SAMPLES), np.float32), media.sound(path)])


def shift(here: NDArray[np.float32], there: NDArray[np.float32]) -> float:
    """Seconds by which the sound `here` comes after the same one `there`, by cross-correlation."""
    size = 1 << int(np.ceil(np.log2(len(here) + len(there))))
    likeness = np.fft.irfft(np.fft.rfft(here, size) * np.conj(np.fft.rfft(there, size)), size)
    best = int(np.argmax(likeness))
    return (best if best < size // 2 else best - size) / SAMPLES


def by_plain_ffmpeg(source: Source, like: Path, folder: Path) -> float:
    """Seconds by which plain ffmpeg's sound comes late in a file of the same kind and codecs as `like`."""
    assert source.sound is not None
    clip, before = probe(like), probe(source.path).streams_of("audio")[0].codec
    codec = clip.streams_of("audio")[0].codec
    sound = "copy" if codec == before else ENCODERS.get(codec, codec)
    layout = ("-ac", "2") if sound == "libopus" else ()  # it takes few layouts
    pictures = VP9 if like.suffix == ".webm" else FAST
    made = media.make(
        folder / f"plain{like.suffix}",
        *("-i", source.path, "-map", "0:V:0", "-map", "0:a:0", *TIMES),
        *(*pictures, "-c:a", sound, *layout, "-strict", "-2"),
    )
    samples = heard(made, media.frame_times(made)[0])
    assert samples is not None
    return shift(samples, source.sound)


def counts(path: Path) -> dict[str, int]:
    """How many streams of each kind there are; chapters in the shape of a stream are none."""
    streams = [stream for stream in probe(path).streams if stream.tag != "text"]
    return {kind: sum(stream.kind == kind for stream in streams) for kind in WORDS}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", CONTAINERS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_source_in_every_container(
    kind: Kind, suffix: str, source_of: Callable[[Kind], Source], tmp_path: Path
) -> None:
    source, output = source_of(kind), tmp_path / f"out{suffix}"
    encoding = Encoding(preset=None if suffix == ".webm" else "ultrafast")
    notes = media.copy_through(source.path, output, encoding)
    times = media.frame_times(output)
    zero, near = times[0], NEAR
    if any("holds no times" in note for note in notes):
        # The first picture is there from the beginning, those that follow are on the rate's grid.
        zero, near = source.times[0], NEAR_STEADY
    else:
        assert len(times) == len(source.times)
        relative = [time - times[0] for time in times]
        assert relative == pytest.approx([time - source.times[0] for time in source.times], abs=TICK)
    before, after = counts(source.path), counts(output)
    for name, word in WORDS.items():
        assert after[name] >= before[name] or any(word in note for note in notes), (name, notes)
    if source.sound is not None:
        samples = heard(output, zero)
        assert samples is not None
        late = shift(samples, source.sound)
        if abs(late) > near:  # an encoder's delay that the container cannot tell
            assert late == pytest.approx(by_plain_ffmpeg(source, output, tmp_path), abs=NEAR)
