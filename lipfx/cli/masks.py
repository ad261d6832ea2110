"""Owns `lipfx masks`: its arguments and their meaning; must not know how masks are made or written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from lipfx.cli import common
from lipfx.cli.options import ClipOptions, MaskOptions, RunOptions, expanded
from lipfx.video.limits import SIZES


@expanded
def masks(
    source: Annotated[
        Path, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ],
    folder: Annotated[Path, Argument(metavar="OUT_DIR", help="Where 000000.png ... and frames.csv go.")],
    mask: MaskOptions,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Write one mask of the lips per frame."""
    settings = {**clip.settings(), **mask.settings()}

    from lipfx import pipeline

    options = pipeline.MaskOptions(**settings, overwrite=run.overwrite)
    with common.progress_bar(run.quiet, run.log_json) as progress:
        pipeline.masks(source, folder, options, progress=progress)
