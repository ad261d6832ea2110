"""Owns the job of `lipfx apply`: effects on a clip, written with all else intact."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lipfx.compositing.compose import Compositor
from lipfx.core.temporary import check_inputs
from lipfx.core.values import Face, Frame, FrameFaces
from lipfx.core.work import Work
from lipfx.effects.base import Effect
from lipfx.effects.personal import check_names
from lipfx.errors import EffectError
from lipfx.pipeline.analysed import analysed, counted
from lipfx.pipeline.options import NOBODY, Progress, SourceOptions, Watch
from lipfx.pipeline.profile import Profile
from lipfx.pipeline.provenance import provenance
from lipfx.video.source import open_writer
from lipfx.video.writing.cut import Cut
from lipfx.video.writing.encoding import Encoding

MEMORY_SECONDS = 2.0
FACELESS = "its pictures are as they were"

log = logging.getLogger("lipfx")


@dataclass(frozen=True, slots=True)
class ApplyOptions(SourceOptions):
    """How `apply` reads and encodes; None leaves a choice to lipfx.

    codec, crf, preset, encoder_args, pix_fmt: the encoder's; encoder_args are words of ffmpeg's command line,
    pix_fmt is its name of a pixel format.
    on_effect_error: fail, or skip: such frames are written as if they showed no face.
    overwrite: replace an existing output. provenance: say in its metadata how it was made.
    """

    codec: str | None = None
    crf: float | None = None
    preset: str | None = None
    encoder_args: tuple[str, ...] = ()
    pix_fmt: str | None = None
    on_effect_error: Literal["fail", "skip"] = "fail"
    overwrite: bool = False
    provenance: bool = True


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
    options, profile = options or ApplyOptions(), profile or Profile(Work())
    work = profile.work
    check_names(chain, options.choice.persons)
    compositor = Compositor(chain, work)
    reader = options.open(source)
    check_inputs(output, options.inputs)
    encoding = Encoding(options.codec, options.crf, options.preset, options.encoder_args, options.pix_fmt)
    told = provenance(chain, options.weights) if options.provenance else ""
    cut = Cut(options.start, options.end)
    memory = TrackMemory(compositor)
    stage = _Skipping(compositor) if options.on_effect_error == "skip" else compositor

    def begin(first: Frame) -> None:
        form, colour = compositor.output_format(first.format, first.colour)
        writer.begin(replace(first, format=form, colour=colour))

    with (
        open_writer(
            output, reader.clip, encoding, cut=cut, overwrite=options.overwrite, provenance=told
        ) as writer,
        analysed(reader, options, progress, work, begin=begin) as frames,
    ):
        for frame, faces in counted(frames, reader, options, progress, watch, FACELESS):
            memory.see(faces)
            with work.on("effects"):
                made_up = stage.render(frame, faces.faces)
            watch.made(made_up)
            with work.on("encode"):
                writer.write(made_up)
            work.count("frames written")
        profile.note_processes()
    if isinstance(stage, _Skipping):
        stage.warn()
    for note in dict.fromkeys(writer.notes):
        log.warning("%s", note)


class _Skipping:
    """Renders frames whose effects fail as if they showed no face, and counts them."""

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self._failed = 0
        self._first: EffectError | None = None

    def render(self, frame: Frame, faces: Sequence[Face]) -> Frame:
        """The frame with effects, or without where one fails."""
        try:
            return self._compositor.render(frame, faces)
        except EffectError as error:
            self._failed += 1
            self._first = self._first or error
            return self._compositor.render(frame, ())

    def warn(self) -> None:
        """One warning for all frames that were passed through."""
        if self._first is not None:
            log.warning("%d frames were passed through without effects: %s", self._failed, self._first)


class TrackMemory:
    """Tells the compositor when a track has ended: after two seconds unseen no face comes back to its id."""

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self._last: dict[int, float] = {}

    def see(self, faces: FrameFaces) -> None:
        """Notes the tracks of a frame and ends those that are gone."""
        for face in faces.faces:
            self._last[face.track_id] = faces.time
        for track_id in [k for k, time in self._last.items() if faces.time - time > MEMORY_SECONDS]:
            del self._last[track_id]
            self._compositor.end_track(track_id)
