"""Owns what finding and following cost without the cascade, in shares of one face detection (0.2 is the aim).

python -m benchmarks.finding [CLIP]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import thread_time
from typing import Any

import cv2
import dlib
import numpy as np

from lipfx.core.luma import small_luma
from lipfx.core.values import Frame
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder
from lipfx.tcnn import checkpoint
from lipfx.tcnn.cascade import Cascade
from lipfx.tracking.follower import Follower
from lipfx.video.source import open_source
from samples import make

ROUNDS = 3
CROWDS = (1, 2, 3, 4)  # pictures across and down
CROWD_FRAMES = 50


class Untimed(Cascade):
    """A cascade that keeps count of its own time. seconds: of this thread."""

    seconds = 0.0

    def analyse(self, *arguments: Any) -> Any:
        return self._counted(super().analyse, *arguments)

    def locate(self, *arguments: Any) -> Any:
        return self._counted(super().locate, *arguments)

    def _counted(self, run: Callable[..., Any], *arguments: Any) -> Any:
        start = thread_time()
        try:
            return run(*arguments)
        finally:
            self.seconds += thread_time() - start


def following(cascade: Untimed, frames: Sequence[Frame]) -> tuple[float, int]:
    """Seconds a frame without the cascade, and the faces in sight at the end."""
    follower, before, start = Follower(Finder(open_detector(), cascade)), cascade.seconds, thread_time()
    for frame in frames:
        glance = follower.step(frame)
    spent = thread_time() - start - (cascade.seconds - before)
    return spent / len(frames), len(glance.seen)


def detection(frame: Frame) -> float:
    """Seconds of one of dlib's detections on a grey copy of as many pixels as 640x360 have."""
    detector = dlib.get_frontal_face_detector()
    copy, _ = small_luma(frame, 640 * 360)
    seconds = []
    for _ in range(10):
        start = thread_time()
        detector(copy, 0)
        seconds.append(thread_time() - start)
    return float(np.median(seconds))


def crowd(frames: Sequence[Frame], across: int) -> list[Frame]:
    """A clip that shows `across` x `across` others at half their size, each a little later than the last."""
    small = [[cv2.resize(plane, None, fx=0.5, fy=0.5) for plane in frame.planes] for frame in frames]
    tiled = []
    for index, frame in enumerate(frames):
        shown = [small[(index + 5 * k) % len(small)] for k in range(across**2)]
        planes = tuple(
            np.vstack([np.hstack([shown[across * y + x][p] for x in range(across)]) for y in range(across)])
            for p in range(len(frame.planes))
        )
        tiled.append(replace(frame, planes=tuple(np.asarray(p, frame.format.dtype) for p in planes)))
    return tiled


def rows(clip: Path) -> list[tuple[str, float]]:
    """What was followed, and its cost in detections a frame; the clip itself first."""
    cv2.setNumThreads(1)
    cascade = Untimed(checkpoint.load(None), "cpu")
    with open_source(clip) as reader:
        frames = list(reader)
    turns = [(following(cascade, frames)[0], detection(frames[0])) for _ in range(ROUNDS)]
    whole = [(clip.name, min(a for a, _ in turns) / min(b for _, b in turns))]
    reference = min(b for _, b in turns)
    for across in CROWDS:
        seconds, faces = following(cascade, crowd(frames[:CROWD_FRAMES], across))
        whole.append((f"{faces} of {across**2} faces, for each", seconds / across**2 / reference))
    return whole


def main() -> None:
    """Prints a line for the clip and for crowds made of it."""
    for name, cost in rows(Path(sys.argv[1]) if sys.argv[1:] else make.SAMPLE):
        print(f"{name:30s} {cost:.3f}")  # noqa: T201 - its purpose


if __name__ == "__main__":
    main()
