"""Owns `lipfx apply`: its arguments and their meaning; must not know how a clip is processed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from lipfx.cli import common, outcome
from lipfx.cli.chains import chain_and_paths, effects_and_part, items_of
from lipfx.cli.looking import looking
from lipfx.cli.options import (
    ChainOptions,
    ChainText,
    ClipOptions,
    CrowdOptions,
    EncodingOptions,
    RunOptions,
    expanded,
)
from lipfx.cli.outputs import output_for, written_suffix
from lipfx.cli.time_options import TimeOptions
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
    mattes: Annotated[
        Path | None,
        Option(
            metavar="DIR|CLIP",
            help="Mattes as `lipfx masks` writes them, edited: where they differ from lipfx's, they count.",
        ),
    ] = None,
    holdout: Annotated[
        Path | None,
        Option(metavar="DIR|CLIP", help="Mattes of what effects must not touch, such as a hand."),
    ] = None,
    start_number: Annotated[
        int | None,
        Option(metavar="N", min=0, help="The number of the clip's first frame in names of pictures: 1001."),
    ] = None,
    *,
    crowd: CrowdOptions,
    encoding: EncodingOptions,
    effects: ChainOptions,
    clip: ClipOptions,
    times: TimeOptions,
    run: RunOptions,
) -> None:
    """Run effects on a video or picture and write the result, sound included."""
    settings = {**clip.settings(effects.person), **times.times(), **encoding.settings()}
    words, names = [chain, source, output], ["CHAIN", "INPUT", "OUTPUT"]
    text, path, named = chain_and_paths("apply", words, names, effects)
    with looking(path, clip) as looked:
        made, part = effects_and_part(text, effects)
        result = output_for(path, named, part, written_suffix(path))
        from lipfx import pipeline

    corrections = pipeline.Corrections(mattes, holdout, start_number)
    options = pipeline.ApplyOptions(
        **settings, corrections=corrections, overwrite=run.overwrite, clip=looked.result()
    )
    options = times.widened(options, path)
    took = pipeline.Profile(Work(timed=profile))
    with outcome.told(run, path, result) as (progress, findings), took.running():
        if crowd.alone:
            pipeline.apply(made, path, result, options, progress=progress, watch=findings, profile=took)
        else:
            from lipfx.batch.long_clip import Crowd, apply_together
            from lipfx.batch.task import Job

            jobs = None if crowd.engine == "ray" and crowd.jobs == 1 else crowd.jobs
            apply_together(
                Job("apply", options, items_of(chain, effects), tuple(effects.changes)),
                made,
                path,
                result,
                Crowd(jobs, crowd.engine, crowd.address),
                progress=progress,
                watch=findings,
                profile=took,
            )
    if profile:
        common.print_profile(took.text(), took.fields(), run.log_json)
