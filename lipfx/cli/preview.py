"""Owns `lipfx preview`: its arguments and their meaning; must not know how a sheet is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from typer import Argument, Option

from lipfx.cli import common
from lipfx.cli.chains import effects_and_paths
from lipfx.cli.options import ChainOptions, ChainText, ClipOptions, RunOptions, expanded
from lipfx.errors import UsageError
from lipfx.video.limits import SIZES

Show = Literal["mask", "landmarks"]


@expanded
def preview(
    chain: ChainText,
    source: Annotated[
        str, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ],
    output: Annotated[str | None, Argument(metavar="OUT.png", help="The contact sheet to write.")] = None,
    at: Annotated[
        list[str], Option(metavar="TIME", help="Show the frame at this time; may be repeated.")
    ] = [],  # noqa: B006 - typer copies it
    count: Annotated[int, Option(min=1, max=100, help="How many frames, spread evenly, without --at.")] = 4,
    show: Annotated[
        list[str], Option(metavar="mask,landmarks", help="Add the mask, the landmarks or both.")
    ] = [],  # noqa: B006 - typer copies it
    *,
    effects: ChainOptions,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Write a contact sheet: chosen frames before and after, whole and close to the mouth."""
    settings = clip.settings(effects.person)
    times, added = tuple(common.seconds(time) for time in at), _added(show)
    words, names = [chain, source, output], ["CHAIN", "INPUT", "OUT.png"]
    made, path, sheet = effects_and_paths("preview", words, names, effects)

    from lipfx import pipeline

    options = pipeline.PreviewOptions(**settings, count=count, at=times, show=added, overwrite=run.overwrite)
    with common.progress_bar(run.quiet, run.log_json) as progress:
        pipeline.preview(made, path, sheet, options, progress=progress)


def _added(words: Sequence[str]) -> tuple[Show, ...]:
    """What --show asks for, in the order of the sheet.

    Raises: UsageError when there is no such thing.
    """
    known: tuple[Show, ...] = get_args(Show)
    asked = {part.strip() for word in words for part in word.split(",")}
    for name in sorted(asked.difference(known)):
        raise UsageError(f"--show '{name}' is not known; give mask, landmarks or both joined by ','")
    return tuple(name for name in known if name in asked)
