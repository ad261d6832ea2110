"""Owns small strict readers of other programs' files: Tcl lists of Nuke, Fusion's tables, keyframe text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Tcl: TypeAlias = "str | list[Tcl]"


def tcl(text: str) -> list[Any]:
    """The words of a Tcl list; what is in braces is a list of its own. Raises: ValueError."""
    stack: list[list[Any]] = [[]]
    for word in re.findall(r'"[^"]*"|[{}]|[^\s{}"]+', text):
        if word == "{":
            stack.append([])
        elif word == "}":
            if len(stack) == 1:
                raise ValueError("a brace too many is closed")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word.strip('"'))
    if len(stack) != 1:
        raise ValueError("a brace is not closed")
    return stack[0]


def nuke_nodes(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Class and knobs of each node of a script."""
    words, nodes = tcl(text), []
    for kind, body in zip(words[::2], words[1::2], strict=True):
        nodes.append((kind, dict(zip(body[::2], body[1::2], strict=True))))
    return nodes


def nuke_curve(words: list[str]) -> dict[int, float]:
    """Values of a curve by frame."""
    assert words[0] == "curve"
    found, at = {}, 0
    for word in words[1:]:
        if word == "K":  # keys that hold until the next
            continue
        if word.startswith("x"):
            at = int(word[1:])
        else:
            found[at] = float(word)
            at += 1
    return found


def keyframes(text: str) -> Iterator[tuple[str, list[list[float]]]]:
    """Name and rows of each property in After Effects' clipboard text. Raises: AssertionError."""
    lines = text.splitlines()
    assert lines[0] == "Adobe After Effects 8.0 Keyframe Data"
    assert lines[-1] == "End of Keyframe Data"
    name, rows = "", []  # type: ignore[var-annotated]
    for line in [*lines[1:-1], ""]:
        if line and not line.startswith("\t"):
            name, rows = line, []
        elif name and line and not line.startswith("\tFrame"):
            rows.append([float(word) for word in line.split("\t") if word])
        elif name and not line:
            yield name, rows
            name = ""


def fusion_keys(text: str, spline: str) -> dict[int, str]:
    """What a BezierSpline of Fusion's settings says of each of its keys."""
    assert text.count("{") == text.count("}")
    start = text.index(f"{spline} = BezierSpline {{")
    block = text[start : text.index("\n\t\t},\n", start)]
    return {int(at): rest for at, rest in re.findall(r"^\t+\[(\d+)\] = \{ (.*) \},$", block, re.MULTILINE)}
