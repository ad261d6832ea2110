"""Owns the job of `lipfx track`: faces and landmarks of every frame, one line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lipfx.core.temporary import check_inputs
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.options import NOBODY, Progress, SourceOptions, Watch
from lipfx.pipeline.tracks import TracksWriter


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
    check_inputs(output, options.inputs)
    with (
        TracksWriter(output, reader.clip, overwrite=options.overwrite) as writer,
        analysed(reader, options, progress, describe=True) as frames,
    ):
        for frame, faces in counted(frames, reader, options, progress, watch):
            writer.write(frame, faces, reader.name_of(frame.index))
