"""Owns `lipfx track`: its arguments and their meaning; must not know how faces are found or written."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

from typer import Argument

from lipfx.cli import outcome
from lipfx.cli.looking import looking
from lipfx.cli.options import ClipOptions, RunOptions, expanded
from lipfx.cli.outputs import output_for
from lipfx.core.rooms import scratch_folder
from lipfx.video.limits import SIZES


@expanded
def track(
    source: Annotated[
        Path, Argument(metavar="INPUT", help=f"A video, a picture or a folder of pictures; {SIZES}.")
    ],
    output: Annotated[
        str | None,
        Argument(
            metavar="OUT.jsonl",
            help="The file of faces and landmarks to write, or a folder for it; - is standard output; else "
            "INPUT-track.jsonl.",
        ),
    ] = None,
    *,
    clip: ClipOptions,
    run: RunOptions,
) -> None:
    """Write the faces and lip landmarks of every frame, one line each."""
    settings = clip.settings()

    with looking(source, clip) as looked:
        from lipfx import pipeline

    options = pipeline.TrackOptions(**settings, overwrite=run.overwrite, clip=looked.result())
    with ExitStack() as stack:
        path = shown = Path("-")
        if output == "-":
            path = stack.enter_context(_to_stdout())
        else:
            path = shown = output_for(source, output, "track", ".jsonl")
        progress, findings = stack.enter_context(outcome.told(run, source, shown))
        pipeline.track(source, path, options, progress=progress, watch=findings)


@contextmanager
def _to_stdout() -> Iterator[Path]:
    """A file whose content goes to standard output once it is complete: its first line tells of the last."""
    with scratch_folder() as folder:
        path = folder / "tracks.jsonl"
        yield path
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
