"""Owns the list of what serves for measuring only; must not know how sets are read or networks trained.

What stands here is never trained, tuned or selected on: a figure measured on it would be worthless.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from lipfx.errors import TrainingError

Rule = Callable[[Sequence[str]], Sequence[str]]
"""From all names of a set, sorted, to those that are reserved."""


def first(count: int) -> Rule:
    """The first names."""
    return lambda names: names[:count]


def last(count: int) -> Rule:
    """The last names."""
    return lambda names: names[-count:]


def every(step: int) -> Rule:
    """Every so manieth name, from the first."""
    return lambda names: names[::step]


def matching(pattern: str) -> Rule:
    """Names that hold a regular expression."""
    return lambda names: [n for n in names if re.search(pattern, n)]


RULES: Mapping[str, Rule] = {
    "afw": every(1),  # detection is measured on it
    "celebamask": first(85),
    "webmorph": every(2),
    "fasseg": matching(r"_0[246]"),  # three of its seven persons
    "masked": last(100),
    **{f"occluders/{kind}": every(5) for kind in ("hands", "masks", "objects", "scarves", "shapes")},
}
"""By a set's folder below the data folder. Helen names its own in testnames.txt; none may be in any set."""


def reserved(name: str, stems: Iterable[str]) -> frozenset[str]:
    """Of the files of the set `name`, by stem and all of them, those that serve for measuring only."""
    rule = RULES.get(name)
    by_name = sorted(stems, key=lambda stem: f"{stem}.")  # as the files themselves sort
    return frozenset() if rule is None else frozenset(rule(by_name))


def open_to_training(name: str, files: Iterable[Path]) -> list[Path]:
    """The files of the set `name`, all given, that may be trained on, sorted."""
    found = sorted(files)
    kept = reserved(name, [f.stem for f in found])
    return [f for f in found if f.stem not in kept]


def refuse(name: str, used: Iterable[str], kept: frozenset[str]) -> None:
    """Stops a training that uses what serves for measuring: names out of `kept`.

    Raises:
        TrainingError: naming the first offenders.
    """
    found = sorted(kept.intersection(used))
    if found:
        raise TrainingError(
            f"{name}: {len(found)} training pictures serve for measuring only "
            f"({', '.join(found[:3])}); remove them"
        )
