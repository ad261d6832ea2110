"""Owns the options of commands that write masks, and what the pipeline makes of them; must not know how masks
are made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import Option

from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.pipeline import Edge, Length

LENGTH = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(px|mw)?")


@dataclass(frozen=True)
class MaskOptions:
    """Options of commands that write masks."""

    kind: Annotated[
        Literal["alpha", "labels"],
        Option(help="alpha: how much of a pixel is lips; labels: 1 upper lip, 2 lower lip, 3 inner mouth."),
    ] = "alpha"
    bits: Annotated[
        Literal["8", "16"],
        Option(help="Depth of an alpha sample; labels have 8 bits, EXR half floats, DPX 10 bits or 16."),
    ] = "8"
    per_face: Annotated[bool, Option("--per-face", help="A folder per face: face-0001 ...")] = False
    per_person: Annotated[
        bool, Option("--per-person", help="A folder, or layers of an EXR, per --person; the usual with one.")
    ] = False
    layers: Annotated[
        str,
        Option(
            metavar="lips,upper,lower,inner,teeth",
            help="Which mattes: a folder each, layers of one EXR, or red, green, blue and alpha of a clip.",
        ),
    ] = "lips"
    format: Annotated[
        Literal["png", "exr", "tiff", "dpx"] | None,
        Option(help="Of the pictures: png unless --names says it; exr is of the extra lipfx[editor]."),
    ] = None
    names: Annotated[
        str,
        Option(
            metavar="TEMPLATE",
            help="What the pictures are called, as in '{clip}_{layer}.{frame:04}.exr'; {person} too.",
        ),
    ] = ""
    start_number: Annotated[
        int | None,
        Option(metavar="N", min=0, help="The number of the clip's first frame in names, such as 1001."),
    ] = None
    grow: Annotated[
        str | None,
        Option(metavar="LENGTH", help="Move edges outwards: pixels (3px) or mouth widths (0.02mw)."),
    ] = None
    shrink: Annotated[str | None, Option(metavar="LENGTH", help="Move edges inwards.")] = None
    feather: Annotated[
        str | None, Option(metavar="LENGTH", help="Soften edges, over this length from 10 to 90 %.")
    ] = None

    def settings(self) -> dict[str, Any]:
        """The fields of `lipfx.pipeline.MaskOptions` that these stand for.

        Raises: UsageError when one is malformed, or does not go with another.
        """
        return {
            "kind": self.kind,
            "bits": int(self.bits),
            "per_face": self.per_face,
            "layers": tuple(part.strip() for part in self.layers.split(",")),
            "edge": self._edge(),
            "format": self._format(),
            "names": self.names,
            "start_number": self.start_number,
        }

    def check_persons(self, persons: list[str] | None) -> None:
        """Raises: UsageError: masks are wanted per person, and nobody is named."""
        if self.per_person and not persons:
            raise UsageError("--per-person wants to know who; give --person NAME=PHOTO")

    def _format(self) -> str:
        from lipfx.video.stills.template import kind_of

        if not self.names:
            return self.format or "png"
        kind = kind_of(self.names)
        if self.format not in (None, kind):
            raise UsageError(f"--names '{self.names}' are {kind}, --format is {self.format}; leave one out")
        return kind

    def _edge(self) -> Edge:
        from lipfx.pipeline import Edge, Length

        if self.grow and self.shrink:
            raise UsageError("--grow and --shrink are opposites; give one of them")
        grow = _length("--grow", self.grow) or Length()
        inwards = _length("--shrink", self.shrink)
        if inwards is not None:
            grow = Length(-inwards.value, inwards.of_mouth)
        return Edge(grow, _length("--feather", self.feather) or Length())


def _length(option: str, text: str | None) -> Length | None:
    """Raises: UsageError."""
    from lipfx.pipeline import Length

    if text is None:
        return None
    found = LENGTH.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{option} {text} is no length; give pixels (3px) or mouth widths (0.02mw)")
    return Length(float(found[1]), found[2] == "mw")
