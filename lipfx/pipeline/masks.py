"""Owns the job of `lipfx masks`: a clip's mattes, in files or a clip; must not know the command line."""

from __future__ import annotations

from pathlib import Path

from lipfx.errors import UsageError
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.mask_clip import MaskClip
from lipfx.pipeline.mask_files import MaskFiles, new_folder
from lipfx.pipeline.mattes import MaskOptions, check
from lipfx.pipeline.options import NOBODY, Progress, Watch
from lipfx.video.source import FrameReader
from lipfx.video.stills.exr import check_exr
from lipfx.video.stills.naming import NUMBER, is_picture, is_sequence
from lipfx.video.writing.muxing import MUXERS

FACELESS = "all masks are black"


def masks(
    source: Path,
    output: Path,
    options: MaskOptions | None = None,
    *,
    progress: Progress = lambda _done, _total: None,
    watch: Watch = NOBODY,
) -> None:
    """Writes mattes of the lips: a clip where `output` is named like one, else a folder of pictures, one a
    frame and layer, and frames.csv with their times.

    The output appears when it is complete; on an error nothing is left behind.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    options = options or MaskOptions()
    check(options)
    if options.format == "exr":
        check_exr()
    if is_sequence(output):
        meant = NUMBER.sub("{frame:04}", output.name)
        raise UsageError(f"{output} names pictures; name their folder, and --names '{meant}'")
    if is_picture(output) and not output.is_dir():
        raise UsageError(
            f"{output} names a picture; masks go into a folder, one picture comes of: apply mask"
        )
    reader = options.open(source)
    if output.suffix.lower() in MUXERS and not output.is_dir():
        _as_clip(output, reader, options, progress, watch)
    elif options.codec is not None:
        raise UsageError(f"codec {options.codec} is of clips, {output} is a folder; name a .mov or .mkv")
    else:
        _as_files(output, reader, options, progress, watch)


def _as_files(
    folder: Path, reader: FrameReader, options: MaskOptions, progress: Progress, watch: Watch
) -> None:
    with (
        new_folder(folder, reader.clip, options) as room,
        analysed(reader, options, progress) as frames,
    ):
        files = MaskFiles(room, reader, options)
        for frame, faces in counted(frames, reader, options, progress, watch, FACELESS):
            files.add(frame, faces.faces)
            del frame
        files.finish()


def _as_clip(
    output: Path, reader: FrameReader, options: MaskOptions, progress: Progress, watch: Watch
) -> None:
    with (
        MaskClip(output, reader.clip, options) as clip,
        analysed(reader, options, progress) as frames,
    ):
        for frame, faces in counted(frames, reader, options, progress, watch, FACELESS):
            clip.add(frame, faces.faces)
            del frame
    clip.warn()
