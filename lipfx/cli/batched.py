"""Owns carrying out `lipfx batch` once it is understood: plan, run, summary, status; must not know arguments'
text."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from typer import echo

from lipfx.batch.engines import CORES_ON_RAY, open_engine
from lipfx.batch.folder import open_folder
from lipfx.batch.known import KnownTracks
from lipfx.batch.page import write_page
from lipfx.batch.plan import Planned, Rules, Shard, Verdict, Wanted, make_plan
from lipfx.batch.records import Record, Records
from lipfx.batch.room import run_room
from lipfx.batch.run import Limits, Run, Stop
from lipfx.batch.status import Summary, table
from lipfx.batch.task import Setup
from lipfx.cli import signals
from lipfx.cli.report import write_event
from lipfx.cli.watching import watching
from lipfx.core.cores import cores, memory
from lipfx.errors import LipfxError, UsageError

if TYPE_CHECKING:
    from lipfx.batch.engine import Engine
    from lipfx.batch.store import Folder
    from lipfx.batch.timeline import Timeline
    from lipfx.cli.batch_options import EngineOptions, RerunOptions
    from lipfx.cli.options import RunOptions

MEMORY_OF_ONE = 1.2 * (1 << 30)
"""Bytes that a clip is reckoned to take, ffmpeg included: 1080p with x264 at its default."""
GIB = 1 << 30


def carry_out(
    wanted: Sequence[Wanted],
    timelines: Sequence[Timeline],
    out: str,
    shard: Shard | None,
    rerun: RerunOptions,
    options: EngineOptions,
    run: RunOptions,
) -> None:
    """Does what is to be done of a batch, or says it. timelines: are pointed to what is done.

    Raises: LipfxError: it cannot begin, or some clip could not be done; Interrupted.
    """
    folder = open_folder(out)
    records = Records(folder).read()
    kept: list[tuple[Folder, Collection[Record]]] = [(folder, records.values())]
    if rerun.tracks:
        kept.append(_other(rerun.tracks))
    rules = Rules(rerun.retry_failed, run.overwrite, rerun.keep_tracks)
    plan = make_plan(wanted, folder, records, rules, shard, KnownTracks(kept).of)
    if rerun.dry_run:
        _print_plan(plan)
        return
    stop = Stop()
    try:
        with run_room(out) as room:
            _do(plan, open_folder(out, room), room, stop, options, run)
            everything = _written(open_folder(out, room))
    finally:  # what is done stands in the timeline, whatever became of the rest
        if timelines and Path(out).is_dir():
            _relink(timelines, Path(out), run)
    own = {planned.task.key for planned in plan}
    mine = [record for record in everything if record.key in own]
    if mine:
        _print_summary(mine, out, run)
    if stop.ending:
        raise signals.Interrupted
    _judge(plan, {record.key for record in mine if record.outcome == "failed"}, out)


def _other(address: str) -> tuple[Folder, Collection[Record]]:
    """Another batch's folder, and its records.

    Raises: UsageError: there is none.
    """
    if "://" not in address and not Path(address).is_dir():
        raise UsageError(f"--tracks {address} is no folder; give the one that was another batch's --out")
    folder = open_folder(address)
    records = Records(folder).read()
    if not records:
        raise UsageError(f"--tracks {address} holds no batch; give the folder that was another's --out")
    return folder, records.values()


def _do(
    plan: Sequence[Planned],
    folder: Folder,
    room: Path,
    stop: Stop,
    options: EngineOptions,
    run: RunOptions,
) -> None:
    """Has what is to be done of a plan done. room: where outputs grow."""
    tasks = [planned.task for planned in plan if planned.verdict.runs]
    jobs = min(options.jobs or _default_jobs(options.cpus), len(tasks))
    _announce(plan, jobs, options, run)
    if not tasks:
        return
    engine = _engine(folder.address, room, jobs, len(tasks), options)
    limits = Limits(options.attempts, options.time_limit)
    with (
        _told_to_end(stop, run),
        watching(len(tasks), quiet=run.quiet, log_json=run.log_json) as tell,
    ):
        Run(tasks, Records(folder), limits, tell, stop).on(engine)


def _written(folder: Folder) -> list[Record]:
    """The records of a batch, of which its list and its page are made anew."""
    records = Records(folder).write_list()
    write_page(folder, records)
    return records


def _relink(timelines: Sequence[Timeline], folder: Path, run: RunOptions) -> None:
    """Writes timelines that point to the results in `folder`, and says where."""
    for timeline in timelines:
        path = timeline.write_relinked(folder)
        if run.log_json:
            write_event("timeline", output=str(path), parts=len(timeline.parts))
        elif not run.quiet:
            echo(f"{path} points to the results of {timeline.path}")


def show_status(address: str, run: RunOptions) -> None:
    """Says what became of a batch, whose list and page are made anew."""
    if not Records(open_folder(address)).read():
        raise LipfxError(f"{address} holds no batch; give the folder that was --out")
    with run_room(address) as room:
        records = _written(open_folder(address, room))
    _print_summary(records, address, run)


def _default_jobs(cpus: int | None) -> int:
    free, most = memory(), cores() // (cpus or 1)
    return max(1, min(most, int(free // MEMORY_OF_ONE) if free is not None else most))


def _announce(plan: Sequence[Planned], jobs: int, options: EngineOptions, run: RunOptions) -> None:
    counts = Counter(planned.verdict for planned in plan)
    if run.log_json:
        write_event("plan", clips=len(plan), jobs=jobs, **{v.name.lower(): n for v, n in counts.items()})
    elif not run.quiet:
        told = ", ".join(f"{n} {verdict.value}" for verdict, n in counts.items())
        free = f"{cores()} cores, {(memory() or 0) / GIB:.0f} GiB of memory free"
        at_once = f"; {jobs} at a time" if options.jobs else f"; {jobs} at a time ({free})"
        if options.engine == "ray" and not options.jobs:
            at_once = "; as many at a time as the cluster has cores for"
        echo(f"{len(plan)} clip{'' if len(plan) == 1 else 's'}: {told}{at_once if jobs else ''}")


def _print_plan(plan: Sequence[Planned]) -> None:
    for planned in plan:
        echo(f"{planned.verdict.value}: {planned.task.source} -> {planned.task.output}")


def _print_summary(records: Sequence[Record], out: str, run: RunOptions) -> None:
    summary = Summary.of(records)
    if run.log_json:
        write_event("summary", **summary.fields())
    elif not run.quiet:
        echo(f"{table(records)}\n\n{summary.text()}; {out.rstrip('/')}/index.html shows them")


def _judge(plan: Sequence[Planned], failed: set[str], out: str) -> None:
    """Raises: LipfxError when something that was asked for is not there."""
    left = Counter(p.verdict for p in plan if p.verdict in (Verdict.CHANGED, Verdict.EXISTS))
    words = [f"{len(failed)} of {len(plan)} clips failed"] if failed else []
    words += [f"{count} left as they were ({verdict.value})" for verdict, count in left.items()]
    if words:
        raise LipfxError(f"{'; '.join(words)}; {out.rstrip('/')}/batch.jsonl tells more")


@contextmanager
def _told_to_end(stop: Stop, run: RunOptions) -> Iterator[None]:
    """Ctrl-C ends the batch after the clips in flight, again at once; other signals end it at once."""

    def end(number: signal.Signals) -> None:
        stop.ask(at_once=number != signal.SIGINT)
        if not stop.dropping and not run.log_json:
            echo("lipfx: finishing the clips in flight; Ctrl-C again drops them", err=True)

    with signals.asking(end):
        yield


def _engine(out: str, room: Path, jobs: int, tasks: int, options: EngineOptions) -> Engine:
    """Who does the work, as one task at a time in each of `jobs` places."""
    share = CORES_ON_RAY if options.engine == "ray" else max(1, cores() // jobs) if jobs > 1 else 0
    setup = Setup(
        folder=out,
        room=room,
        threads=options.cpus or share,
        nice=options.nice,
        memory=int((options.memory_limit or 0) * GIB),
        scratch=int(options.scratch_limit * GIB) // jobs,
    )
    if options.engine == "ray":
        return open_engine("ray", options.jobs, tasks, setup, options.address)
    return open_engine("pool", jobs, tasks, setup)
