"""Owns single measurements of a clip: decoding alone, all but encoding, and the command as a user runs it.

python -m benchmarks.measure CLIP     all but encoding, in a process of its own; prints a profile as JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import dlib
import numpy as np

from lipfx.compositing.compose import Compositor
from lipfx.effects.registry import parse_chain
from lipfx.pipeline.analysed import analysed
from lipfx.pipeline.options import SourceOptions
from lipfx.pipeline.profile import Profile
from lipfx.video.source import open_source

CHAIN = "lipstick"
Fields = dict[str, Any]


def decoding(clip: Path) -> float:
    """Seconds that plain ffmpeg takes to decode a clip."""
    start = perf_counter()
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), "-map", "0:v:0", "-f", "null", "-"], check=True)
    return perf_counter() - start


def without_encoding(clip: Path) -> Fields:
    """The profile of decoding, analysing and changing every frame of a clip, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.measure", str(clip)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    fields: Fields = json.loads(done.stdout)
    return fields


def applied(clip: Path, output: Path, preset: str) -> Fields:
    """The profile of `lipfx apply`, as it prints it; `seconds` with the start of the process."""
    encoder = ["--codec", "libx264", "--crf", "18", "--preset", preset]
    words = ["apply", CHAIN, str(clip), str(output), "--overwrite", *encoder, "--profile", "--log-json"]
    start = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "lipfx", *words], check=True, stderr=subprocess.PIPE, text=True
    )
    seconds = perf_counter() - start
    fields: Fields = json.loads(done.stderr.splitlines()[-1])
    return {**fields, "seconds": seconds}


def batched(clip: Path, times: int, jobs: int, core: int | None = None) -> float:
    """Seconds of a batch of as many copies of a clip, from the start of the process to its end.

    core: all processes are kept on that one.
    """
    words = ["batch", CHAIN, "clips", "--out", "out", "--jobs", str(jobs), "--quiet"]
    command = [sys.executable, "-m", "lipfx", *words, "--codec", "libx264", "--preset", "veryfast"]
    pinned = [] if core is None else ["taskset", "--cpu-list", str(core)]
    with TemporaryDirectory(dir=clip.parent) as folder:
        clips = Path(folder) / "clips"
        clips.mkdir()
        for number in range(times):
            (clips / f"{number:04}{clip.suffix}").hardlink_to(clip)
        start = perf_counter()
        subprocess.run([*pinned, *command], cwd=folder, check=True)
        return perf_counter() - start


def detection() -> float:
    """Seconds of one of dlib's detections on a 640x360 grey picture: the unit that costs are told in."""
    detector = dlib.get_frontal_face_detector()
    picture = np.random.default_rng(0).integers(0, 255, (360, 640)).astype(np.uint8)
    times = []
    for _ in range(15):
        start = perf_counter()
        detector(picture, 0)
        times.append(perf_counter() - start)
    return sorted(times)[len(times) // 2]


def run(clip: Path) -> Fields:
    """Decodes, analyses and changes every frame of a clip, and drops it."""
    profile = Profile()
    with profile.running():
        compositor = Compositor(parse_chain(CHAIN), profile.work)
        reader = open_source(clip)
        with analysed(reader, SourceOptions(), lambda _done, _total: None, profile.work) as frames:
            for frame, faces in frames:
                with profile.work.on("effects"):
                    compositor.render(frame, faces.faces)
                profile.work.count("frames written")
    return profile.fields()


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))  # noqa: T201 - its purpose
