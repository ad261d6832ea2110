"""Owns `lipfx export`: its arguments and their meaning; must not know how any program's files look."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal

from typer import Argument, Option

from lipfx.cli import common, outcome
from lipfx.cli.options import RunOptions, expanded
from lipfx.cli.outputs import output_for
from lipfx.errors import UsageError

WIDEST = 100


@expanded
def export(
    tracks: Annotated[Path, Argument(metavar="TRACKS", help="What `lipfx track` wrote.")],
    output: Annotated[
        str | None,
        Argument(metavar="OUT", help="The file to write, or a folder for it; else TRACKS-PROGRAM."),
    ] = None,
    to: Annotated[
        Literal["nuke", "ae", "blender", "fusion", "coco", "csv"],
        Option(
            help="nuke: trackers (.nk); ae: After Effects' keyframes for the clipboard (.txt) or a script "
            "with mask paths (.jsx); blender: a script with curves (.py); fusion: polygons (.setting); coco: "
            "outlines and key points (.json, extra lipfx[editor]); csv: a table."
        ),
    ] = "csv",
    start_number: Annotated[
        int | None,
        Option(metavar="N", min=0, help="The number of the clip's first frame there, as in 1001."),
    ] = None,
    rate: Annotated[
        str | None, Option(metavar="FPS", help="The project's frames a second: 25, 23.976, 30000/1001.")
    ] = None,
    pixel_aspect: Annotated[
        str | None, Option(metavar="RATIO", help="Width of a pixel over its height, else as the clip says.")
    ] = None,
    timecode: Annotated[
        str | None,
        Option(metavar="HH:MM:SS:FF", help="Of the clip's first frame, ; before FF with dropped numbers."),
    ] = None,
    *,
    run: RunOptions,
) -> None:
    """Write tracks as another program reads them: where it counts from, and how it calls things."""
    start = perf_counter()
    fps, aspect = None if rate is None else common.frame_rate(rate), _aspect(pixel_aspect)

    from lipfx.exports.programs import PROGRAMS
    from lipfx.pipeline.export import ExportOptions, export

    path = output_for(tracks, output, to, next(iter(PROGRAMS[to].writers)))
    options = ExportOptions(to, start_number, fps, aspect, timecode, run.overwrite)
    with common.progress_bar(run.quiet, run.log_json) as progress:
        frames = export(tracks, path, options, progress=progress)
    outcome.finished(run, path, frames, perf_counter() - start)


def _aspect(text: str | None) -> Fraction | None:
    """Width of a pixel over its height, written as 1.0667 or 16:15.

    Raises: UsageError where it is none, or not above 0.
    """
    if text is None:
        return None
    try:
        value = Fraction(text.replace(":", "/"))
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if not 0 < value <= WIDEST:
        raise UsageError(f"--pixel-aspect '{text}' is no ratio; write it as 1.0667 or 16:15")
    return value
