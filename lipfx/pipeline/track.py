"""Owns the job of `lipfx track`: faces and landmarks of every frame, one line each."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from lipfx.core.temporary import check_inputs
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.options import NOBODY, Progress, SourceOptions, Watch
from lipfx.pipeline.tracks import TracksWriter
from lipfx.tcnn.checkpoint import identity

log = logging.getLogger("lipfx")

OTHERS = (".csv", ".tsv", ".txt", ".xml", ".yaml", ".npy")
"""Endings of names that say what a tracks file is not."""
FACELESS = "no line of the file has any"


@dataclass(frozen=True, slots=True)
class TrackOptions(SourceOptions):
    """How `track` reads and writes."""

    overwrite: bool = False


def track(
    source: Path,
    output: Path,
    options: TrackOptions | None = None,
    *,
    progress: Progress = lambda _done, _total: None,
    watch: Watch = NOBODY,
) -> None:
    """Writes a tracks file; it appears under its name when it is complete.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    options = options or TrackOptions()
    reader = options.open(source)
    if output.suffix.lower() in OTHERS:
        log.warning("%s holds JSON Lines, whatever its name says; call it .jsonl", output.name)
    check_inputs(output, options.inputs)
    with (
        TracksWriter(
            output, reader.clip, overwrite=options.overwrite, weights=identity(options.weights)
        ) as writer,
        analysed(reader, options, progress, describe=True) as frames,
    ):
        for frame, faces in counted(frames, reader, options, progress, watch, FACELESS):
            writer.write(frame, faces, reader.name_of(frame.index))
            del frame
