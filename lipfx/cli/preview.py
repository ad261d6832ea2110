"""Owns `lipfx preview`: its arguments and their meaning; must not know how a sheet is made."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from lipfx.cli import outcome
from lipfx.cli.chains import effects_and_paths
from lipfx.cli.grid import variants
from lipfx.cli.options import ChainOptions, ChainText, ClipOptions, RunOptions, SheetOptions, expanded
from lipfx.errors import UsageError
from lipfx.video.limits import SIZES

Grid = Annotated[
    list[str] | None,
    Option(
        metavar="KEY=VALUE,...",
        help="On a page: a variant for each value, as in --grid shade=ruby,coral. May be repeated.",
    ),
]


@expanded
def preview(
    chain: ChainText,
    source: Annotated[
        str | None, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ] = None,
    output: Annotated[
        str | None,
        Argument(
            metavar="OUT",
            help="What to write: a contact sheet (.png), a page with sliders and tracks over time (.html), a "
            "small film (.mp4); a folder; else INPUT-CHAIN-preview.png.",
        ),
    ] = None,
    grid: Grid = None,
    *,
    sheet: SheetOptions,
    effects: ChainOptions,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Show what a chain does: chosen frames before and after as a sheet or page, or all as a small film."""
    settings = {**clip.settings(effects.person), **sheet.settings()}
    words, names = [chain, source, output], ["CHAIN", "INPUT", "OUT"]
    made, path, sheet_path = effects_and_paths("preview", words, names, effects, ".png")

    from lipfx import pipeline
    from lipfx.video.writing.muxing import MUXERS

    options = pipeline.PreviewOptions(**settings, overwrite=run.overwrite)
    kind = sheet_path.suffix.lower()
    shown = variants(None if effects.chain_file else chain, made, effects, grid or [])
    if kind != ".html" and len(shown) > 1:
        raise UsageError(f"--grid wants a page; name one, as in {sheet_path.stem}.html")
    whole = kind == ".html" or kind in MUXERS
    with outcome.told(run, path, sheet_path, whole=whole) as (progress, findings):
        if kind == ".html":
            pipeline.preview_page(shown, path, sheet_path, options, progress=progress, watch=findings)
        elif kind in MUXERS:
            (only,) = shown.values()
            pipeline.preview_film(only, path, sheet_path, options, progress=progress, watch=findings)
        else:
            pipeline.preview(made, path, sheet_path, options, progress=progress, watch=findings)
