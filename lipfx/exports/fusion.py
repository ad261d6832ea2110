"""Owns Fusion's settings with animated polygons; must not know other programs.

Fusion's places are shares of the frame, from its lower left corner, y up; a polygon's points are told from
the middle of the frame. Pixels' aspect and size do not matter in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lipfx.core import helen56
from lipfx.core.values import Float64
from lipfx.exports.base import Seen, Shot, Track, from_below, number, tracks_of


def write(shot: Shot, frames: Iterable[Seen]) -> Iterator[str]:
    """Two polygons for each face, the lips' outline and the inner mouth taken from it, to paste."""
    yield "{\n\tTools = ordered() {\n"
    for row, track in enumerate(tracks_of(frames)):
        yield from _polygon(shot, track, "outer", helen56.OUTER, row, "")
        inside = (
            '\t\t\t\tPaintMode = Input { Value = FuID { "Subtract" }, },\n'
            f'\t\t\t\tEffectMask = Input {{ SourceOp = "{track.name}_outer", Source = "Mask", }},\n'
        )
        yield from _polygon(shot, track, "inner", helen56.INNER, row, inside)
    yield "\t}\n}\n"


def _polygon(shot: Shot, track: Track, part: str, points: slice, row: int, inputs: str) -> Iterator[str]:
    name = f"{track.name}_{part}"
    at = f"{110 if part == 'inner' else 0}, {33 * row}"
    yield (
        f'\t\t{name} = PolylineMask {{\n\t\t\tDrawMode = "ModifyOnly",\n\t\t\tInputs = {{\n'
        '\t\t\t\tOutputSize = Input { Value = FuID { "Custom" }, },\n'
        f"\t\t\t\tMaskWidth = Input {{ Value = {shot.width}, }},\n"
        f"\t\t\t\tMaskHeight = Input {{ Value = {shot.height}, }},\n"
        f"\t\t\t\tPixelAspect = Input {{ Value = {{ {number(float(shot.aspect), 6)}, 1 }}, }},\n"
        '\t\t\t\tClippingMode = Input { Value = FuID { "None" }, },\n'
        f'\t\t\t\tLevel = Input {{ SourceOp = "{name}Level", Source = "Value", }},\n'
        f'\t\t\t\tPolyline = Input {{ SourceOp = "{name}Polyline", Source = "Value", }},\n{inputs}'
        f"\t\t\t}},\n\t\t\tViewInfo = OperatorInfo {{ Pos = {{ {at} }} }},\n\t\t}},\n"
        f"\t\t{name}Level = BezierSpline {{\n\t\t\tNameSet = true,\n\t\t\tKeyFrames = {{\n"
    )
    for frame, there in track.shown:
        yield f"\t\t\t\t[{frame}] = {{ {int(there)}, Flags = {{ StepIn = true }} }},\n"
    yield (
        f"\t\t\t}}\n\t\t}},\n\t\t{name}Polyline = BezierSpline {{\n"
        "\t\t\tNameSet = true,\n\t\t\tKeyFrames = {\n"
    )
    for k, (frame, contour) in enumerate(zip(track.numbers, track.points, strict=True)):
        flags = "Flags = { Linear = true, LockedY = true }"
        corners = ", ".join(_corners(shot, contour[points]))
        yield (
            f"\t\t\t\t[{frame}] = {{ {k}, {flags}, "
            f"Value = Polyline {{ Closed = true, Points = {{ {corners} }} }} }},\n"
        )
    yield "\t\t\t}\n\t\t},\n"


def _corners(shot: Shot, points: Float64) -> Iterator[str]:
    shares = from_below(points, shot.height) / (shot.width, shot.height) - 0.5
    for x, y in shares.tolist():
        yield f"{{ Linear = true, X = {number(x, 7)}, Y = {number(y, 7)} }}"
