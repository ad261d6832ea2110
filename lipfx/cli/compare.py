"""Owns `lipfx compare`: its arguments and their meaning; must not know how clips are read or joined."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal

from typer import Argument, Option

from lipfx.cli import common, outcome
from lipfx.cli.options import ClipOptions, RunOptions, expanded
from lipfx.cli.outputs import output_for
from lipfx.video.limits import SIZES


@expanded
def compare(
    before: Annotated[Path, Argument(metavar="BEFORE", help=f"A video; {SIZES}.")],
    after: Annotated[Path, Argument(metavar="AFTER", help="What was made of it, or of a part of it.")],
    output: Annotated[
        str | None,
        Argument(metavar="OUT.mp4", help="The film to write, or its folder; else AFTER-compare.mp4"),
    ] = None,
    layout: Annotated[
        Literal["side", "wipe", "difference", "matte"],
        Option(
            help="before beside after; a line that wipes; how far colours are apart, 4 times; after, tinted "
            "where before has lips."
        ),
    ] = "side",
    no_labels: Annotated[
        bool, Option("--no-labels", help="Burn in neither names nor time and frame.")
    ] = False,
    height: Annotated[
        int | None, Option(metavar="PIXELS", min=2, max=8192, help="Of each picture; else as they are.")
    ] = None,
    *,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Show two clips in one film, frame by frame. --start and --end are those that AFTER was made with."""
    start = perf_counter()
    settings = clip.settings()

    from lipfx.pipeline.compare import CompareOptions, compare

    path = output_for(after, output, "compare", ".mp4")
    options = CompareOptions(
        **settings, layout=layout, labels=not no_labels, height=height, overwrite=run.overwrite
    )
    with common.progress_bar(run.quiet, run.log_json) as progress:
        frames = compare(before, after, path, options, progress=progress)
    outcome.finished(run, path, frames, perf_counter() - start)
