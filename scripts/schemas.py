"""Writes the JSON Schemas of lipfx's files into docs/schemas, from the structures that read and write them.

python scripts/schemas.py [DIR]     writes them into DIR, docs/schemas unless it is named
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lipfx.batch.records import Record
from lipfx.pipeline import records

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
KINDS = {
    "track-header": records.Header,
    "track-frame": records.Line,
    "batch-record": Record,
}


def main(arguments: Sequence[str]) -> None:
    """Writes every schema."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
        (folder / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
