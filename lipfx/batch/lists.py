"""Owns lists of clips in files: a name a line, CSV or JSON Lines; must not know what their columns do."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lipfx.errors import InputError, UsageError

COLUMNS = ("input", "chain", "start", "end", "person", "output")


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One clip of a list. start, end: seconds or [hours:]minutes:seconds. person: NAME=PHOTO, or several.

    output: its name below the batch's folder, in place of the template's. What is empty is as for all.
    """

    input: str
    chain: str = ""
    start: str | float | None = None
    end: str | float | None = None
    person: str | list[str] | None = None
    output: str = ""

    @property
    def persons(self) -> list[str]:
        """As --person takes them."""
        told = self.person or []
        return (
            [part.strip() for part in told.split(";") if part.strip()]
            if isinstance(told, str)
            else list(told)
        )


def read_list(name: str) -> list[Row]:
    """The rows of the list in a file, or on standard input for `-`. Relative inputs are as from here.

    A first line that begins with `{` makes it JSON Lines, one that names a column `input` makes it CSV.

    Raises: InputError: it cannot be read, or holds no row; UsageError: a row is malformed.
    """
    text = sys.stdin.read() if name == "-" else _text(Path(name))
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lstrip().startswith("{"):
        rows = list(_from_json(text, name))
    elif "input" in [
        column.strip().lower() for column in next(csv.reader([first], skipinitialspace=True), [])
    ]:
        rows = list(_from_csv(text, name))
    else:
        rows = [Row(line.strip()) for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    if not rows:
        raise InputError(f"--list {name} holds no clip; write one name a line")
    return rows


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"--list {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"--list {path} is not UTF-8 text: {error.reason}; save it as UTF-8") from error


def _from_json(text: str, name: str) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(Row)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise UsageError(
                    f"--list {name}, line {number}: {error}; wanted an object with {', '.join(COLUMNS)}"
                ) from error


def _from_csv(text: str, name: str) -> Iterator[Row]:
    table = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    columns = {column: (column or "").strip().lower() for column in table.fieldnames or []}
    if unknown := next((column for column in columns.values() if column not in COLUMNS), None):
        raise UsageError(f"--list {name} has a column {unknown!r}; there are {', '.join(COLUMNS)}")
    for row in table:
        if None in row or not (row[next(c for c, n in columns.items() if n == "input")] or "").strip():
            raise UsageError(f"--list {name}, line {table.line_num}: wanted {', '.join(columns.values())}")
        values = {columns[column]: value.strip() for column, value in row.items() if value and value.strip()}
        yield msgspec.convert(values, Row)
