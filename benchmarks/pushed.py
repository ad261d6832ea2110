"""Owns what a session takes in a long loop, beside `process_frames` on the same frames, and what it holds.

python -m benchmarks.pushed [--frames N] [--width PIXELS]     the sample there and back, in turns, causal
"""

# ruff: noqa: T201 - printing is its purpose

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

import lipfx
from benchmarks.compare import SAMPLE
from benchmarks.measure import CHAIN

Picture = NDArray[np.uint8]
TURN = 250
"""Frames that one of the two is given before the other is."""


def pictures(clip: Path, width: int) -> Iterator[Picture]:
    """(h, w, 3) uint8 RGB of a clip, scaled, there and back for ever."""
    with av.open(str(clip)) as opened:
        shown: list[Any] = [
            frame.to_ndarray(format="rgb24", width=width, height=width * frame.height // frame.width)
            for frame in opened.decode(video=0)
        ]
    return cycle(shown + shown[-2:0:-1])


def resident() -> float:
    """MiB that the process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def pushed(frames: Iterator[Picture]) -> Iterator[Picture]:
    """The frames, made up by a session."""
    session = lipfx.Session(CHAIN, rate=25, causal=True)
    for frame in frames:
        yield from session.push(frame)


def pulled(frames: Iterator[Picture]) -> Iterator[Picture]:
    """The frames, made up by `process_frames`."""
    return lipfx.process_frames(frames, CHAIN, rate=25, causal=True)


def take(results: Iterator[Picture]) -> None:
    """Takes the next turn's results, and keeps none."""
    for _ in islice(results, TURN):
        pass


def measure(clip: Path, count: int, width: int) -> Iterator[tuple[Any, ...]]:
    """The table's rows."""
    ways = {"Session": pushed(pictures(clip, width)), "process_frames": pulled(pictures(clip, width))}
    spent = {name: [0.0, 0.0] for name in ways}
    for results in ways.values():
        take(results)  # loads networks
    yield ("frames each", "MiB", *(f"{name}, ms a frame (CPU)" for name in ways))
    for done in range(TURN, count + 1, TURN):
        for name in ways if done // TURN % 2 else reversed(ways):
            start = perf_counter(), process_time()
            take(ways[name])
            spent[name][0] += perf_counter() - start[0]
            spent[name][1] += process_time() - start[1]
        if done % (4 * TURN) == 0:
            each = (f"{1000 * wall / done:.2f} ({1000 * cpu / done:.2f})" for wall, cpu in spent.values())
            yield (done, f"{resident():.0f}", *each)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=256)
    given = parser.parse_args()
    for row in measure(SAMPLE, given.frames, given.width):
        print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
