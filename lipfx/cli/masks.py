"""Owns `lipfx masks`: its arguments and their meaning; must not know how masks are made or written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from lipfx.cli import outcome
from lipfx.cli.options import ClipOptions, MaskOptions, RunOptions, expanded
from lipfx.cli.outputs import output_for
from lipfx.video.limits import SIZES

Person = Annotated[
    list[str] | None,
    Option(
        "--person",
        metavar="NAME=PHOTO",
        help="A folder of masks for NAME, told by a photograph, or X,Y[@TIME]. May be repeated.",
    ),
]


@expanded
def masks(
    source: Annotated[
        Path, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ],
    folder: Annotated[
        Path | None,
        Argument(metavar="OUT_DIR", help="Where 000000.png ... and frames.csv go; else INPUT-masks."),
    ] = None,
    person: Person = None,
    *,
    mask: MaskOptions,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Write one mask of the lips per frame."""
    settings = {**clip.settings(person), **mask.settings()}
    folder = folder or output_for(source, None, "masks", "")

    from lipfx import pipeline

    options = pipeline.MaskOptions(**settings, overwrite=run.overwrite)
    with outcome.told(run, source, folder) as (progress, findings):
        pipeline.masks(source, folder, options, progress=progress, watch=findings)
