"""Owns how a tracks file is laid out, line by line; must not know how it is read or written."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from lipfx.core import helen56

FORMAT = "lipfx-track"
VERSION = 1
MOST_FRAMES = 10**12
MOST_FACES = 1000  # of one frame
LATEST = 1e9  # seconds

_Point = Annotated[list[float], Meta(min_length=2, max_length=2)]


class MouthRecord(msgspec.Struct, omit_defaults=True):
    """to_frame: rows of the affine. png: base64 of a PNG whose channels are the classes. points: a CRC-32 of
    the points that it was seen with; where others stand beside it somebody has moved them, and they count."""

    to_frame: Annotated[list[float], Meta(min_length=6, max_length=6)]
    png: str
    points: Annotated[int, Meta(ge=0, lt=1 << 32)] | None = None


class FaceRecord(msgspec.Struct, omit_defaults=True):
    """look: base64 of its bytes, now and then. scene: RGB 0..1 that black and white show,
    saturation, and in how many pixels paint fades at the outline.
    person: the name that was given to whose face it is. share: how much of effects and masks it gets."""

    track_id: Annotated[int, Meta(ge=1, le=MOST_FRAMES)]
    box: Annotated[list[float], Meta(min_length=4, max_length=4)]
    confidence: Annotated[float, Meta(ge=0, le=1)]
    head: Annotated[int, Meta(ge=0, le=1000)]
    points: Annotated[list[_Point], Meta(min_length=helen56.COUNT, max_length=helen56.COUNT)]
    mouth: MouthRecord | None = None
    look: str | None = None
    scene: Annotated[list[float], Meta(min_length=8, max_length=8)] | None = None
    person: str = ""
    share: Annotated[float, Meta(ge=0, le=1)] = 1.0


class Line(msgspec.Struct, omit_defaults=True):
    """picture: base64 of a small luma of the frame, now and then. size: width and height, where they are
    not the file's. share: how much of effects on the whole picture there is."""

    index: Annotated[int, Meta(ge=0, le=MOST_FRAMES)]
    time: Annotated[float, Meta(ge=-LATEST, le=LATEST)]
    source: str
    faces: Annotated[list[FaceRecord], Meta(max_length=MOST_FACES)]
    picture: str | None = None
    size: Annotated[list[int], Meta(min_length=2, max_length=2)] | None = None
    share: Annotated[float, Meta(ge=0, le=1)] = 1.0


class Header(msgspec.Struct):
    """duration: of the clip in seconds. frames: how many lines follow. times: hash of their times. program,
    weights: lipfx's version and the identity of the weights that found the faces; empty where not told.
    pixel_aspect: width of a pixel over its height, as "8/9"; null where nobody told it. timecode: of frame 0.
    """

    format: str
    version: int
    source: str
    width: int
    height: int
    frame_rate: str | None
    landmarks: str
    duration: float
    frames: int
    times: str
    program: str = ""
    weights: str = ""
    pixel_aspect: str | None = None
    timecode: str = ""
