"""Clips copied frame by frame through reader and writer: every sample and every time comes out as it was."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from lipfx.core.values import Frame
from lipfx.video.source import open_source
from lipfx.video.writing.encoding import Encoding
from tests.helpers import media

LOSSLESS = Encoding(codec="ffv1")
PIXEL_FORMATS = (
    *("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv410p", "yuv411p", "yuvj420p", "yuvj444p"),
    *("yuv420p9le", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv420p12le", "yuv444p12le"),
    *("yuv420p16le", "yuva420p", "yuva444p10le", "gray", "gray10le", "gray16le"),
    *("gbrp", "gbrp10le", "gbrp16le", "gbrap"),
)


def assert_same_pictures(source: Path, output: Path, tick: float = 0.0011) -> None:
    """Same frames, sample by sample, at the same times (within `tick` seconds)."""
    assert media.frame_hashes(output) == media.frame_hashes(source)
    assert media.frame_times(output) == pytest.approx(media.frame_times(source), abs=tick)


@pytest.mark.slow
@pytest.mark.parametrize("name", media.SHARED_CLIPS)
def test_real_clips_come_out_as_they_went_in(shared: Path, name: str, tmp_path: Path) -> None:
    source, output = shared / "clips" / name, tmp_path / "out.mkv"
    media.copy_through(source, output, LOSSLESS)
    hashes = media.frame_hashes(source)
    assert media.frame_hashes(output) == hashes
    origin = media.frame_times(source)[0] if name.endswith(".mpg") else 0.0
    expected = [time - origin for time in media.frame_times(source)]
    assert media.frame_times(output) == pytest.approx(expected, abs=0.0011)
    if "no_audio" not in name:
        assert media.packet_hash(output, "a") == media.packet_hash(source, "a")


@pytest.mark.parametrize("pixels", PIXEL_FORMATS)
@pytest.mark.parametrize("size", ["64x48", "35x27"])
def test_pixel_formats_keep_every_sample(pixels: str, size: str, tmp_path: Path) -> None:
    picture = media.moving(size, frames=3)
    codec = ("-c:v", "ffv1") if not pixels.startswith("yuvj") else ("-c:v", "mjpeg", "-q:v", "2")
    source = media.make(tmp_path / "in.mkv", *picture, *codec, "-pix_fmt", pixels)
    output = tmp_path / "out.mkv"
    assert media.copy_through(source, output, LOSSLESS) == []
    assert_same_pictures(source, output)


@pytest.mark.parametrize(
    ("packed", "common"),
    [
        ("rgb24", "rgb24"),
        ("bgra", "bgra"),
        ("pal8", "rgba"),
        ("monow", "gray"),
        ("rgb48le", "rgb48le"),
        ("nv12", "yuv420p"),
        ("yuyv422", "yuv422p"),
    ],
)
def test_packed_formats_lose_nothing(packed: str, common: str, tmp_path: Path) -> None:
    codec, suffix = ("png", "mov") if packed in ("rgb24", "pal8", "monow") else ("rawvideo", "nut")
    picture = media.moving("64x48", frames=2)
    source = media.make(tmp_path / f"in.{suffix}", *picture, "-c:v", codec, "-pix_fmt", packed)
    output = tmp_path / "out.mkv"
    media.copy_through(source, output, LOSSLESS)
    in_common = ("-pix_fmt", common)
    assert media.frame_hashes(output, *in_common) == media.frame_hashes(source, *in_common)


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "60000/1001", "25", "50", "12.5", "1"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_rates_stay_exact(rate: str, suffix: str, tmp_path: Path) -> None:
    source = media.make(tmp_path / f"in{suffix}", *media.moving(rate=rate), "-pix_fmt", "yuv420p")
    output = tmp_path / f"out{suffix}"
    media.copy_through(source, output, Encoding(codec="libx264", crf=0))
    assert_same_pictures(source, output, tick=1e-6)
    assert media.video_stream(output)["r_frame_rate"] == media.video_stream(source)["r_frame_rate"]
    assert media.video_stream(output)["avg_frame_rate"] == media.video_stream(source)["avg_frame_rate"]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_variable_rate_stays_variable(suffix: str, tmp_path: Path) -> None:
    uneven = (
        "-vf",
        "settb=1/15360,setpts='(N+0.4*mod(N\\,3)+5*gt(N\\,7))/(30*TB)'",
        "-fps_mode",
        "passthrough",
        "-enc_time_base",
        "1/15360",
    )
    source = media.make(tmp_path / f"in{suffix}", *media.moving(frames=20), *uneven, "-pix_fmt", "yuv420p")
    output = tmp_path / f"out{suffix}"
    media.copy_through(source, output, Encoding(codec="libx264", crf=0))
    times = media.frame_times(source)
    assert len({round(b - a, 3) for a, b in itertools.pairwise(times)}) > 2
    assert_same_pictures(source, output, tick=1e-6)
    with open_source(source) as reader:
        assert reader.clip.frame_rate is None


@pytest.mark.parametrize("name", media.MATRICES)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p"])
def test_turned_and_mirrored_clips_come_out_upright(name: str, pixels: str, tmp_path: Path) -> None:
    source = media.make(tmp_path / "in.mp4", *media.moving(frames=2), "-pix_fmt", pixels)
    media.set_display_matrix(source, name)
    output = tmp_path / "out.mkv"
    media.copy_through(source, output, LOSSLESS)
    assert media.frame_hashes(output) == media.frame_hashes(source)
    assert "side_data_list" not in media.video_stream(output)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("offset", [-0.5, 0.0, 0.73])
def test_sound_keeps_its_distance_from_the_picture(offset: float, suffix: str, tmp_path: Path) -> None:
    sound = ("-itsoffset", offset, *media.tone(2))
    source = media.make(
        tmp_path / f"in{suffix}",
        *media.moving(frames=30),
        *sound,
        "-map",
        "0",
        "-map",
        "1",
        "-c:a",
        "aac",
    )
    output = tmp_path / f"out{suffix}"
    media.copy_through(source, output, Encoding(codec="libx264", crf=0))

    def start(path: Path, kind: str) -> float:
        packets = media.probe_json(path, "-select_streams", kind, "-show_entries", "packet=pts_time")[
            "packets"
        ]
        return min(float(packet["pts_time"]) for packet in packets)

    for kind in ("v:0", "a:0"):
        assert start(output, kind) == pytest.approx(start(source, kind), abs=0.0011)
    assert media.packet_hash(output, "a") == media.packet_hash(source, "a")


def test_frames_carry_index_time_and_writable_samples(talking: Path) -> None:
    with open_source(talking) as reader:
        frames: list[Frame] = [frame for frame, _ in zip(reader, range(5), strict=False)]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.time for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert [float(frame.duration * frame.time_base) for frame in frames] == pytest.approx([0.04] * 5)
    assert all(plane.flags.writeable for frame in frames for plane in frame.planes)
    assert frames[0].planes[0].shape == (512, 512)
    assert frames[0].planes[1].shape == (256, 256)
