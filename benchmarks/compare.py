"""Owns comparing two checkouts: the same runs in turns, so that what else the machine does hits both.

python -m benchmarks compare OLD NEW [CLIP ...] [--runs N]     whole runs of `lipfx apply`, else of the sample
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.measure import CHAIN

SAMPLE = Path(__file__).parents[1] / "samples" / "talking.mp4"
ENCODER = ("--codec", "libx264", "--preset", "veryfast", "--crf", "18")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took. wall, cpu: seconds, the second of all its processes."""

    wall: float
    cpu: float


def compare(old: Path, new: Path, clips: Sequence[Path], runs: int) -> Iterator[Sequence[object]]:
    """A row a clip: the new checkout's time over the old one's, median and range of `runs` pairs."""
    yield "clip", "wall, new over old", "processor, new over old"
    with TemporaryDirectory() as folder:
        output = Path(folder) / "out.mp4"
        for clip in clips:
            for checkout in (old, new):
                taken(checkout, clip, output)  # what a first run finds cold counts for neither
            pairs = []
            for number in range(runs):
                turn = (old, new) if number % 2 == 0 else (new, old)
                seen = {checkout: taken(checkout, clip, output) for checkout in turn}
                pairs.append((seen[old], seen[new]))
            yield (
                clip.name,
                _ratios([later.wall / before.wall for before, later in pairs]),
                _ratios([later.cpu / before.cpu for before, later in pairs]),
            )


def taken(checkout: Path, clip: Path, output: Path) -> Taken:
    """One run of a checkout's `lipfx apply`, with the checkout's own environment where it has one."""
    own = checkout / ".venv" / "bin" / "python"
    python = str(own) if own.is_file() else sys.executable
    paths = os.pathsep.join(map(str, (checkout, checkout / "effects")))
    command = [
        python,
        "-m",
        "lipfx",
        "apply",
        CHAIN,
        str(clip),
        str(output),
        "--overwrite",
        "--quiet",
        *ENCODER,
    ]
    before, start = os.times(), perf_counter()
    subprocess.run(command, check=True, cwd=checkout, env={**os.environ, "PYTHONPATH": paths})
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return Taken(perf_counter() - start, cpu)


def _ratios(values: Sequence[float]) -> str:
    return f"{median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def asked(words: Sequence[str]) -> Iterator[Sequence[object]]:
    """The rows that the words of a command line ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks compare", description=compare.__doc__)
    parser.add_argument("old", type=_checkout, help="a checkout of lipfx")
    parser.add_argument("new", type=_checkout, help="another one")
    parser.add_argument("clips", type=Path, nargs="*", default=[SAMPLE], metavar="CLIP")
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs a clip")
    given = parser.parse_args(words)
    if given.old == given.new:
        parser.error("OLD and NEW are the same checkout; name two")
    return compare(given.old, given.new, [clip.absolute() for clip in given.clips], max(given.runs, 1))


def _checkout(word: str) -> Path:
    path = Path(word).absolute()
    if not (path / "lipfx" / "__main__.py").is_file():
        raise argparse.ArgumentTypeError(f"{word} holds no lipfx; the root of a checkout is wanted")
    return path
