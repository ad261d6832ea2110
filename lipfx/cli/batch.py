"""Owns `lipfx batch`: its arguments and their meaning; must not know how clips are found, shared out or
processed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from lipfx.cli import choices
from lipfx.cli.batch_options import EngineOptions, InputOptions, RerunOptions
from lipfx.cli.common import span
from lipfx.cli.mask_options import MaskOptions
from lipfx.cli.options import (
    ChainOptions,
    EncodingOptions,
    FaceOptions,
    RunOptions,
    SheetOptions,
    expanded,
)
from lipfx.errors import UsageError

if TYPE_CHECKING:
    from lipfx.batch.lists import Row
    from lipfx.batch.plan import Shard, Wanted
    from lipfx.batch.task import Job
    from lipfx.batch.timeline import Timeline


@expanded
def batch(
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="CHAIN INPUTS...",
            help="Effects, then files, folders, patterns, fsspec addresses or timelines.",
        ),
    ] = None,
    *,
    inputs: InputOptions,
    rerun: RerunOptions,
    engine: EngineOptions,
    encoding: EncodingOptions,
    mask: MaskOptions,
    sheet: SheetOptions,
    effects: ChainOptions,
    clip: FaceOptions,
    run: RunOptions,
) -> None:
    """Do the same with many clips: at a time, again where it failed, in parts, on a cluster.

    CHAIN is left out with --chain, and for masks and track. DIR/batch.jsonl tells what became of each clip,
    DIR/index.html shows it.
    """
    from lipfx.batch.timeline import check_relinked, is_timeline
    from lipfx.cli import batched

    given = list(words or [])
    if rerun.status is not None:
        if given or inputs.lists:
            raise UsageError("--status takes neither a chain nor inputs; give it the batch's folder alone")
        batched.show_status(rerun.status, run)
        return
    if inputs.out is None:
        raise UsageError("--out DIR is missing: the folder for outputs and records")
    chain = _take_chain(given, inputs, effects)
    if inputs.do == "masks":
        mask.check_persons(effects.person)
    if not given and not inputs.lists:
        raise UsageError("no input is named; give files, folders, patterns, or --list FILE")
    jobs = _Jobs(inputs, chain, encoding, mask, sheet, effects, clip)
    timelines = _timelines(given, inputs)
    wanted = [
        *_wanted([word for word in given if not is_timeline(word)], inputs, jobs),
        *_used(timelines, jobs),
    ]
    check_relinked(timelines, inputs.out, run.overwrite)
    batched.carry_out(wanted, timelines, inputs.out, _shard(inputs.shard), rerun, engine, run)


def _take_chain(words: list[str], inputs: InputOptions, effects: ChainOptions) -> str:
    """The chain, taken from the front of `words` where it has to be there; empty where a file says it, or
    none is."""
    from lipfx.batch.task import CHAINED
    from lipfx.effects.registry import effect_names

    if inputs.do not in CHAINED:
        if effects.chain_file or effects.changes or (effects.person and inputs.do != "masks"):
            raise UsageError(f"--do {inputs.do} takes no chain; leave --chain, --set and --person out")
        if words and not os.path.exists(words[0]) and re.split("[:+]", words[0])[0] in effect_names():  # noqa: PTH110
            raise UsageError(f"--do {inputs.do} takes no chain; leave '{words[0]}' out")
        return ""
    if effects.chain_file is not None:
        return ""
    if not words:
        raise UsageError(
            f"--do {inputs.do} wants a chain before the inputs, as in `lipfx batch lipstick clips`"
        )
    return words.pop(0)


class _Jobs:
    """What is done with clips: one job for all that say nothing else, since its hashes are made once."""

    def __init__(
        self,
        inputs: InputOptions,
        chain: str,
        encoding: EncodingOptions,
        mask: MaskOptions,
        sheet: SheetOptions,
        effects: ChainOptions,
        clip: FaceOptions,
    ) -> None:
        self._do = inputs.do
        self._chain = chain
        self._effects = effects
        self._clip = clip
        own: dict[str, Any] = {"apply": encoding.settings, "masks": mask.settings, "preview": sheet.settings}
        self._own = own[inputs.do]() if inputs.do in own else {}
        self._made: dict[tuple[Any, ...], Job] = {}

    def of(self, row: Row | None = None) -> Job:
        """The job for a clip, or for a row of a list.

        Raises: UsageError, InputError: a chain or a value cannot be understood.
        """
        key = () if row is None else (row.chain, row.start, row.end, tuple(row.persons))
        if key not in self._made:
            self._made[key] = self._make(row)
        return self._made[key]

    def _make(self, row: Row | None) -> Job:
        from lipfx import pipeline
        from lipfx.batch.task import Job

        kinds: dict[str, Any] = {
            "apply": pipeline.ApplyOptions,
            "masks": pipeline.MaskOptions,
            "track": pipeline.TrackOptions,
            "preview": pipeline.PreviewOptions,
        }
        settings = self._clip.settings(self._effects.person) | self._own
        items, text = self._items(row.chain if row is not None else "")
        if row is not None and (row.start is not None or row.end is not None):
            first, last = span(*(None if t is None else str(t) for t in (row.start, row.end)))
            settings |= {"start": first, "end": last}
        if row is not None and row.persons:
            told = choices.choice(self._clip.faces, self._clip.face_at, self._clip.face_like, row.persons)
            settings |= {"choice": told}
        return Job(self._do, kinds[self._do](**settings), items, tuple(self._effects.changes), text)

    def _items(self, own: str) -> tuple[tuple[Any, ...], str]:
        """The chain's items, and as it is shown; those of a row go before everybody's."""
        from lipfx.batch.task import CHAINED
        from lipfx.effects.chain import parse_items, read_chain_file

        if self._do not in CHAINED:
            if own:
                raise UsageError(f"--do {self._do} takes no chain; leave {own!r} out of the list")
            return (), ""
        if not own and self._effects.chain_file is not None:
            return read_chain_file(self._effects.chain_file), str(self._effects.chain_file)
        text = own or self._chain
        return parse_items(text), text


def _wanted(words: Sequence[str], inputs: InputOptions, jobs: _Jobs) -> list[Wanted]:
    """All clips that are named, with their outputs' names and jobs."""
    from lipfx.batch.found import Found
    from lipfx.batch.inputs import find_clips
    from lipfx.batch.lists import read_list
    from lipfx.batch.naming import TEMPLATES, checked_name, output_name
    from lipfx.batch.plan import Wanted

    template = inputs.name or TEMPLATES[inputs.do]
    out = inputs.out or ""
    wanted = [
        Wanted(found, output_name(found, template), jobs.of())
        for found in find_clips(words, out, pictures=inputs.pictures)
    ]
    for row in (row for name in inputs.lists for row in read_list(name)):
        found = Found(row.input, _below_here(row.input))
        output = checked_name(row.output) if row.output else output_name(found, template)
        wanted.append(Wanted(found, output, jobs.of(row)))
    return wanted


def _timelines(words: Sequence[str], inputs: InputOptions) -> list[Timeline]:
    """The timelines among the inputs, read.

    Raises: UsageError: nothing would stand in them, or they lie elsewhere; InputError, MissingToolError.
    """
    from lipfx.batch.naming import TEMPLATES
    from lipfx.batch.timeline import is_timeline, read_timeline

    named = [word for word in words if is_timeline(word)]
    if inputs.handles and not named:
        raise UsageError("--handles are frames around the cuts of a timeline; name one, as in cut.otio")
    if not named:
        return []
    if inputs.do != "apply" or "://" in (inputs.out or ""):
        raise UsageError(
            "a timeline points to clips in a folder: leave --do as it is, and name a folder with --out"
        )
    template = inputs.name or TEMPLATES[inputs.do]
    return [read_timeline(Path(word), inputs.handles, template) for word in named]


def _used(timelines: Sequence[Timeline], jobs: _Jobs) -> list[Wanted]:
    """The parts of clips that timelines show."""
    from lipfx.batch.found import Found
    from lipfx.batch.lists import Row
    from lipfx.batch.naming import checked_name
    from lipfx.batch.plan import Wanted

    return [
        Wanted(
            Found(use.source, use.output),
            checked_name(use.output),
            jobs.of(Row(use.source, start=use.start, end=use.end)),
        )
        for timeline in timelines
        for use in timeline.parts
    ]


def _below_here(path: str) -> str:
    """The name of a listed clip: as it is written where that leads nowhere else, or its last part."""
    plain = path.rpartition("://")[2]
    parts = plain.split("/")
    return parts[-1] if plain.startswith("/") or ".." in parts or "://" in path else plain.removeprefix("./")


def _shard(text: str | None) -> Shard | None:
    from lipfx.batch.plan import Shard

    if text is None:
        return None
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard {text!r} is no part: write I/N with I from 1 to N, as in 3/16")
    return Shard(int(found[1]), int(found[2]))
