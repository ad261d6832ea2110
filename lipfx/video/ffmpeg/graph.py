"""Owns how names and numbers go through ffmpeg-python, which takes UTF-8 alone; must not know clips."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from lipfx.video.ffmpeg.ask import file_url
from lipfx.video.ffmpeg.tools import find_tool

ASIDE = 0x10FF00 - 0xDC00  # from the characters that stand for bytes of other encodings to private ones
ODD, PRIVATE = re.compile("[\udc80-\udcff]"), re.compile("[\U0010ff80-\U0010ffff]")


def named(path: Path) -> str:
    """`path` as a name in a graph."""
    return ODD.sub(lambda found: chr(ord(found[0]) + ASIDE), file_url(path))


def ratio(number: Fraction) -> str:
    """`number` as an option takes it exactly: what has a slash is worked out in floating point."""
    return f"{number.numerator}:{number.denominator}"


def command(output: Any, *flags: str) -> list[str]:
    """The command of a graph, with global flags."""
    words = ffmpeg.compile(output.global_args(*flags), cmd=find_tool("ffmpeg"))
    return [PRIVATE.sub(lambda found: chr(ord(found[0]) - ASIDE), word) for word in words]
