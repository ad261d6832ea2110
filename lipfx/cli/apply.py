"""Owns `lipfx apply`: its arguments and their meaning; must not know how a clip is processed."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from lipfx.cli import common, outcome
from lipfx.cli.chains import effects_and_paths
from lipfx.cli.options import ChainOptions, ChainText, ClipOptions, EncodingOptions, RunOptions, expanded
from lipfx.core.work import Work
from lipfx.video.limits import SIZES


@expanded
def apply(
    chain: ChainText,
    source: Annotated[
        str | None, Argument(metavar="INPUT", help=f"A video or a picture; {SIZES}.", show_default=False)
    ] = None,
    output: Annotated[
        str | None,
        Argument(metavar="OUTPUT", help="The file to write, or a folder for it; else INPUT-CHAIN."),
    ] = None,
    profile: Annotated[
        bool, Option("--profile", help="Say at the end what the run took: time, waiting, memory.")
    ] = False,
    *,
    encoding: EncodingOptions,
    effects: ChainOptions,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Run effects on a video or picture and write the result, sound included."""
    settings = {**clip.settings(effects.person), **encoding.settings()}
    words, names = [chain, source, output], ["CHAIN", "INPUT", "OUTPUT"]
    made, path, result = effects_and_paths("apply", words, names, effects)

    from lipfx import pipeline

    options = pipeline.ApplyOptions(**settings, overwrite=run.overwrite)
    took = pipeline.Profile(Work(timed=profile))
    with outcome.told(run, path, result) as (progress, findings), took.running():
        pipeline.apply(made, path, result, options, progress=progress, watch=findings, profile=took)
    if profile:
        common.print_profile(took.text(), took.fields(), run.log_json)
