"""Owns `lipfx preview`: its arguments and their meaning; must not know how a sheet is made."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from lipfx.cli import outcome
from lipfx.cli.chains import effects_and_paths
from lipfx.cli.options import ChainOptions, ChainText, ClipOptions, RunOptions, SheetOptions, expanded
from lipfx.video.limits import SIZES


@expanded
def preview(
    chain: ChainText,
    source: Annotated[
        str | None, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ] = None,
    output: Annotated[
        str | None,
        Argument(
            metavar="OUT.png", help="The sheet to write, or a folder for it; else INPUT-CHAIN-preview.png."
        ),
    ] = None,
    *,
    sheet: SheetOptions,
    effects: ChainOptions,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Write a contact sheet: chosen frames before and after, whole and close to the mouth."""
    settings = {**clip.settings(effects.person), **sheet.settings()}
    words, names = [chain, source, output], ["CHAIN", "INPUT", "OUT.png"]
    made, path, sheet_path = effects_and_paths("preview", words, names, effects, ".png")

    from lipfx import pipeline

    options = pipeline.PreviewOptions(**settings, overwrite=run.overwrite)
    with outcome.told(run, path, sheet_path, whole=False) as (progress, findings):
        pipeline.preview(made, path, sheet_path, options, progress=progress, watch=findings)
