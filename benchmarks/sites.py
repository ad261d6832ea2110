"""Owns the table of what each place in the code takes of a processor, less the places within it.

python -m benchmarks.sites [CLIP] [--frames N] [--runs N]     frames in memory, one thread; least of the runs
"""

# ruff: noqa: T201 - printing is its purpose

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from itertools import islice
from pathlib import Path
from time import thread_time
from typing import Any

from benchmarks.compare import SAMPLE
from benchmarks.measure import CHAIN
from lipfx.compositing import compose, mouths
from lipfx.compositing.render import Mouth
from lipfx.detection.finder import Finder
from lipfx.effects.registry import parse_chain
from lipfx.lighting.steady import SteadyLight
from lipfx.pipeline.analysis import Following
from lipfx.pipeline.faces import Networks
from lipfx.pipeline.threads import one_thread_each
from lipfx.smoothing.offline import OfflineSmoother
from lipfx.tcnn.cascade import Cascade
from lipfx.tcnn.engine import OnnxEngine
from lipfx.tracking import follower
from lipfx.tracking.cuts import CutFinder
from lipfx.tracking.doubt import Doubt
from lipfx.tracking.track import Track
from lipfx.video.source import open_source

PLACES: tuple[tuple[object, str, str], ...] = (
    (OnnxEngine, "refine", "network: refiner"),
    (OnnxEngine, "features", "network: backbone"),
    (OnnxEngine, "locate", "network: locator"),
    (Cascade, "_crops", "crops for the networks"),
    (Cascade, "landmarks", "cascade, rest"),
    (Cascade, "refine", "cascade, rest"),
    (Finder, "detect", "search for faces"),
    (Doubt, "judged", "what covers lips"),
    (Track, "expected", "flow of the skin"),
    (follower, "small_luma", "small grey copy, cuts"),
    (CutFinder, "is_cut", "small grey copy, cuts"),
    (follower.Follower, "step", "following, rest"),
    (Following, "_look_at_light", "light"),
    (SteadyLight, "at", "light"),
    (OfflineSmoother, "_place", "smoothing: landmarks"),
    (OfflineSmoother, "_steady_map", "smoothing: maps"),
    (OfflineSmoother, "at", "smoothing, rest"),
    (mouths, "mouth_masks", "masks"),
    (Mouth, "_region", "masks"),
    (mouths, "read_patch", "patch, read"),
    (mouths, "write_patch", "patch, written"),
    (Mouth, "_called", "the effect"),
    (compose.Compositor, "render", "compositing, rest"),
)


class Account:
    """Processor seconds by line, each without those of the lines within it."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._within: list[float] = []

    def note(self, owner: object, name: str, line: str) -> None:
        """From here on calls of `owner`'s function are noted on `line`."""
        function: Callable[..., Any] = getattr(owner, name)

        @wraps(function)
        def noted(*arguments: Any, **named: Any) -> Any:
            start = thread_time()
            self._within.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                whole = thread_time() - start
                self.spent[line] = self.spent.get(line, 0.0) + whole - self._within.pop()
                if self._within:
                    self._within[-1] += whole

        setattr(owner, name, noted)


def sites(clip: Path, count: int, runs: int) -> dict[str, float]:
    """Milliseconds a frame by line, the largest first."""
    with open_source(clip) as reader:
        frames = list(islice(reader, count))
    networks, chain, account = Networks(), parse_chain(CHAIN), Account()
    for place in PLACES:
        account.note(*place)
    least: dict[str, float] = {}
    with one_thread_each():
        for _ in range(runs):
            account.spent.clear()
            copies = [
                replace(frame, planes=tuple(plane.copy() for plane in frame.planes)) for frame in frames
            ]
            compositor, start = compose.Compositor(chain), thread_time()
            for frame, found in networks.follow(copies):
                compositor.render(frame, found.faces)
            whole = thread_time() - start
            account.spent |= {"analysis, rest": whole - sum(account.spent.values()), "all": whole}
            for line, seconds in account.spent.items():
                least[line] = min(least.get(line, seconds), seconds)
    return {line: 1000 * s / len(frames) for line, s in sorted(least.items(), key=lambda item: -item[1])}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sites", description=__doc__)
    parser.add_argument("clip", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--frames", type=int, default=90)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print("| place | CPU ms a frame |\n| --- | --- |")
    for line, each in sites(given.clip, given.frames, max(given.runs, 1)).items():
        print(f"| {line} | {each:.2f} |")


if __name__ == "__main__":
    main()
