"""Owns `lipfx apply`: its arguments and their meaning; must not know how a clip is processed."""

from __future__ import annotations

import shlex
from typing import Annotated, Literal

from typer import Argument, Option

from lipfx.cli import common
from lipfx.cli.chains import effects_and_paths
from lipfx.cli.options import ChainOptions, ChainText, ClipOptions, RunOptions, expanded
from lipfx.core.work import Work
from lipfx.errors import UsageError
from lipfx.video.limits import SIZES


def _encoder_options(text: str | None) -> tuple[str, ...]:
    """The options of --encoder-args, split as a shell does.

    Raises: UsageError at a word that belongs to no option: ffmpeg would take it for another output.
    """
    try:
        words = shlex.split(text or "")
    except ValueError as error:
        raise UsageError(f"--encoder-args {text!r}: {error}; close the quotation") from error
    for before, word in zip(["", *words], words, strict=False):
        if not before.startswith("-") and not word.startswith("-"):
            raise UsageError(f"--encoder-args: {word!r} follows no option; write them as '-option value'")
    return tuple(words)


@expanded
def apply(
    chain: ChainText,
    source: Annotated[str, Argument(metavar="INPUT", help=f"A video or a picture; {SIZES}.")],
    output: Annotated[str | None, Argument(metavar="OUTPUT", help="The file to write.")] = None,
    codec: Annotated[
        str | None, Option(metavar="ENCODER", help="ffmpeg's name: libx264, ffv1, prores_ks ...")
    ] = None,
    crf: Annotated[int | None, Option(help="Quality for the encoder; lower is better.")] = None,
    pix_fmt: Annotated[
        str | None,
        Option(metavar="FORMAT", help="ffmpeg's name of the pixel format: yuv420p, yuv444p10le ..."),
    ] = None,
    preset: Annotated[str | None, Option(help="Speed of the encoder: ultrafast ... veryslow.")] = None,
    encoder_args: Annotated[
        str | None, Option(metavar="'-KEY VALUE ...'", help="Further options for ffmpeg's encoder.")
    ] = None,
    on_effect_error: Annotated[
        Literal["fail", "skip"], Option(help="When an effect fails: stop, or pass the frame through.")
    ] = "fail",
    profile: Annotated[
        bool, Option("--profile", help="Say at the end what the run took: time, waiting, memory.")
    ] = False,
    *,
    effects: ChainOptions,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Run effects on a video or picture and write the result, sound included."""
    settings = clip.settings(effects.person)
    words, names = [chain, source, output], ["CHAIN", "INPUT", "OUTPUT"]
    made, path, result = effects_and_paths("apply", words, names, effects)

    from lipfx import pipeline

    options = pipeline.ApplyOptions(
        **settings,
        codec=codec,
        crf=crf,
        preset=preset,
        pix_fmt=pix_fmt,
        encoder_args=_encoder_options(encoder_args),
        on_effect_error=on_effect_error,
        overwrite=run.overwrite,
    )
    took = pipeline.Profile(Work(timed=profile))
    with took.running(), common.progress_bar(run.quiet, run.log_json) as progress:
        pipeline.apply(made, path, result, options, progress=progress, profile=took)
    if profile:
        common.print_profile(took.text(), took.fields(), run.log_json)
