"""Owns the clips that are measured: the sample in other sizes, lengths and crowds; must not know lipfx."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

from samples import make

RATE = 30


def crowd(folder: Path, width: int, height: int, faces: int = 1, seconds: float = 5.0) -> Path:
    """A clip of `width` x `height` at 30 frames a second, with the sample side by side, `faces` times.

    H.264, 4:2:0, 8 bits; the same sample is cut off and begins again where `seconds` are more than its own.
    """
    path = folder / f"{width}x{height}-{faces}-{seconds:g}.mp4"
    if path.exists():
        return path
    across = math.ceil(math.sqrt(faces))
    side = min(width, height) // across // 2 * 2
    labels = "".join(f"[t{i}]" for i in range(faces))
    tiles = f"[0:v]fps={RATE},scale={side}:{side},split={faces}{labels};"
    layout = "|".join(f"{side * (i % across)}_{side * (i // across)}" for i in range(faces))
    stacked = f"{labels}xstack=inputs={faces}:layout={layout}:fill=gray," if faces > 1 else f"{labels}"
    graph = f"{tiles}{stacked}pad={width}:{height}:-1:-1:gray[out]"
    source = ["-stream_loop", "-1", "-i", str(make.SAMPLE), "-t", str(seconds)]
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-v", "error", "-y", *source, "-filter_complex", graph, "-map", "[out]", *codec]
    subprocess.run([*command, str(path)], check=True)
    return path
