"""Owns lipfx on files, as Python programs call it; must not know arrays.

What `lipfx.api` says holds here too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lipfx.api.asked import Chain, File, Largest, Point, choice_of, effects_of, path
from lipfx.effects.base import Effect
from lipfx.errors import OutputError, UsageError

if TYPE_CHECKING:
    from lipfx.pipeline import ApplyOptions


@dataclass(frozen=True, slots=True)
class Done:
    """What was done. output: the file. frames: how many are in it. faces: how many were followed.

    doubtful: by track id the stretches, (start, end) in seconds, in which a face is followed whose lips are
    covered, turned away or unsure: those to look at.
    """

    output: Path
    frames: int
    faces: int
    doubtful: dict[int, list[tuple[float, float]]]


def process_video(
    source: File,
    output: File,
    chain: Chain,
    *,
    start: float | None = None,
    end: float | None = None,
    codec: str | None = None,
    crf: float | None = None,
    preset: str | None = None,
    encoder_args: Sequence[str] = (),
    on_effect_error: Literal["fail", "skip"] = "fail",
    choose: Largest = "all",
    face_at: Sequence[Point] = (),
    face_like: Sequence[File] = (),
    persons: Mapping[str, File | Point] | None = None,
    tracks: File | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    deinterlace: bool = False,
    overwrite: bool = False,
    provenance: bool = True,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> Done:
    """Runs a chain of effects on a video or picture file, as `lipfx apply` does; sound and times are kept.

    Examples:
        >>> done = lipfx.process_video("samples/talking.mp4", "ruby.mp4", "lipstick:shade=ruby", end=0.4)
        >>> done.frames, done.faces, done.doubtful
        (10, 1, {})

    start, end: seconds. codec, crf, preset, encoder_args: the encoder's, as ffmpeg names them; the last are
    words such as `["-tune", "film"]`. on_effect_error: fail, or skip a frame's effects. choose, face_at,
    face_like, persons and how faces are found: see `lipfx.api`. tracks: a file that `lipfx track` wrote for
    this clip. provenance: say in the metadata how the result was made. progress: called with the frames done
    and their number, None where that is not known.

    Several threads may call this at the same time, for an output each; many short clips gain by it.

    Raises:
        LipfxError: see `lipfx.errors`; nothing is left behind then.
    """
    from lipfx import pipeline

    options = pipeline.ApplyOptions(
        start=start,
        end=end,
        codec=codec,
        crf=crf,
        preset=preset,
        encoder_args=tuple(encoder_args),
        on_effect_error=on_effect_error,
        choice=choice_of(choose, face_at, face_like, persons),
        tracks=path(tracks),
        weights=path(weights),
        shape_predictor=path(shape_predictor),
        detector=detector,
        device=device,
        deinterlace=deinterlace,
        overwrite=overwrite,
        provenance=provenance,
    )
    return _done(effects_of(chain), Path(source), Path(output), options, progress)


def process_images(
    sources: Iterable[File],
    folder: File,
    chain: Chain,
    *,
    choose: Largest = "all",
    face_like: Sequence[File] = (),
    persons: Mapping[str, File] | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    overwrite: bool = False,
    provenance: bool = True,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> list[Done]:
    """Runs a chain of effects on picture files, each for itself; results have their names, in `folder`.

    Examples:
        >>> portraits = ["docs/gallery/portraits/neutral_front_010.jpg"]
        >>> (done,) = lipfx.process_images(portraits, "made-up", "lipstick:shade=ruby")
        >>> done.output.name, done.faces
        ('neutral_front_010.jpg', 1)

    The folder is made where it is missing. choose, face_like, persons and how faces are found: see
    `lipfx.api`. provenance: say in the metadata how a result was made. progress: called with the pictures
    done and their number.

    Raises:
        UsageError: two pictures would have one name, or a file is no picture; nothing is done then.
        LipfxError: see `lipfx.errors`; pictures before the one that it names are done.
    """
    from lipfx import pipeline
    from lipfx.video.source import is_still

    if isinstance(sources, (str, os.PathLike)):
        raise UsageError(f"sources is one file, {str(sources)!r}, wanted a list of them; give [file]")
    effects, pictures, room = effects_of(chain), [Path(source) for source in sources], Path(folder)
    outputs: dict[Path, Path] = {}
    for picture in pictures:
        if picture.is_dir() or not is_still(picture):
            raise UsageError(f"{picture} is no picture; process_video takes clips")
        other = outputs.setdefault(room / picture.name, picture)
        if other is not picture:
            raise UsageError(f"{other} and {picture} would both become {room / picture.name}; rename one")
    options = pipeline.ApplyOptions(
        choice=choice_of(choose, (), face_like, persons),
        weights=path(weights),
        shape_predictor=path(shape_predictor),
        detector=detector,
        device=device,
        overwrite=overwrite,
        provenance=provenance,
    )
    done: list[Done] = []
    for output, picture in outputs.items():
        try:
            room.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{room} cannot be a folder: {error.strerror}; choose another") from error
        done.append(_done(effects, picture, output, options, lambda _done, _total: None))
        progress(len(done), len(outputs))
    return done


def _done(
    effects: Sequence[Effect],
    source: Path,
    output: Path,
    options: ApplyOptions,
    progress: Callable[[int, int | None], None],
) -> Done:
    from lipfx import pipeline

    findings = pipeline.Findings()
    pipeline.apply(effects, source, output, options, progress=progress, watch=findings)
    return Done(output, findings.frames, len(findings.tracks), findings.doubtful)
