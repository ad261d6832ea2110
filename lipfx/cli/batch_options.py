"""Owns the options of `lipfx batch` that no other command takes; must not know what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from typer import Option


@dataclass(frozen=True)
class InputOptions:
    """Options that say which clips are meant, and what their outputs are called."""

    out: Annotated[
        str | None, Option(metavar="DIR", help="The folder, or fsspec address, for outputs and records.")
    ] = None
    do: Annotated[Literal["apply", "masks", "track", "preview"], Option(help="What is done with each.")] = (
        "apply"
    )
    lists: Annotated[
        list[str],
        Option(
            "--list",
            metavar="FILE|-",
            help="Clips from a file: a name a line, or CSV or JSON Lines with input and, as wanted, chain, "
            "start, end, person, output. May be repeated.",
        ),
    ] = field(default_factory=list)
    name: Annotated[
        str | None,
        Option(
            metavar="TEMPLATE",
            help="What outputs are called below DIR: {folder} {parent} {root} {stem} {name} {suffix} {ext}.",
        ),
    ] = None
    handles: Annotated[
        int,
        Option(min=0, max=10_000, metavar="FRAMES", help="More of a clip around each cut of a timeline."),
    ] = 0
    pictures: Annotated[
        bool, Option("--pictures", help="Take still pictures of folders too, not videos alone.")
    ] = False
    shard: Annotated[
        str | None,
        Option(metavar="I/N", help="Do part I of N alone; a clip's part never depends on the others."),
    ] = None


@dataclass(frozen=True)
class RerunOptions:
    """Options that say what of an earlier run is done again."""

    retry_failed: Annotated[bool, Option("--retry-failed", help="Try again what failed before.")] = False
    keep_tracks: Annotated[
        bool, Option("--keep-tracks", help="Keep the faces found, so that another chain needs no analysis.")
    ] = False
    tracks: Annotated[
        str | None,
        Option(
            metavar="DIR",
            help="Reuse the faces that another batch kept in its folder, or `--do track` wrote.",
        ),
    ] = None
    dry_run: Annotated[bool, Option("--dry-run", help="Say what would be done, and do nothing.")] = False
    status: Annotated[
        str | None, Option(metavar="DIR", help="Show what became of a batch, and do nothing else.")
    ] = None


@dataclass(frozen=True)
class EngineOptions:
    """Options that say who does the work, and within which limits."""

    jobs: Annotated[
        int | None, Option(min=1, max=4096, help="Clips at a time; by default as cores and memory allow.")
    ] = None
    cpus: Annotated[
        int | None, Option(min=1, max=1024, help="Cores that a clip counts on; by default its share of all.")
    ] = None
    engine: Annotated[
        Literal["pool", "ray"], Option(help="Processes of this machine, or a Ray cluster (extra lipfx[ray]).")
    ] = "pool"
    address: Annotated[
        str | None,
        Option(metavar="HOST:PORT", help="The Ray cluster; without it, Ray starts on this machine."),
    ] = None
    time_limit: Annotated[
        float | None, Option(min=1, metavar="SECONDS", help="Give up a clip that takes longer than this.")
    ] = None
    attempts: Annotated[
        int, Option(min=1, max=100, help="How often a clip is begun whose worker dies of it.")
    ] = 2
    nice: Annotated[int, Option(min=0, max=19, help="Leave other programs that much precedence.")] = 0
    memory_limit: Annotated[
        float | None,
        Option(min=0.5, metavar="GIB", help="Address space of a worker and what it starts, each."),
    ] = None
    scratch_limit: Annotated[
        float, Option(min=0.001, metavar="GIB", help="Disk that copies of remote clips may take, together.")
    ] = 20.0
