"""Owns what effects are told of a clip beside its frames: its clock, its loudness; knows no effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lipfx.core.loudness import Loudness
from lipfx.core.moments import Clock
from lipfx.effects.base import AudioAware, Effect
from lipfx.video.clip import Clip
from lipfx.video.loudness import loudness_of


@dataclass(frozen=True)
class Beside:
    """clock: how the clip counts. loudness: without values where it has no sound, or nobody listens."""

    clock: Clock = field(default_factory=Clock)
    loudness: Loudness = field(default_factory=Loudness)


def beside(clip: Clip, effects: Iterable[Effect]) -> Beside:
    """What a clip tells these effects. Its sound is decoded where one of them listens.

    Raises: FfmpegError: the sound is damaged.
    """
    return Beside(clip.clock, loudness_of(clip) if listens(effects) else Loudness())


def listens(effects: Iterable[Effect]) -> bool:
    """Whether one of them wants to know how loud the clip is."""
    return any(isinstance(effect, AudioAware) for effect in effects)


def write_loudness(loudness: Loudness, path: Path) -> Path:
    """Keeps it in a file, for those who render parts of the clip; that file."""
    with path.open("wb") as file:
        np.save(file, np.stack([loudness.starts, loudness.levels]))
    return path


def read_loudness(path: Path) -> Loudness:
    """What `write_loudness` has kept."""
    return Loudness(*np.load(path, allow_pickle=False))
