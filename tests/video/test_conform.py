"""Owns the promise that what an editor conforms by is kept: timecode, reel, codec, in MOV and MXF."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import RunLipfx, odd

RATE = "24000/1001"


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ProRes with PCM sound, as a camera makes it: 24 frames, one hour of timecode, the name of its card."""
    path = tmp_path_factory.mktemp("camera") / "A001C003.mov"
    pictures = ["-f", "lavfi", "-i", f"testsrc2=s=320x240:r={RATE}:d=1.001,format=yuv422p10le"]
    sound = ["-f", "lavfi", "-i", "sine=r=48000:d=1.001", "-c:a", "pcm_s24le"]
    told = ["-timecode", "01:00:00:00", "-metadata:s:v:0", "reel_name=A001C003"]
    words = [
        "ffmpeg",
        "-v",
        "error",
        *pictures,
        *sound,
        "-c:v",
        "prores_ks",
        "-profile:v",
        "3",
        *told,
        str(path),
    ]
    subprocess.run(words, check=True)
    return path


def test_handles_are_frames_around_a_part(lipfx: RunLipfx, camera: Path, tmp_path: Path) -> None:
    output, words = tmp_path / "out.mov", ("--start", "0.5005", "--end", "0.75075", "--handles")
    assert lipfx("apply", "blur", camera, output, *words, "4").returncode == 0
    command = ["ffprobe", "-v", "error", "-count_packets", "-show_streams", "-of", "json", str(output)]
    pictures = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"][0]
    assert (pictures["nb_read_packets"], pictures["tags"]["timecode"]) == ("14", "01:00:00:08")
    done = lipfx("apply", "blur", camera, tmp_path / "o.mov", "--handles", "4")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("name", "codec", "wanted"),
    [
        ("out.mov", None, ("prores", "HQ")),
        ("out.mov", "dnxhd", ("dnxhd", "DNXHR HQX")),
        ("out.mxf", None, ("prores", "HQ")),
        ("out.mxf", "prores_ks", ("prores", "HQ")),
        ("out.mxf", "dnxhd", ("dnxhd", "DNXHR HQX")),
    ],
)
def test_timecode_reel_and_codec_are_kept(
    lipfx: RunLipfx, camera: Path, tmp_path: Path, name: str, codec: str | None, wanted: tuple[str, str]
) -> None:
    output, chosen = tmp_path / name, ("--codec", codec) if codec else ()
    done = lipfx("apply", "blur", camera, output, "--start", "0.25", "--end", "0.75", *chosen)
    assert done.returncode == 0, done.stderr
    assert "no face" in odd(done)
    assert odd(done).count("warning") == 1  # nothing else is lost, nor said to be
    command = ["ffprobe", "-v", "error", "-count_packets", "-show_streams", "-of", "json", str(output)]
    streams = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    pictures, sound = (next(s for s in streams if s["codec_type"] == kind) for kind in ("video", "audio"))
    assert (pictures["codec_name"], pictures["profile"]) == wanted
    assert (pictures["r_frame_rate"], pictures["nb_read_packets"]) == (RATE, "12")
    assert (sound["codec_name"], sound["sample_rate"]) == ("pcm_s24le", "48000")
    tags = [stream.get("tags", {}) for stream in streams]
    assert {told["timecode"] for told in tags if "timecode" in told} == {"01:00:00:06"}
    assert {told["reel_name"] for told in tags if "reel_name" in told} == {"A001C003"}
