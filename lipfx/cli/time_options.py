"""Owns the options that say when faces count, and what is wrong with them; must not know any command."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from typer import Option

from lipfx.core.moments import Span
from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.pipeline.options import SourceOptions

AnyOptions = TypeVar("AnyOptions", bound="SourceOptions")


@dataclass(frozen=True)
class TimeOptions:
    """Options that say when faces count, and what is wrong with them."""

    during: Annotated[
        list[str],
        Option(
            metavar="FROM-TO",
            help="Only then, in the clip's own time: seconds (3.2-5.0), frames (97f-120f), timecode; either "
            "may be left out. May be repeated.",
        ),
    ] = field(default_factory=list)
    fade: Annotated[
        float, Option(metavar="SECONDS", min=0, help="How long it comes and goes at each end of --during.")
    ] = 0.0
    handles: Annotated[
        int, Option(min=0, max=10_000, metavar="FRAMES", help="More at each end of --start and --end.")
    ] = 0
    fixes: Annotated[
        Path | None,
        Option(metavar="FILE.toml", help="Corrections by time: [[hide]], [[show]], [[take]] and [[move]]."),
    ] = None

    def times(self) -> dict[str, Any]:
        """The fields of `lipfx.pipeline.SourceOptions` that these stand for.

        Raises: UsageError when a part is malformed, or a fade has nothing to fade.
        """
        if self.fade and not self.during:
            raise UsageError("--fade is how --during comes and goes; say when, as in --during 3.2-5.0")
        during = tuple(Span.read(text) for text in self.during)
        return {"during": during, "fade": self.fade, "fixes": self.fixes}

    def widened(self, options: AnyOptions, source: Path) -> AnyOptions:
        """The options of a job, with handles where they are asked for.

        Raises: LipfxError: as `SourceOptions.with_handles`.
        """
        return options.with_handles(source, self.handles) if self.handles else options
