"""Owns `lipfx masks`: its arguments and their meaning; must not know how masks are made or written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from lipfx.cli import outcome
from lipfx.cli.looking import looking
from lipfx.cli.mask_options import MaskOptions
from lipfx.cli.options import ClipOptions, RunOptions, expanded
from lipfx.cli.outputs import output_for
from lipfx.cli.time_options import TimeOptions
from lipfx.errors import UsageError
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
        Argument(
            metavar="OUT",
            help="The folder for 000000.png ... and frames.csv, or a clip (.mov, .mkv); else INPUT-masks.",
        ),
    ] = None,
    person: Person = None,
    codec: Annotated[
        str | None,
        Option(metavar="ENCODER", help="Of a clip of mattes: prores_ks (.mov), ffv1 (.mkv), png, libx264."),
    ] = None,
    *,
    mask: MaskOptions,
    clip: ClipOptions,
    times: TimeOptions,
    run: RunOptions,
) -> None:
    """Write one mask of the lips per frame, or several layers, as pictures or as a clip."""
    mask.check_persons(person)
    settings = {**clip.settings(person), **times.times(), **mask.settings()}
    if folder == Path("-"):
        raise UsageError("masks are pictures in a folder; name one, or a clip (.mov, .mkv), in place of -")
    folder = folder or output_for(source, None, "masks", "")

    with looking(source, clip) as looked:
        from lipfx import pipeline

    options = pipeline.MaskOptions(**settings, codec=codec, overwrite=run.overwrite, clip=looked.result())
    options = times.widened(options, source)
    with outcome.told(run, source, folder) as (progress, findings):
        pipeline.masks(source, folder, options, progress=progress, watch=findings)
