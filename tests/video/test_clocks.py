"""Times mean something: clocks that start again, edit lists, last pictures that stay, AVI without times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lipfx.errors import InputError
from lipfx.video.ffmpeg.probe import probe
from lipfx.video.reader import Reader
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding
from tests.helpers import media

FAST = Encoding(codec="libx264", preset="ultrafast")
RATE = 44100
CLICKS = "aevalsrc='if(lt(mod(t\\,0.5)-0.25\\,0.002)*gte(mod(t\\,0.5)\\,0.25)\\,0.9\\,0)':s=44100:d={seconds}"


def clip(path: Path, seconds: float = 1.5, *options: object, rate: str = "25") -> Path:
    """A moving picture, and clicks at 0.25 s and every half second after it."""
    picture = media.moving(rate=rate, frames=int(seconds * 25))
    sound = ("-f", "lavfi", "-i", CLICKS.format(seconds=seconds))
    return media.make(path, *picture, *sound, "-pix_fmt", "yuv420p", "-g", "100", *options)


def clicks(path: Path, *, from_picture: bool = True) -> list[float]:
    """When the clicks are heard as ffmpeg plays the file, in seconds from the first picture or from 0."""
    zero = media.frame_times(path)[0] if from_picture else 0.0
    loud = np.flatnonzero(np.abs(media.sound(path)) > 0.3) / RATE
    return [float(t) - zero for k, t in enumerate(loud) if k == 0 or t - loud[k - 1] > 0.1]


def plain(source: Path, output: Path) -> Path:
    """What plain ffmpeg makes of `source`, sound uncompressed."""
    exact = ("-fps_mode", "passthrough", "-enc_time_base:v", "1/90000")
    return media.make(output, "-i", source, *exact, "-c:v", "ffv1", "-c:a", "pcm_s16le")


def joined(folder: Path, suffix: str) -> Path:
    """Two recordings, one after the other, each with a clock of its own that starts anew."""
    parts = [clip(folder / f"{name}{suffix}", 1.5, "-c:a", "mp2") for name in "ab"]
    path = folder / f"joined{suffix}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.mark.parametrize("suffix", [".ts", ".mpg", ".vob"])
@pytest.mark.parametrize("wanted", [".mp4", ".mkv"])
def test_clocks_that_start_again_go_on_as_in_plain_ffmpeg(suffix: str, wanted: str, tmp_path: Path) -> None:
    source = joined(tmp_path, suffix)
    media.copy_through(source, tmp_path / f"out{wanted}", FAST)
    good = plain(source, tmp_path / "plain.mkv")
    times, expected = (media.frame_times(path) for path in (tmp_path / f"out{wanted}", good))
    assert len(times) == 74
    assert times[-1] - times[0] == pytest.approx(expected[-1] - expected[0], abs=0.021)
    assert clicks(tmp_path / f"out{wanted}") == pytest.approx(clicks(good), abs=0.005)


def test_times_that_go_back_elsewhere_are_refused_with_the_place(tmp_path: Path) -> None:
    back = "setpts='if(lt(N\\,20)\\,N\\,N-15)/(25*TB)'"
    source = tmp_path / "back.nut"
    media.make(
        source,
        *media.moving(frames=40),
        *("-vf", back, "-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-c:v", "ffv1"),
    )
    with pytest.raises(InputError, match=r"stand still or go back at 0\.7"), Reader(probe(source)) as reader:
        list(reader)


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip whose first 0.6 s an edit list hides, pictures and sound."""
    folder = tmp_path_factory.mktemp("trimmed")
    whole = clip(folder / "whole.mp4", 2.0)
    path = media.make(folder / "trimmed.mp4", "-ss", "0.6", "-i", whole, "-c", "copy")
    assert probe(path).video.hidden > 0.5
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts"])
def test_what_an_edit_list_hides_stays_hidden(trimmed: Path, suffix: str, tmp_path: Path) -> None:
    output = tmp_path / f"out{suffix}"
    media.copy_through(trimmed, output)
    slack = 0.0076 if suffix == ".webm" else 0.005  # ffmpeg writes Opus' delay without moving its times by it
    assert clicks(output) == pytest.approx(clicks(plain(trimmed, tmp_path / "plain.mkv")), abs=slack)
    packets = media.probe_json(output, "-select_streams", "a:0", "-show_entries", "packet=dts_time,flags")
    shown = [float(p["dts_time"]) for p in packets["packets"] if "D" not in p["flags"]]
    pictures = media.frame_times(output)
    assert min(shown) > pictures[0] - 0.06
    assert len(pictures) == len(media.frame_times(trimmed))


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".png"])
@pytest.mark.parametrize("wanted", [".mp4", ".mov", ".mkv", ".webm"])
def test_the_last_picture_stays_as_long_as_in_the_source(suffix: str, wanted: str, tmp_path: Path) -> None:
    source = tmp_path / f"slides{suffix}"
    times = "settb=1/100,setpts=50*N-30*gt(N\\,1)+180*gt(N\\,2)"  # 0, 0.5, 0.7 and 3 s
    slides = ("-vf", times, "-fps_mode", "passthrough", "-enc_time_base", "1/100")
    if suffix == ".gif":
        media.make(source, *media.moving(frames=3), *slides, "-final_delay", 230)
    elif suffix == ".png":
        media.make(source, *media.moving(frames=3), *slides, "-f", "apng", "-final_delay", "2.3")
    else:
        form = ("-bf", 0, "-pix_fmt", "yuv420p")
        four = media.make(tmp_path / f"four{suffix}", *media.moving(frames=4), *slides, *form)
        media.make(source, "-i", four, "-c", "copy", "-frames:v", 3)
    output = tmp_path / f"out{wanted}"
    media.copy_through(source, output)
    told = media.probe_json(source, "-show_format")["format"]
    length = 3.0 if suffix == ".png" else float(told["duration"])  # of which ffmpeg tells nothing
    assert length > 1.5
    assert float(media.probe_json(output, "-show_format")["format"]["duration"]) == pytest.approx(
        length, abs=0.02
    )
    assert media.frame_times(output) == pytest.approx(media.frame_times(source), abs=0.0011)


UNEVEN = (
    "-vf",
    "settb=1/600,setpts='(N+3*gt(N\\,6))*24'",
    "-fps_mode",
    "passthrough",
    "-enc_time_base",
    "1/600",
)


@pytest.mark.parametrize(
    ("frames", "options"),
    [(2, ()), (1, ()), (20, UNEVEN), (30, ("-itsoffset", "0.4"))],
    ids=["two", "one", "uneven", "late"],
)
def test_avi_holds_frames_and_sound_in_step(frames: int, options: tuple[object, ...], tmp_path: Path) -> None:
    late = options[:2] if "-itsoffset" in options else ()
    timing = () if late else options
    sound = ("-f", "lavfi", "-i", CLICKS.format(seconds=1.6))
    source = media.make(
        tmp_path / "in.mp4", *late, *media.moving(frames=frames), *sound, *timing, "-pix_fmt", "yuv420p"
    )
    output = tmp_path / "out.avi"
    media.copy_through(source, output)
    heard = [clicks(path, from_picture=False) for path in (output, source)]
    assert heard[0] == pytest.approx(heard[1], abs=0.005)
    stream = media.video_stream(output)
    until = probe(source).end
    assert int(stream["nb_frames"]) / 25 == pytest.approx(until, abs=0.05)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_what_an_encoder_puts_before_its_sound_is_no_edit(rate: int, tmp_path: Path) -> None:
    sound = ("-f", "lavfi", "-i", f"sine=r={rate},atrim=duration=1")
    source = media.make(tmp_path / "in.mp4", *media.moving(frames=25), *sound, "-c:a", "aac")
    assert media.copy_through(source, tmp_path / "out.mkv") == []
    assert media.packet_hash(tmp_path / "out.mkv", "a") == media.packet_hash(source, "a")


def test_packets_that_matroska_says_are_shorter_are_heard_whole(tmp_path: Path) -> None:
    """In a second of AAC at 44.1 kHz that is 9 ms: the 23.2 ms of a packet become 23."""
    source = media.make(tmp_path / "in.ts", *media.moving(frames=250), *media.tone(10), "-c:a", "aac")
    assert media.copy_through(source, tmp_path / "out.mkv") == []
    told = ("-count_packets", "-select_streams", "a:0", "-show_entries", "stream=nb_read_packets")
    before, after = (media.probe_json(path, *told)["streams"] for path in (source, tmp_path / "out.mkv"))
    assert before == after


def test_start_past_the_end_is_said(tmp_path: Path) -> None:
    source = clip(tmp_path / "in.mp4", 0.5)
    with pytest.raises(InputError, match=r"last picture at 0\.440 s, before --start 7"):
        media.copy_through(source, tmp_path / "out.mp4", FAST, Cut(start=7))


def test_sound_that_is_encoded_ends_where_the_cut_does(tmp_path: Path) -> None:
    source = media.make(
        tmp_path / "in.mkv",
        *media.moving(frames=75),
        "-itsoffset",
        "0.5",
        *media.tone(2.5),
        "-c:a",
        "pcm_s16le",
    )
    output = tmp_path / "out.mp4"
    media.copy_through(source, output, FAST, Cut(0.2, 1.4))
    heard = media.probe_json(
        output, "-select_streams", "a:0", "-show_entries", "packet=pts_time,duration_time"
    )
    ends = [float(p["pts_time"]) + float(p.get("duration_time", 0)) for p in heard["packets"]]
    assert max(ends) == pytest.approx(1.2, abs=0.1)
    assert len(media.frame_times(output)) == 30
