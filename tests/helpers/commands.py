"""Owns how commands of the documentation are run by a test: as they stand, but for those that cannot be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHORT = "python -m benchmarks --quick 0.04"


@dataclass(frozen=True)
class Change:
    """What is run in the place of what stands on a page, by a pattern, and why."""

    pattern: str
    by: str
    why: str


CHANGES = (
    Change(r"^make ", f"make --dry-run -C {ROOT} ", "`make test` runs the test itself"),
    Change(r"^git clone REPOSITORY", f"git clone --quiet {ROOT}", "the repository's address is the reader's"),
    Change(
        r"^python3 -m venv env && \. env/bin/activate$",
        ":",
        "the environment that runs the tests is another, with the same in it",
    ),
    Change(
        r"^pip install \.$",
        f"pip install --quiet --dry-run --no-deps --no-build-isolation {ROOT}",
        "the release's own test installs it, in a clean environment",
    ),
    Change(
        r"^pip install --editable (\S+)$",
        r"pip install --quiet --no-deps --no-build-isolation --target plugins ./\1"
        "\nexport PYTHONPATH=$PWD/plugins:$PYTHONPATH",
        "the environment that runs the tests stays as it is",
    ),
    Change(
        r"^(lipfx live .*)$",
        r"DISPLAY= WAYLAND_DISPLAY= \1 2>&1 | grep -q 'no window can be opened'",
        "there is neither camera nor display: it is read, weighed, and stops there",
    ),
    Change(r"^python -m benchmarks(?= +#| faces| stages)", SHORT, "a tenth of an hour, for figures"),
    Change(
        r"^python -m benchmarks\.pushed",
        "python -m benchmarks.pushed --frames 250",
        "10,000 frames, for figures",
    ),
    Change(
        r"^(python -m benchmarks compare) OLD NEW clip\.mp4 --runs 5",
        rf"git clone --quiet {ROOT} other\n\1 other {ROOT} samples/talking.mp4 --runs 1",
        "the checkouts and the clip are the reader's",
    ),
    Change(
        r"^lipfx batch --status /data/out$",
        "lipfx batch lipstick samples --out parts --shard 1/1 --end 0.2 --quiet\nlipfx batch --status parts",
        "the parts before it are a cluster's",
    ),
    Change(r"/data/clips\b", "samples", "a cluster's folder"),
    Change(r"/data/out\b", "out", "a cluster's folder"),
    Change(r" --address 10\.0\.0\.1:6379", "", "a cluster: Ray starts on this machine"),
)

LEFT_OUT = {
    "docker ": "no container engine is where the tests run, and it fetches an image from the network",
    "#SBATCH ": "SLURM; tests/batch/test_clusters.py runs them with its commands played",
}
"""What a block that is not run begins a line with, and why it is not."""


def blocks(page: Path) -> list[tuple[str, str]]:
    """The language and the text of every block of code on a page."""
    return BLOCK.findall(page.read_text())


def shell(page: Path) -> list[str]:
    """The blocks of shell commands on a page that are run."""
    return [
        text
        for language, text in blocks(page)
        if language == "sh" and not any(re.search(f"^{word}", text, re.MULTILINE) for word in LEFT_OUT)
    ]


def tried(block: str) -> str:
    """A block of shell commands as a test runs them."""
    return "\n".join(_tried(line) for line in block.splitlines())


def _tried(line: str) -> str:
    for change in CHANGES:
        line = re.sub(change.pattern, change.by, line)
    return line
