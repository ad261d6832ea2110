"""Owns which programs tracks can be written for, and by what endings; must not know files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lipfx.exports import after_effects, blender, coco, fusion, nuke, table
from lipfx.exports.base import Seen, Shot

Write = Callable[[Shot, Iterable[Seen]], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is written for. writers: by a file's ending, the usual one first. first: the number that
    a clip's first frame has there unless it is told otherwise. timed: it wants a frame rate. masked: it wants
    the outlines of pixels beside landmarks."""

    writers: Mapping[str, Write]
    first: int = 0
    timed: bool = False
    masked: bool = False


PROGRAMS: Mapping[str, Program] = {
    "nuke": Program({".nk": nuke.write}, first=1),
    "ae": Program({".txt": after_effects.write_text, ".jsx": after_effects.write_script}, timed=True),
    "blender": Program({".py": blender.write}, first=1, timed=True),
    "fusion": Program({".setting": fusion.write}),
    "coco": Program({".json": coco.write}, masked=True),
    "csv": Program({".csv": table.write}),
}
