"""Owns how a training says how far it is: lines, and bars on a terminal; must not know what is trained."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def say(text: str) -> None:
    """One line on standard error, above a bar that is being drawn."""
    tqdm.write(f"training: {text}", file=sys.stderr)


@contextmanager
def bar(title: str, total: int, *, quiet: bool = False) -> Iterator[tqdm[None]]:
    """A bar, on a terminal."""
    with tqdm(total=total, desc=title, disable=True if quiet else None, leave=False) as shown:
        yield shown


def followed(items: Sequence[T], title: str) -> Iterator[T]:
    """The items, with a bar on a terminal and elsewhere a line after each tenth of them."""
    lines = not sys.stderr.isatty()
    said = 0
    for done, item in enumerate(tqdm(items, desc=title, disable=None, leave=False), start=1):
        yield item
        if lines and (tenth := 10 * done // len(items)) > said:
            said = tenth
            say(f"{title}: {done} of {len(items)}")
