"""Owns what is told of a batch when it is over, or looked at later; must not know how it is run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lipfx.batch.records import Record

MOST_LINES = 30
_HEAD = ("clip", "outcome", "frames", "faces", "doubtful", "seconds", "what happened")
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers of a batch. doubtful: clips with such stretches. seconds: of work, of all clips."""

    done: int
    failed: int
    started: int
    frames: int
    doubtful: int
    seconds: float

    @classmethod
    def of(cls, records: Iterable[Record]) -> Summary:
        """The numbers of these records."""
        records = list(records)
        outcomes = Counter(record.outcome for record in records)
        done = [record for record in records if record.outcome == "done"]
        return cls(
            outcomes["done"],
            outcomes["failed"],
            outcomes["started"],
            sum(record.frames for record in done),
            sum(bool(record.doubtful) for record in done),
            round(sum(record.seconds for record in records), 1),
        )

    def text(self) -> str:
        """All of it, on one line."""
        parts = [f"{self.done} done ({self.frames} frames)", f"{self.failed} failed"]
        parts += [f"{self.started} begun and not ended"] if self.started else []
        parts += [f"{self.doubtful} with doubtful stretches"] if self.doubtful else []
        return ", ".join(parts)

    def fields(self) -> dict[str, Any]:
        """All of it for programs."""
        return {name: getattr(self, name) for name in self.__slots__}


def table(records: Sequence[Record]) -> str:
    """The clips that deserve a look, one a line: those that failed or did not end, then those in doubt.

    Of a small batch, all.
    """
    order = {"failed": 0, "started": 1, "done": 2}
    ranked = sorted(records, key=lambda r: (order[r.outcome], not r.doubtful, r.output))
    worth = [r for r in ranked if r.outcome != "done" or r.doubtful] if len(ranked) > MOST_LINES else ranked
    rows = [_HEAD, *(_row(record) for record in worth[:MOST_LINES])]
    widths = [min(max(len(row[column]) for row in rows), _WIDEST) for column in range(len(_HEAD) - 1)]
    lines = [
        "  ".join(
            cell.rjust(width) if 2 <= column < 6 else cell if column == 6 else _cut(cell).ljust(width)
            for column, (cell, width) in enumerate(zip(row, [*widths, 0], strict=True))
        ).rstrip()
        for row in rows
    ]
    if len(worth) > MOST_LINES:
        lines.append(f"... and {len(worth) - MOST_LINES} more; batch.jsonl and index.html have all")
    return "\n".join(lines) if worth else ""


def _row(record: Record) -> tuple[str, ...]:
    doubt = sum(end - start for stretches in record.doubtful.values() for start, end in stretches)
    words = record.error or "; ".join(record.warnings)
    return (
        record.output,
        record.outcome,
        str(record.frames or ""),
        str(record.faces or ""),
        f"{doubt:.1f} s" if doubt else "",
        f"{record.seconds:.1f}",
        words,
    )


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST // 2 - 2]}...{text[-_WIDEST // 2 + 1 :]}"
