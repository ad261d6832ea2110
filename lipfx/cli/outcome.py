"""Owns what a run says when it is done, in a line or an event; must not know what the run does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from typer import echo

from lipfx.cli import common
from lipfx.cli.report import write_event
from lipfx.core.words import plain

if TYPE_CHECKING:
    from lipfx.cli.common import Progress
    from lipfx.cli.options import RunOptions
    from lipfx.pipeline import Findings


@contextmanager
def told(
    run: RunOptions, source: Path, output: Path, *, whole: bool = True
) -> Iterator[tuple[Progress, Findings]]:
    """The block is the run: it tells its progress and shows its frames to what is handed out.

    whole: all of the clip passes by, so that a pace can be told.
    """
    start = perf_counter()
    from lipfx.pipeline import Findings
    from lipfx.video.source import is_still

    findings = Findings()
    with common.progress_bar(run.quiet, run.log_json) as progress:
        yield progress, findings
    if run.quiet:
        return
    still = is_still(source)
    fields = _fields(findings, perf_counter() - start, paced=whole and not still, still=still)
    if run.log_json:
        write_event("done", output=str(output), **fields, doubtful=findings.doubtful)
    else:
        echo(f"{plain(str(output))}: {_words(fields, 0 if still else len(findings.spans))}", err=True)


def finished(run: RunOptions, output: Path, frames: int, seconds: float) -> None:
    """Says the same of a run that looks for no faces."""
    if run.quiet:
        return
    if run.log_json:
        write_event("done", output=str(output), frames=frames, seconds=round(seconds, 3))
    else:
        echo(f"{plain(str(output))}: {_count(frames, 'frame')}, {seconds:.1f} s", err=True)


def _fields(findings: Findings, seconds: float, *, paced: bool, still: bool) -> dict[str, Any]:
    """What programs read: seconds that it took; real_time, the clip's seconds in one of them, None where
    there is no pace. Faces of pictures are counted in each, those of a clip as who is followed."""
    return {
        "frames": findings.frames,
        "faces": findings.sightings if still else len(findings.tracks),
        "seconds": round(seconds, 3),
        "real_time": round(findings.seconds / max(seconds, 1e-9), 3) if paced else None,
    }


def _words(fields: dict[str, Any], stretches: int) -> str:
    """The same for people, as in "125 frames, 1 face, 2 doubtful stretches, 4.0 s, 1.2x real time"."""
    pace = fields["real_time"]
    parts = [_count(fields["frames"], "frame"), _count(fields["faces"], "face")]
    parts += [_count(stretches, "doubtful stretch", "es")] if stretches else []
    parts += [f"{fields['seconds']:.1f} s"] + ([] if pace is None else [f"{pace:.1f}x real time"])
    return ", ".join(parts)


def _count(number: int, word: str, plural: str = "s") -> str:
    return f"{number} {word}{'' if number == 1 else plural}"
