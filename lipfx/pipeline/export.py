"""Owns the job of `lipfx export`: tracks in another program's terms; must not know the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipfx.core.rooms import growing
from lipfx.core.temporary import check_output, publish
from lipfx.core.timecode import impossible
from lipfx.errors import TracksError, UsageError
from lipfx.exports.base import Seen, Shot
from lipfx.exports.programs import PROGRAMS, Program
from lipfx.pipeline.records import Header
from lipfx.pipeline.tracks import Tracks, open_tracks

LARGEST = 1 << 17  # pixels of a side


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How `export` writes. to: the program. start_number: of the clip's first frame there; None is what that
    program begins with. rate: frames a second, pixel_aspect: width of a pixel over its height, each in place
    of what the tracks say. timecode: of the clip's first frame, the same. overwrite: replace what exists.
    """

    to: str
    start_number: int | None = None
    rate: Fraction | None = None
    pixel_aspect: Fraction | None = None
    timecode: str | None = None
    overwrite: bool = False


def export(
    tracks: Path,
    output: Path,
    options: ExportOptions,
    *,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> int:
    """Writes what a tracks file holds in another program's terms; how many frames it told of.

    The output appears under its name when it is complete.

    Raises:
        UsageError: there is no such program, its files end otherwise, or a rate is wanted that nobody tells.
        LipfxError: see `lipfx.errors`.
    """
    program = PROGRAMS.get(options.to)
    if program is None:
        raise UsageError(f"--to {options.to!r} is not known; give {', '.join(PROGRAMS)}")
    write = program.writers.get(output.suffix.lower())
    if write is None:
        others = [name for name, other in PROGRAMS.items() if output.suffix.lower() in other.writers]
        instead = f", or say --to {others[0]}" if others else ""
        wanted = f"end it in {_or(program.writers)}{instead}"
        raise UsageError(f"{output} is not what --to {options.to} writes; {wanted}")
    opened = open_tracks(tracks)
    shot = _shot(opened.header, program, options, tracks)
    check_output(output, (tracks,), options.overwrite)
    count = 0

    def passing() -> Iterator[Seen]:
        nonlocal count
        for frame in _frames(opened, shot, options.rate, with_mouths=program.masked):
            yield frame
            count += 1
            progress(count, opened.header.frames)

    with growing(output) as new:
        with new.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(write(shot, passing()))
        publish(new, output, overwrite=options.overwrite)
    return count


def _shot(header: Header, program: Program, options: ExportOptions, path: Path) -> Shot:
    if not 0 < header.width <= LARGEST or not 0 < header.height <= LARGEST:
        raise TracksError(
            f"{path} is damaged (frames of {header.width}x{header.height}); track the clip again"
        )
    rate = options.rate or _ratio(header.frame_rate, path)
    if program.timed and rate is None:
        raise UsageError(
            f"{path} has no constant rate, and --to {options.to} counts frames; give --rate, as 25"
        )
    if options.timecode is not None and (why := impossible(options.timecode, rate)):
        raise UsageError(f"--timecode '{options.timecode}' is no timecode: {why}")
    aspect = options.pixel_aspect or _ratio(header.pixel_aspect, path) or Fraction(1)
    first = program.first if options.start_number is None else options.start_number
    timecode = header.timecode if options.timecode is None else options.timecode
    return Shot(header.source, header.width, header.height, rate, aspect, first, timecode)


def _ratio(text: str | None, path: Path) -> Fraction | None:
    try:
        value = None if text is None else Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if value is not None and not 0 < value < LARGEST:
        raise TracksError(f"{path} is damaged ({text!r} is no ratio); track the clip again")
    return value


def _frames(tracks: Tracks, shot: Shot, rate: Fraction | None, *, with_mouths: bool) -> Iterator[Seen]:
    """All frames, numbered. Those of a varying rate lie where their times do at the rate that is given."""
    timed = rate if tracks.header.frame_rate is None else None
    for line, faces in tracks.lines(with_mouths=with_mouths):
        at = line.index if timed is None else round(line.time * timed)
        width, height = line.size or (shot.width, shot.height)
        if not 0 < width <= LARGEST or not 0 < height <= LARGEST:
            raise TracksError(f"{tracks.path} is damaged (a frame of {width}x{height}); track the clip again")
        yield Seen(shot.first + at, line.index, line.time, line.source, (width, height), faces)


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)
