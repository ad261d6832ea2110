"""Owns `lipfx masks`: its arguments and their meaning; must not know how masks are made or written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Option

from lipfx.cli import common


def masks(
    source: Annotated[Path, Argument(metavar="INPUT", help="A video, a picture or a folder of pictures.")],
    folder: Annotated[Path, Argument(metavar="OUT_DIR", help="Where 000000.png ... and frames.csv go.")],
    kind: Annotated[
        Literal["alpha", "labels"],
        Option(help="alpha: how much of a pixel is lips; labels: 1 upper lip, 2 lower lip, 3 inner mouth."),
    ] = "alpha",
    bits: Annotated[Literal["8", "16"], Option(help="Depth of an alpha sample; labels have 8 bits.")] = "8",
    per_face: Annotated[bool, Option("--per-face", help="A folder per face: face-0001 ...")] = False,
    start: common.Start = None,
    end: common.End = None,
    deinterlace: common.Deinterlace = False,
    tracks: common.Tracks = None,
    weights: common.Weights = None,
    shape_predictor: common.ShapePredictor = None,
    device: common.Device = "auto",
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
) -> None:
    """Write one mask of the lips per frame."""
    first, last = common.span(start, end)

    from lipfx import pipeline

    options = pipeline.MaskOptions(
        kind=kind,
        bits=int(bits),
        per_face=per_face,
        start=first,
        end=last,
        deinterlace=deinterlace,
        tracks=tracks,
        weights=weights,
        shape_predictor=shape_predictor,
        device=device,
        overwrite=overwrite,
    )
    with common.progress_bar(quiet) as progress:
        pipeline.masks(source, folder, options, progress=progress)
