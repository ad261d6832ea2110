"""Owns the options that several commands take, each declared once, and what the pipeline makes of them; must
not know any command.

A command takes a group of options as one parameter, of a dataclass whose fields are the options; `expanded`
makes of it what typer understands.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from typer import Argument, Option

from lipfx.cli import choices
from lipfx.cli.common import frame_rate, span
from lipfx.core.moments import seconds
from lipfx.errors import UsageError

Show = Literal["mask", "landmarks"]
Layout = Literal["side", "wipe"]
ChainText = Annotated[str, Argument(metavar="CHAIN", help="Effects joined by '+'; left out with --chain.")]
Weights = Annotated[Path | None, Option(metavar="DIR", help="Trained weights instead of those shipped.")]


@dataclass(frozen=True)
class NetworkOptions:
    """Options of commands that look for faces."""

    weights: Weights = None
    shape_predictor: Annotated[
        Path | None, Option(metavar="FILE.dat", help="dlib's 68-point file, to find mouths in faces.")
    ] = None
    detector: Annotated[
        Literal["auto", "yunet", "dlib"],
        Option(help="What finds faces: YuNet (auto), or dlib's HOG, which sees upright ones from the front."),
    ] = "auto"
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Option(help="Where the networks run.")] = "auto"
    min_confidence: Annotated[
        float,
        Option(
            metavar="0..1",
            min=0,
            max=1,
            help="Leave mouths alone in frames where they are less sure than this: the probability that "
            "lips are where they are seen (of those called 0.9, nine in ten are).",
        ),
    ] = 0.0

    def networks(self) -> dict[str, Any]:
        """The fields of `lipfx.pipeline.SourceOptions` that these stand for."""
        return {
            "weights": self.weights,
            "shape_predictor": self.shape_predictor,
            "detector": self.detector,
            "device": self.device,
            "min_confidence": self.min_confidence,
        }


@dataclass(frozen=True)
class PartOptions:
    """Options of commands that read a clip: what of it is meant."""

    start: Annotated[
        str | None, Option(metavar="TIME", help="Begin here: seconds or [hours:]minutes:seconds.")
    ] = None
    end: Annotated[str | None, Option(metavar="TIME", help="Stop before this time.")] = None
    deinterlace: Annotated[
        bool, Option("--deinterlace", help="Make whole pictures of an interlaced clip's fields.")
    ] = False
    stream: Annotated[
        int | None,
        Option(metavar="N", min=0, help="The video stream to take, as ffprobe numbers it; else the film."),
    ] = None
    probe_timeout: Annotated[
        float | None,
        Option(metavar="SECONDS", min=0.1, help="How long the input may give no byte while it is looked at."),
    ] = None

    rate: Annotated[
        str | None,
        Option(
            metavar="FPS",
            help="Frames a second of numbered pictures (24, 23.976); makes a clip of a folder of them.",
        ),
    ] = None
    input_space: Annotated[
        Literal["srgb", "rec709", "linear", "pq", "hlg", "log"] | None,
        Option(help="What numbers in numbered pictures mean, if not linear light in EXR and sRGB in others."),
    ] = None

    def part(self) -> dict[str, Any]:
        """The fields of `lipfx.pipeline.SourceOptions` that these stand for.

        Raises: UsageError when a time or rate is malformed.
        """
        first, last = span(self.start, self.end)
        return {
            "start": first,
            "end": last,
            "deinterlace": self.deinterlace,
            "stream": self.stream,
            "probe_timeout": self.probe_timeout,
            "rate": None if self.rate is None else frame_rate(self.rate),
            "input_space": self.input_space,
        }


@dataclass(frozen=True)
class FaceOptions(NetworkOptions, PartOptions):
    """Options of commands that look for faces in whole clips."""

    faces: Annotated[
        str,
        Option(
            metavar="all|largest|N",
            help="All faces, or at most N at a time: the largest by the area they take over their stay.",
        ),
    ] = "all"
    face_at: Annotated[
        list[str],
        Option(
            metavar="X,Y[@TIME]",
            help="Whoever is at that pixel, then or when first somebody is; in all shots where they look "
            "alike. May be repeated.",
        ),
    ] = field(default_factory=list)
    face_like: Annotated[
        list[Path],
        Option(
            metavar="PHOTO",
            help="Whoever looks like the face in PHOTO: a still of the same footage is safe, a picture of "
            "another day is not. May be repeated.",
        ),
    ] = field(default_factory=list)

    def settings(self, persons: list[str] | None = None) -> dict[str, Any]:
        """The fields of `lipfx.pipeline`'s options that these stand for. persons: as --person gives them.

        Raises: UsageError when one is malformed.
        """
        return {
            **self.part(),
            **self.networks(),
            "choice": choices.choice(self.faces, self.face_at, self.face_like, persons or []),
        }


@dataclass(frozen=True)
class ClipOptions(FaceOptions):
    """The same of commands that take one clip."""

    tracks: Annotated[
        Path | None, Option(metavar="FILE", help="Reuse what `lipfx track` wrote for this clip.")
    ] = None
    force: Annotated[bool, Option("--force", help="Take tracks that seem to be of another clip.")] = False

    def settings(self, persons: list[str] | None = None) -> dict[str, Any]:
        """As of `FaceOptions`."""
        return {**FaceOptions.settings(self, persons), "tracks": self.tracks, "force": self.force}


@dataclass(frozen=True)
class ChainOptions:
    """Options of commands that run a chain of effects."""

    chain_file: Annotated[
        Path | None,
        Option("--chain", metavar="FILE.toml", help="Read the chain of effects from this file."),
    ] = None
    changes: Annotated[
        list[str],
        Option("--set", metavar="KEY=VALUE", help="A parameter of a single effect; may be repeated."),
    ] = field(default_factory=list)
    person: Annotated[
        list[str],
        Option(
            metavar="NAME=PHOTO",
            help="Who is meant by NAME, as in --set shade@NAME=ruby: told by a photograph, or X,Y[@TIME], as "
            "--face-like and --face-at do. May be repeated.",
        ),
    ] = field(default_factory=list)


@dataclass(frozen=True)
class RunOptions:
    """Options of commands that write something and take their time."""

    overwrite: Annotated[bool, Option("--overwrite", help="Replace what exists already.")] = False
    quiet: Annotated[
        bool, Option("--quiet", help="Neither progress nor a last line; warnings and errors only.")
    ] = False
    log_json: Annotated[
        bool, Option("--log-json", help="Progress, warnings and errors as JSON lines on standard error.")
    ] = False


@dataclass(frozen=True)
class CrowdOptions:
    """Options that say who renders a long clip."""

    jobs: Annotated[
        int,
        Option(
            min=1,
            max=4096,
            help="Parts of a clip that are rendered at the same time, by as many processes; they are joined "
            "without encoding again, and kept if the run ends early: the same command goes on with them.",
        ),
    ] = 1
    engine: Annotated[
        Literal["pool", "ray"],
        Option(help="Who renders parts: processes of this machine, or a Ray cluster (extra lipfx[ray])."),
    ] = "pool"
    address: Annotated[
        str | None,
        Option(metavar="HOST:PORT", help="The Ray cluster; without it, Ray starts on this machine."),
    ] = None

    @property
    def alone(self) -> bool:
        """Whether this process does all by itself."""
        return self.engine == "pool" and self.jobs == 1


@dataclass(frozen=True)
class EncodingOptions:
    """Options of commands that run a chain on whole clips and encode the result."""

    codec: Annotated[
        str | None, Option(metavar="ENCODER", help="ffmpeg's name: libx264, ffv1, prores_ks ...")
    ] = None
    crf: Annotated[int | None, Option(help="Quality for the encoder; lower is better.")] = None
    pix_fmt: Annotated[
        str | None,
        Option(metavar="FORMAT", help="ffmpeg's name of the pixel format: yuv420p, yuv444p10le ..."),
    ] = None
    preset: Annotated[str | None, Option(help="Speed of the encoder: ultrafast ... veryslow.")] = None
    encoder_args: Annotated[
        str | None, Option(metavar="'-KEY VALUE ...'", help="Further options for ffmpeg's encoder.")
    ] = None
    on_effect_error: Annotated[
        Literal["fail", "skip"], Option(help="When an effect fails: stop, or pass the frame through.")
    ] = "fail"
    no_provenance: Annotated[
        bool,
        Option(
            "--no-provenance",
            help="Do not say in the metadata how the result was made.",
        ),
    ] = False

    def settings(self) -> dict[str, Any]:
        """The fields of `lipfx.pipeline.ApplyOptions` that these stand for.

        Raises: UsageError at a word of --encoder-args that belongs to no option: ffmpeg would take it for
        another output.
        """
        try:
            words = shlex.split(self.encoder_args or "")
        except ValueError as error:
            raise UsageError(f"--encoder-args {self.encoder_args!r}: {error}; close the quotation") from error
        for before, word in zip(["", *words], words, strict=False):
            if not before.startswith("-") and not word.startswith("-"):
                raise UsageError(f"--encoder-args: {word!r} follows no option; write them as '-option value'")
        return {
            "codec": self.codec,
            "crf": self.crf,
            "pix_fmt": self.pix_fmt,
            "preset": self.preset,
            "encoder_args": tuple(words),
            "on_effect_error": self.on_effect_error,
            "provenance": not self.no_provenance,
        }


@dataclass(frozen=True)
class SheetOptions:
    """Options of commands that write contact sheets."""

    at: Annotated[list[str], Option(metavar="TIME", help="Show the frame at this time; may be repeated.")] = (
        field(default_factory=list)
    )
    count: Annotated[int, Option(min=1, max=100, help="How many frames, spread evenly, without --at.")] = 4
    show: Annotated[
        list[str], Option(metavar="mask,landmarks", help="Add the mask, the landmarks or both.")
    ] = field(default_factory=list)

    def settings(self) -> dict[str, Any]:
        """The fields of `lipfx.pipeline.PreviewOptions` that these stand for.

        Raises: UsageError when one is malformed.
        """
        known: tuple[Show, ...] = get_args(Show)
        asked = {part.strip() for word in self.show for part in word.split(",")}
        for name in sorted(asked.difference(known)):
            raise UsageError(f"--show '{name}' is not known; give mask, landmarks or both joined by ','")
        return {
            "at": tuple(seconds(time) for time in self.at),
            "count": self.count,
            "show": tuple(name for name in known if name in asked),
        }


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every group of options among its parameters replaced by the options."""
    hints = {name: _bare(hint) for name, hint in get_type_hints(command, include_extras=True).items()}
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters: list[Parameter] = []
    for parameter in signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _options(groups[parameter.name])
        else:
            kind, annotation = Parameter.KEYWORD_ONLY, hints[parameter.name]
            parameters.append(parameter.replace(kind=kind, annotation=annotation))

    def run(**given: Any) -> None:
        for name, value in given.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise UsageError(
                    f"--{name.replace('_', '-')} {value} is no number to count with; give another"
                )
        made = {
            name: kind(**{option.name: given.pop(option.name) for option in fields(kind)})
            for name, kind in groups.items()
        }
        command(**given, **made)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    vars(run)["__signature__"] = Signature(parameters)
    return run


def _bare(hint: Any) -> Any:
    """The hint without the Optional that Python 3.10 puts around it where None is the default: typer looks
    for an Argument outside alone."""
    inside = [part for part in get_args(hint) if part is not type(None)]
    wrapped = get_origin(hint) is Union and len(inside) == 1 and get_origin(inside[0]) is Annotated
    return inside[0] if wrapped else hint


def _options(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(o.name, Parameter.KEYWORD_ONLY, default=_default(o), annotation=hints[o.name])
        for o in fields(group)
    ]


def _default(option: Field[Any]) -> Any:
    return option.default if option.default_factory is MISSING else option.default_factory()
