"""Draws the floors of docs/architecture.md from the code: which package imports which.

python scripts/architecture.py           writes the picture into the page
python scripts/architecture.py --check   fails where the page shows another

The floors are those of the linter's contract in pyproject.toml, the arrows what the modules import.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import grimp

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- floors: written by scripts/architecture.py -->", "<!-- end of floors -->"


def floors() -> list[list[str]]:
    """The packages of lipfx, floor by floor from the top, as the linter's contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(c for c in settings["contracts"] if c["name"].startswith("Floors"))
    return [[name.strip() for name in re.split("[|:]", layer)] for layer in contract["layers"]]


def imports(names: list[str]) -> dict[str, list[str]]:
    """What each package imports of the others."""
    graph = grimp.build_graph("lipfx", "lipfx_effects")
    return {
        name: [
            other
            for other in names
            if other != name
            and graph.direct_import_exists(
                importer=f"lipfx.{name}", imported=f"lipfx.{other}", as_packages=True
            )
        ]
        for name in names
    }


def promise(name: str) -> str:
    """The first sentence of a package's docstring."""
    path = ROOT / "lipfx" / name
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
    return " ".join(text.split('"""')[1].split("\n\n")[0].split()).split(";")[0].rstrip(".")


def needed(known: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The imports without those that follow from others: what a reader has to see."""

    def reach(name: str) -> set[str]:
        return {name}.union(*(reach(other) for other in known[name]))

    return [
        (name, other)
        for name, others in known.items()
        for other in others
        if not any(other in reach(between) for between in others if between != other)
    ]


def picture() -> str:
    """The floors as a Mermaid drawing and as a table, top floor first."""
    levels = floors()
    names = [name for level in levels for name in level]
    known = imports(names)
    drawing = ["```mermaid", "flowchart TD"]
    for number, level in zip(range(len(levels), 0, -1), levels, strict=True):
        drawing += [f'    subgraph floor{number} ["{number}"]', "        direction LR"]
        drawing += [f"        {name.strip('_')}" for name in level]
        drawing.append("    end")
    drawing += [f"    {name.strip('_')} --> {other}" for name, other in needed(known)]
    drawing += ["```", "", "Arrows that follow from others are left out; the table has all.", ""]
    rows = ["| floor | package | what it owns | imports |", "| --- | --- | --- | --- |"]
    for number, level in zip(range(len(levels), 0, -1), levels, strict=True):
        for name in level:
            rows.append(f"| {number} | `{name}` | {promise(name)} | {', '.join(known[name])} |")
    return "\n".join(drawing + rows)


def main() -> int:
    """Returns 1 where `--check` finds another picture in the page."""
    before, rest = PAGE.read_text().split(BEGIN)
    page = f"{before}{BEGIN}\n\n{picture()}\n\n{END}{rest.split(END)[1]}"
    if "--check" in sys.argv[1:]:
        if page != PAGE.read_text():
            sys.stderr.write(f"{PAGE} shows other floors than the code; run python {Path(__file__).name}\n")
            return 1
        return 0
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
