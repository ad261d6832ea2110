"""Owns `lipfx preview`: its arguments and their meaning; must not know how a sheet is made."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from lipfx.cli import outcome
from lipfx.cli.chains import chain_and_paths, effects_and_part
from lipfx.cli.grid import variants
from lipfx.cli.options import (
    ChainOptions,
    ChainText,
    ClipOptions,
    Layout,
    RunOptions,
    SheetOptions,
    expanded,
)
from lipfx.cli.outputs import output_for
from lipfx.cli.time_options import TimeOptions
from lipfx.errors import UsageError
from lipfx.video.limits import SIZES

Grid = Annotated[
    list[str] | None,
    Option(
        metavar="KEY=VALUE,...",
        help="On a page: a variant for each value, as in --grid shade=ruby,coral; liner.shade=plum,wine "
        "where several effects have it; chain=evening,everyday for whole chains. May be repeated.",
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
    layout: Annotated[Layout, Option(help="Of a film: before beside after, or a line that wipes.")] = "side",
    *,
    sheet: SheetOptions,
    effects: ChainOptions,
    clip: ClipOptions,
    times: TimeOptions,
    run: RunOptions,
) -> None:
    """Show what a chain does: chosen frames before and after as a sheet or page, or all as a small film."""
    settings = {**clip.settings(effects.person), **times.times(), **sheet.settings(), "layout": layout}
    words, names = [chain, source, output], ["CHAIN", "INPUT", "OUT"]
    text, path, named = chain_and_paths("preview", words, names, effects)
    made, part = effects_and_part(text, effects)
    sheet_path = output_for(path, named, f"{part}-preview", ".png")

    from lipfx import pipeline
    from lipfx.video.writing.muxing import MUXERS

    options = times.widened(pipeline.PreviewOptions(**settings, overwrite=run.overwrite), path)
    kind = sheet_path.suffix.lower()
    shown = variants(text, made, effects, grid or [])
    if kind != ".html" and len(shown) > 1:
        raise UsageError(f"--grid wants a page; name one, as in {sheet_path.stem}.html")
    whole = kind == ".html" or kind in MUXERS
    if kind in MUXERS and (sheet.at or sheet.show):
        raise UsageError(f"--at and --show are of sheets and pages; name one, as in {sheet_path.stem}.png")
    if kind not in MUXERS and layout != "side":
        raise UsageError(f"--layout is of a film; name one, as in {sheet_path.stem}.mp4")
    only = next(iter(shown.values()))
    with outcome.told(run, path, sheet_path, whole=whole) as (progress, findings):
        if kind == ".html":
            pipeline.preview_page(shown, path, sheet_path, options, progress=progress, watch=findings)
        elif kind in MUXERS:
            pipeline.preview_film(only, path, sheet_path, options, progress=progress, watch=findings)
        else:
            pipeline.preview(only, path, sheet_path, options, progress=progress, watch=findings)
