"""Owns whole inputs of every kind, which are damaged elsewhere; must not know how."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import lipfx
from samples import make
from tests.helpers import media

FRAMES = 10
SMALL = "scale=160:160"
CONTAINERS: dict[str, tuple[str, ...]] = {
    ".mp4": ("-c:v", "libx264", "-preset", "veryfast", "-g", "5", "-c:a", "aac"),
    ".mov": ("-c:v", "mpeg4", "-c:a", "pcm_s16le", "-metadata", "title=Café"),
    ".mkv": ("-c:v", "libx264", "-preset", "veryfast", "-g", "5", "-c:a", "libopus"),
    ".webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    ".mpg": ("-c:v", "mpeg1video", "-c:a", "mp2"),
    ".avi": ("-c:v", "mjpeg", "-c:a", "pcm_s16le", "-metadata", "title=Café"),
    ".ts": ("-c:v", "mpeg2video", "-g", "5", "-c:a", "aac"),
    ".gif": ("-an", "-r", "10"),
}
PICTURES = (".png", ".jpg", ".webp", ".tiff", ".bmp")
TOML = b"""[[effect]]
use = "lipstick"
shade = "ruby"
opacity = 0.7
finish = "gloss"

[[effect]]
use = "blur"
strength = 0.4
"""
PRESETS = b"""[soft]
chain = "lipstick:shade=ruby,opacity=0.5+gloss"

[bold]
chain = "lipstick:shade=coral"
"""
HELEN = "1\n" + "\n".join(f"{100 + i % 20} , {200 + i // 20}" for i in range(194)) + "\n"
PTS = "version: 1\nn_points: 68\n{\n" + "\n".join(f"{i * 2.5} {i * 1.5}" for i in range(68)) + "\n}\n"


@dataclass(frozen=True)
class Material:
    """Whole files by kind: a clip of each container, a picture of each format, and what goes with a clip."""

    folder: Path
    clips: dict[str, Path] = field(default_factory=dict)
    pictures: dict[str, Path] = field(default_factory=dict)
    tracks: Path = Path()
    weights: Path = Path(lipfx.__file__).parent / "weights"
    labels: Path = Path()


def made(folder: Path) -> Material:
    """Everything that is damaged, made in `folder` from the sample."""
    clips = {}
    for suffix, options in CONTAINERS.items():
        source = ("-i", make.SAMPLE, "-t", str(FRAMES / 25), "-vf", SMALL)
        clips[suffix] = media.make(folder / f"in{suffix}", *source, *options)
    pictures = {}
    for suffix in PICTURES:
        pictures[suffix] = media.make(folder / f"in{suffix}", "-i", clips[".mp4"], "-frames:v", "1")
    tracks, labels = folder / "in.jsonl", folder / "labels.png"
    command = [sys.executable, "-m", "lipfx", "track", str(clips[".mp4"]), str(tracks), "--quiet"]
    subprocess.run(command, check=True)
    media.make(labels, "-i", pictures[".png"], "-vf", "format=gray,lutyuv=y=mod(val\\,4)")
    return Material(folder, clips, pictures, tracks, labels=labels)
