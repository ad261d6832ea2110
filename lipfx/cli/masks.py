"""Owns `lipfx masks`: its arguments and their meaning; must not know how masks are made or written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Option

from lipfx.cli import common
from lipfx.cli.options import ClipOptions, RunOptions, expanded
from lipfx.video.limits import SIZES


@expanded
def masks(
    source: Annotated[
        Path, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ],
    folder: Annotated[Path, Argument(metavar="OUT_DIR", help="Where 000000.png ... and frames.csv go.")],
    kind: Annotated[
        Literal["alpha", "labels"],
        Option(help="alpha: how much of a pixel is lips; labels: 1 upper lip, 2 lower lip, 3 inner mouth."),
    ] = "alpha",
    bits: Annotated[Literal["8", "16"], Option(help="Depth of an alpha sample; labels have 8 bits.")] = "8",
    per_face: Annotated[bool, Option("--per-face", help="A folder per face: face-0001 ...")] = False,
    *,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Write one mask of the lips per frame."""
    settings = clip.settings()

    from lipfx import pipeline

    options = pipeline.MaskOptions(
        **settings, kind=kind, bits=int(bits), per_face=per_face, overwrite=run.overwrite
    )
    with common.progress_bar(run.quiet, run.log_json) as progress:
        pipeline.masks(source, folder, options, progress=progress)
