"""Owns `lipfx track`: its arguments and their meaning; must not know how faces are found or written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from lipfx.cli import common
from lipfx.cli.options import ClipOptions, RunOptions, expanded
from lipfx.video.limits import SIZES


@expanded
def track(
    source: Annotated[
        Path, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ],
    output: Annotated[Path, Argument(metavar="OUT.jsonl", help="The file of faces and landmarks to write.")],
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Write the faces and lip landmarks of every frame, one line each."""
    settings = clip.settings()

    from lipfx import pipeline

    options = pipeline.TrackOptions(**settings, overwrite=run.overwrite)
    with common.progress_bar(run.quiet, run.log_json) as progress:
        pipeline.track(source, output, options, progress=progress)
