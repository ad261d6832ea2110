"""Owns making small clips and asking ffmpeg what is in a file; must not know how lipfx reads and writes."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.video.source import open_source, open_writer
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding

# The shared real clips.
SHARED_CLIPS = (
    "hand_over_mouth.mp4",
    "lipstick_talking.mp4",
    "no_face.mp4",
    "phone_rotated_1080p60.mov",
    "profile_no_audio.mp4",
    "talking_720p.mp4",
    "talking_mpeg1.mpg",
    "talking_mpeg4_16khz.mp4",
    "turning_720p.mp4",
    "two_faces.mp4",
    "vfr_face_enters.mov",
    "vfr_face_leaves_late_audio.mov",
)
# Display matrices (a b u c d v x y w) of what players show, by name.
MATRICES = {
    "turned-90": (0, 1, -1, 0),
    "turned-180": (-1, 0, 0, -1),
    "turned-270": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "flipped": (1, 0, 0, -1),
    "mirrored-turned-90": (0, -1, -1, 0),
    "mirrored-turned-270": (0, 1, 1, 0),
}


def run(*command: object) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def make(path: Path, *arguments: object) -> Path:
    """Runs ffmpeg with `arguments` to make `path`."""
    run("ffmpeg", "-v", "error", "-y", *arguments, path)
    return path


def moving(size: str = "64x48", rate: str = "25", frames: int = 12) -> Sequence[object]:
    """Arguments of a moving test picture."""
    width, height = map(int, size.split("x"))
    whole = f"{width + width % 2}x{height + height % 2}"  # the source itself cannot make odd sizes
    crop = f"format=gbrp,crop={width}:{height}"
    return ("-f", "lavfi", "-i", f"testsrc2=s={whole}:r={rate},trim=end_frame={frames},{crop}")


def tone(seconds: float = 1.0) -> Sequence[object]:
    """Arguments of a tone."""
    return ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}")


def set_display_matrix(path: Path, name: str) -> None:
    """Writes a display matrix into the first track's header of the mp4 or mov file `path`."""
    set_matrix(path, *MATRICES[name])


def set_matrix(path: Path, a: float, b: float, c: float, d: float) -> None:
    """The same with the four numbers of a matrix."""
    data = bytearray(path.read_bytes())
    header = data.index(b"tkhd") + 4
    assert data[header] == 0, "a version 0 header is wanted"
    one = 1 << 16
    struct.pack_into(
        ">9i",
        data,
        header + 40,
        round(a * one),
        round(b * one),
        0,
        round(c * one),
        round(d * one),
        0,
        0,
        0,
        1 << 30,
    )
    path.write_bytes(bytes(data))


def probe_json(path: Path, *arguments: str) -> dict[str, Any]:
    """What ffprobe says about `path`."""
    answer: dict[str, Any] = json.loads(run("ffprobe", "-v", "error", *arguments, "-of", "json", path))
    return answer


def video_stream(path: Path) -> dict[str, Any]:
    """ffprobe's entry of the first video stream."""
    found: dict[str, Any] = probe_json(path, "-show_streams", "-select_streams", "v:0")["streams"][0]
    return found


def frame_times(path: Path) -> list[float]:
    """Presentation times, in seconds, of all frames that ffmpeg decodes."""
    frames = probe_json(path, "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time")[
        "frames"
    ]
    return [float(frame["best_effort_timestamp_time"]) for frame in frames]


def frame_hashes(path: Path, *output: str) -> list[str]:
    """A hash of every frame's displayed samples, in the decoder's own pixel format."""
    arguments = ("-map", "0:v:0", "-fps_mode", "passthrough", *output, "-f", "framemd5", "-")
    lines = run("ffmpeg", "-v", "error", "-i", path, *arguments).splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]


def packet_hash(path: Path, kind: str) -> str:
    """A hash of the packets of all streams of one kind (a, s, d), as they are stored."""
    return run("ffmpeg", "-v", "error", "-i", path, "-map", f"0:{kind}", "-c", "copy", "-f", "md5", "-")


def sound(path: Path) -> NDArray[np.float32]:
    """(n,) float32, the first sound as one channel of 44100 samples a second, from time 0 on."""
    form = ("-af", "aresample=44100:async=1:first_pts=0", "-ac", "1", "-f", "f32le", "-")
    command = ["ffmpeg", "-v", "error", "-copyts", "-i", str(path), "-map", "0:a:0", *form]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return np.frombuffer(done.stdout, np.float32)


def copy_through(
    source: Path, output: Path, encoding: Encoding | None = None, cut: Cut | None = None
) -> list[str]:
    """Reads every frame of `source` and writes it to `output`; what the writer could not keep."""
    span = cut or Cut()
    with (
        open_source(source, span.start, span.end) as reader,
        open_writer(output, reader.clip, encoding, cut=span) as writer,
    ):
        for frame in reader:
            writer.write(frame)
    return writer.notes
