"""Owns `lipfx track`: its arguments and their meaning; must not know how faces are found or written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from lipfx.cli import common


def track(
    source: Annotated[Path, Argument(metavar="INPUT", help="A video, a picture or a folder of pictures.")],
    output: Annotated[Path, Argument(metavar="OUT.jsonl", help="The file of faces and landmarks to write.")],
    start: common.Start = None,
    end: common.End = None,
    deinterlace: common.Deinterlace = False,
    weights: common.Weights = None,
    shape_predictor: common.ShapePredictor = None,
    device: common.Device = "auto",
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
) -> None:
    """Write the faces and lip landmarks of every frame, one line each."""
    first, last = common.span(start, end)

    from lipfx import pipeline

    options = pipeline.TrackOptions(
        start=first,
        end=last,
        deinterlace=deinterlace,
        weights=weights,
        shape_predictor=shape_predictor,
        device=device,
        overwrite=overwrite,
    )
    with common.progress_bar(quiet) as progress:
        pipeline.track(source, output, options, progress=progress)
