"""Owns `lipfx apply`: its arguments and their meaning; must not know how a clip is processed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from lipfx.cli import common
from lipfx.errors import UsageError


def _arguments(words: Sequence[str | None], chain_file: Path | None) -> tuple[str, Path, Path]:
    """The chain (empty where a file says it), input and output among the positional arguments."""
    wanted = ["INPUT", "OUTPUT"] if chain_file else ["CHAIN", "INPUT", "OUTPUT"]
    given = [word for word in words if word is not None]
    if len(given) != len(wanted):
        raise UsageError(f"{len(given)} arguments found, wanted {' '.join(wanted)}; see `lipfx apply --help`")
    return "" if chain_file else given[0], Path(given[-2]), Path(given[-1])


def apply(
    chain: Annotated[str, Argument(metavar="CHAIN", help="Effects joined by '+'; left out with --chain.")],
    source: Annotated[str, Argument(metavar="INPUT", help="A video or a picture.")],
    output: Annotated[str | None, Argument(metavar="OUTPUT", help="The file to write.")] = None,
    codec: Annotated[
        str | None, Option(metavar="ENCODER", help="ffmpeg's name: libx264, ffv1, prores_ks ...")
    ] = None,
    crf: Annotated[int | None, Option(help="Quality for the encoder; lower is better.")] = None,
    preset: Annotated[str | None, Option(help="Speed of the encoder: ultrafast ... veryslow.")] = None,
    start: common.Start = None,
    end: common.End = None,
    deinterlace: common.Deinterlace = False,
    tracks: common.Tracks = None,
    chain_file: common.ChainFile = None,
    settings: common.Settings = [],  # noqa: B006 - typer copies it
    weights: common.Weights = None,
    shape_predictor: common.ShapePredictor = None,
    device: common.Device = "auto",
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
) -> None:
    """Run effects on a video or picture and write the result, sound included."""
    text, clip, result = _arguments([chain, source, output], chain_file)
    first, last = common.span(start, end)

    from lipfx import pipeline, registry

    if chain_file is not None:
        effects = registry.load_chain_file(chain_file, settings)
    else:
        effects = registry.parse_chain(text, settings)
    options = pipeline.ApplyOptions(
        codec=codec,
        crf=crf,
        preset=preset,
        start=first,
        end=last,
        deinterlace=deinterlace,
        tracks=tracks,
        weights=weights,
        shape_predictor=shape_predictor,
        device=device,
        overwrite=overwrite,
    )
    with common.progress_bar(quiet) as progress:
        pipeline.apply(effects, clip, result, options, progress=progress)
