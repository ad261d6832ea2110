"""Owns how a training says how far it is: lines, and bars on a terminal; must not know what is trained."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm


def say(text: str) -> None:
    """One line on standard error, above a bar that is being drawn."""
    tqdm.write(f"training: {text}", file=sys.stderr)


@contextmanager
def bar(title: str, total: int, *, quiet: bool = False) -> Iterator[tqdm[None]]:
    """A bar, on a terminal."""
    with tqdm(total=total, desc=title, disable=True if quiet else None, leave=False) as shown:
        yield shown
