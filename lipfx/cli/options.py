"""Owns the options that several commands take, each declared once, and what the pipeline makes of them; must
not know any command.

A command takes a group of options as one parameter, of a dataclass whose fields are the options; `expanded`
makes of it what typer understands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from typer import Argument, Option

from lipfx.cli import choices
from lipfx.cli.common import span

ChainText = Annotated[str, Argument(metavar="CHAIN", help="Effects joined by '+'; left out with --chain.")]
Weights = Annotated[Path | None, Option(metavar="DIR", help="Trained weights instead of those shipped.")]


@dataclass(frozen=True)
class ClipOptions:
    """Options of commands that look for faces."""

    start: Annotated[
        str | None, Option(metavar="TIME", help="Begin here: seconds or [hours:]minutes:seconds.")
    ] = None
    end: Annotated[str | None, Option(metavar="TIME", help="Stop before this time.")] = None
    deinterlace: Annotated[
        bool, Option("--deinterlace", help="Make whole pictures of an interlaced clip's fields.")
    ] = False
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
    tracks: Annotated[
        Path | None, Option(metavar="FILE", help="Reuse what `lipfx track` wrote for this clip.")
    ] = None
    force: Annotated[bool, Option("--force", help="Take tracks that seem to be of another clip.")] = False
    stream: Annotated[
        int | None,
        Option(metavar="N", min=0, help="The video stream to take, as ffprobe numbers it; else the film."),
    ] = None
    probe_timeout: Annotated[
        float | None,
        Option(metavar="SECONDS", min=0.1, help="How long the input may give no byte while it is looked at."),
    ] = None
    weights: Weights = None
    shape_predictor: Annotated[
        Path | None, Option(metavar="FILE.dat", help="dlib's 68-point file, to find mouths in faces.")
    ] = None
    detector: Annotated[
        Literal["auto", "yunet", "dlib"],
        Option(help="What finds faces: dlib's HOG (auto), or YuNet, which sees turned and small ones too."),
    ] = "auto"
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Option(help="Where the networks run.")] = "auto"

    def settings(self, persons: list[str] | None = None) -> dict[str, Any]:
        """The fields of `lipfx.pipeline`'s options that these stand for. persons: as --person gives them.

        Raises: UsageError when one is malformed.
        """
        first, last = span(self.start, self.end)
        return {
            "start": first,
            "end": last,
            "deinterlace": self.deinterlace,
            "choice": choices.choice(self.faces, self.face_at, self.face_like, persons or []),
            "tracks": self.tracks,
            "force": self.force,
            "stream": self.stream,
            "probe_timeout": self.probe_timeout,
            "weights": self.weights,
            "shape_predictor": self.shape_predictor,
            "detector": self.detector,
            "device": self.device,
        }


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
    quiet: Annotated[bool, Option("--quiet", help="No progress; warnings and errors only.")] = False
    log_json: Annotated[
        bool, Option("--log-json", help="Progress, warnings and errors as JSON lines on standard error.")
    ] = False


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every group of options among its parameters replaced by the options."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters: list[Parameter] = []
    for parameter in signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _options(groups[parameter.name])
        else:
            kind, annotation = Parameter.KEYWORD_ONLY, hints[parameter.name]
            parameters.append(parameter.replace(kind=kind, annotation=annotation))

    def run(**given: Any) -> None:
        made = {
            name: kind(**{option.name: given.pop(option.name) for option in fields(kind)})
            for name, kind in groups.items()
        }
        command(**given, **made)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    vars(run)["__signature__"] = Signature(parameters)
    return run


def _options(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(o.name, Parameter.KEYWORD_ONLY, default=_default(o), annotation=hints[o.name])
        for o in fields(group)
    ]


def _default(option: Field[Any]) -> Any:
    return option.default if option.default_factory is MISSING else option.default_factory()
