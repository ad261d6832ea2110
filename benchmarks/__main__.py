"""Owns the tables of docs/performance.md: what stages cost, how speed goes with faces, sizes and lengths.

python -m benchmarks [stages faces sizes lengths many]     all of them where none is named
python -m benchmarks --quick 0.04                          short clips, to see that all runs
python -m benchmarks compare OLD NEW [CLIP ...]            two checkouts, see `benchmarks.compare`
"""

# ruff: noqa: T201 - printing is its purpose

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clips import RATE, crowd
from benchmarks.compare import asked
from benchmarks.measure import applied, batched, decoding, detection, without_encoding

Row = Sequence[object]
FEW = 5.0  # seconds
SIZES = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}
CROWDS = (1, 2, 4, 9, 16)
LENGTHS = (1, 10, 60)
MANY, EACH = 100, 2  # clips, seconds


def stages(folder: Path, quick: float) -> Iterator[Row]:
    """What each stage takes of a processor's time, 720p, one face."""
    yield "stage", "CPU ms a frame", "of a HOG detection at 640x360"
    unit = 1000 * detection()
    fields = without_encoding(crowd(folder, 1280, 720, 1, FEW * quick))
    for name, spent in fields["stages"].items():
        if not name.startswith("wait"):
            each = 1000 * spent["cpu"] / fields["frames"]
            yield name, f"{each:.2f}", f"{each / unit:.2f}"
    yield "one HOG detection", f"{unit:.2f}", "1.00"


def faces(folder: Path, quick: float) -> Iterator[Row]:
    """All but encoding, 1080p."""
    yield "faces", "found", "frames per second", "times real time", "plain decoding"
    for count in CROWDS:
        clip = crowd(folder, 1920, 1080, count, FEW * quick)
        fields = without_encoding(clip)
        seen = fields["counts"].get("patches", 0) / fields["frames"]
        yield count, f"{seen:.2f}", *_speed(fields["frames_per_second"]), _decoding(clip, fields["frames"])


def sizes(folder: Path, quick: float) -> Iterator[Row]:
    """One face; memory is that of `apply` with x264 medium: lipfx's own, and the largest ffmpeg's."""
    yield (
        *("size", "frames per second without encoding", "times real time", "plain decoding"),
        *("lipfx MiB", "ffmpeg MiB"),
    )
    for name, (width, height) in SIZES.items():
        clip = crowd(folder, width, height, 1, FEW * quick)
        fields = without_encoding(clip)
        whole = applied(clip, folder / "out.mp4", "medium")
        memory = (whole["memory"] >> 20, whole["ffmpeg_memory"] >> 20)
        yield (
            name,
            *_speed(fields["frames_per_second"]),
            _decoding(clip, fields["frames"]),
            *memory,
        )


def lengths(folder: Path, quick: float) -> Iterator[Row]:
    """`apply` with x264 veryfast from the start of the process to its end, 720p, one face."""
    yield "seconds of clip", "seconds", "frames per second", "lipfx MiB"
    for length in LENGTHS:
        whole = applied(crowd(folder, 1280, 720, 1, length * quick), folder / "out.mp4", "veryfast")
        rate = whole["frames"] / whole["seconds"]
        yield length, f"{whole['seconds']:.1f}", f"{rate:.1f}", whole["memory"] >> 20


def many(folder: Path, quick: float) -> Iterator[Row]:
    """A batch of short clips against one of a long clip: 720p, one face, x264 veryfast, whole runs."""
    yield "clips", "seconds of each", "jobs", "cores", "seconds", "of the one"
    number = max(2, round(MANY * quick))
    whole = batched(crowd(folder, 1280, 720, 1, number * EACH), 1, 1)
    yield 1, number * EACH, 1, "all", f"{whole:.1f}", "1.00"
    short = crowd(folder, 1280, 720, 1, EACH)
    for jobs, core in ((1, None), (2, None), (1, 0)):
        parts = batched(short, number, jobs, core)
        cores = "all" if core is None else "one"
        yield number, EACH, jobs, cores, f"{parts:.1f}", f"{parts / whole:.2f}"


TABLES: tuple[Callable[[Path, float], Iterator[Row]], ...] = (stages, faces, sizes, lengths, many)


def _speed(rate: float) -> tuple[str, str]:
    return f"{rate:.1f}", f"{rate / RATE:.1f}"


def _decoding(clip: Path, frames: int) -> str:
    """Frames per second of decoding alone."""
    return f"{frames / decoding(clip):.0f}"


def machine() -> str:
    """The processor and how many cores of it there are."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Prints the tables whose names are given."""
    if sys.argv[1:2] == ["compare"]:
        _print(asked(sys.argv[2:]))
        return
    names = [table.__name__ for table in TABLES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Prints tables of costs.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"{', '.join(names)}; else all of them")
    parser.add_argument(
        "--quick", type=float, default=1.0, metavar="F", help="shortens all clips to this share"
    )
    told = parser.parse_args()
    unknown = set(told.tables) - set(names)
    if unknown:
        parser.error(f"no such table: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    print(f"{machine()}\n")
    with TemporaryDirectory() as folder:
        for table in TABLES:
            if table.__name__ in (told.tables or names):
                print(f"{(table.__doc__ or '').strip()}\n")
                _print(table(Path(folder), told.quick))
                print()


def _print(rows: Iterator[Row]) -> None:
    for number, row in enumerate(rows):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
        if number == 0:
            print("|" + " --- |" * len(row))


if __name__ == "__main__":
    main()
