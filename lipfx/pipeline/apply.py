"""Owns the job of `lipfx apply`: effects on a clip, written with all else intact."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from lipfx.core.temporary import check_inputs
from lipfx.core.values import Frame
from lipfx.core.work import Work
from lipfx.effects.base import Effect, reach_of
from lipfx.effects.personal import check_names
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.beside import beside
from lipfx.pipeline.options import NOBODY, Progress, SourceOptions, Watch
from lipfx.pipeline.profile import Profile
from lipfx.pipeline.provenance import provenance
from lipfx.pipeline.retouch import Corrections, retouching
from lipfx.pipeline.stage import Stage
from lipfx.video.source import open_writer
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding

FACELESS = "effects on mouths leave it as it was"

log = logging.getLogger("lipfx")


@dataclass(frozen=True, slots=True)
class ApplyOptions(SourceOptions):
    """How `apply` reads and encodes; None leaves a choice to lipfx.

    codec, crf, preset, encoder_args, pix_fmt: the encoder's; encoder_args are words of ffmpeg's command line,
    pix_fmt is its name of a pixel format.
    on_effect_error: fail, or skip: such frames stay as they were.
    overwrite: replace an existing output. provenance: say in its metadata how it was made.
    corrections: mattes and hold-outs by hand.
    """

    codec: str | None = None
    crf: float | None = None
    preset: str | None = None
    encoder_args: tuple[str, ...] = ()
    pix_fmt: str | None = None
    on_effect_error: Literal["fail", "skip"] = "fail"
    overwrite: bool = False
    provenance: bool = True
    corrections: Corrections = field(default_factory=Corrections)

    @property
    def inputs(self) -> tuple[Path, ...]:
        by_hand = (self.corrections.mattes, self.corrections.holdout)
        return (*SourceOptions.inputs.__get__(self), *(path for path in by_hand if path is not None))


def apply(
    chain: Sequence[Effect],
    source: Path,
    output: Path,
    options: ApplyOptions | None = None,
    *,
    progress: Progress = lambda _done, _total: None,
    watch: Watch = NOBODY,
    profile: Profile | None = None,
) -> None:
    """Runs a chain of effects on every mouth of a video or picture.

    The output appears under its name when it is complete; on an error nothing is left behind. profile: takes
    note of the run.

    Raises:
        LipfxError: see `lipfx.errors`.
    """
    options, profile = (options or ApplyOptions()).reaching(reach_of(chain)), profile or Profile(Work())
    work = profile.work
    check_names(chain, options.choice.persons)
    reader = options.open(source)
    stage = Stage(
        chain,
        work,
        skips=options.on_effect_error == "skip",
        at_once=reader.clip.still,
        about=beside(reader.clip, chain),
    )
    check_inputs(output, options.inputs)
    encoding = Encoding(options.codec, options.crf, options.preset, options.encoder_args, options.pix_fmt)
    told = provenance(chain, options.weights) if options.provenance else ""
    cut = Cut(options.start, options.end)

    def begin(first: Frame) -> None:
        form, colour = stage.compositor.output_format(first.format, first.colour)
        writer.begin(replace(first, format=form, colour=colour))

    with (
        retouching(options, options.corrections, reader.clip) as hand,
        open_writer(
            output,
            reader.clip,
            encoding,
            cut=cut,
            overwrite=options.overwrite,
            provenance=told,
            first_number=options.corrections.start_number,
            data=stage.compositor.makes_mattes,
        ) as writer,
        analysed(reader, options, progress, work, begin=begin) as frames,
    ):
        stage.compositor.correct(hand)
        passing = counted(frames, reader, options, progress, watch, FACELESS)
        for made_up in stage.over(passing, work):
            if options.wants(made_up):
                watch.made(made_up)
                with work.on("encode"):
                    writer.write(made_up)
                work.count("frames written")
            del made_up
        profile.note_processes()
    stage.warn()
    for note in dict.fromkeys(writer.notes):
        log.warning("%s", note)
