"""Owns After Effects' keyframes, as text for its clipboard and as a script; must not know other programs.

After Effects' pixels begin at the top left corner of the layer, y down; the middle of the first is at
(0.5, 0.5), in pixels as they are stored, whatever their aspect. Text has no mask paths there: a script does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lipfx.core import helen56
from lipfx.core.values import Float64
from lipfx.exports.base import Seen, Shot, Track, corner_based, marks, number, tracks_of

SCRIPT = """// Lips of {name} as masks, a solid for each face; in After Effects: File, Scripts, Run Script.
(function () {{
    var shot = {shot};
    var faces = [
{faces}
    ];
    app.beginUndoGroup("lipfx");
    var comp = app.project.activeItem;
    if (!(comp instanceof CompItem)) {{
        var last = shot.last + 1 - shot.first;
        comp = app.project.items.addComp(
            shot.name, shot.width, shot.height, shot.aspect, Math.max(last, 1) / shot.rate, shot.rate);
        comp.displayStartTime = shot.first / shot.rate;
    }}
    if (Math.abs(1 / comp.frameDuration - shot.rate) > 0.01) {{
        alert("lipfx: the tracks have " + shot.rate + " frames a second, the composition another rate");
    }}
    function times(numbers) {{
        var all = [];
        for (var k = 0; k < numbers.length; k++) {{
            all.push(numbers[k] * comp.frameDuration - comp.displayStartTime);
        }}
        return all;
    }}
    function path(layer, name, mode, numbers, contours) {{
        var shapes = [];
        for (var k = 0; k < contours.length; k++) {{
            var shape = new Shape();
            shape.vertices = contours[k];
            shape.closed = true;
            shapes.push(shape);
        }}
        var mask = layer.property("ADBE Mask Parade").addProperty("ADBE Mask Atom");
        mask.name = name;
        mask.maskMode = mode;
        mask.property("ADBE Mask Shape").setValuesAtTimes(times(numbers), shapes);
    }}
    for (var k = 0; k < faces.length; k++) {{
        var face = faces[k];
        var layer = comp.layers.addSolid([1, 1, 1], face.name, shot.width, shot.height, shot.aspect);
        path(layer, "lips", MaskMode.ADD, face.frames, face.outer);
        path(layer, "inner mouth", MaskMode.SUBTRACT, face.frames, face.inner);
        var opacity = layer.property("ADBE Transform Group").property("ADBE Opacity");
        opacity.setValuesAtTimes(times(face.turns), face.opacity);
        for (var key = 1; key <= opacity.numKeys; key++) {{
            opacity.setInterpolationTypeAtKey(key, KeyframeInterpolationType.HOLD);
        }}
        var middle = comp.layers.addNull();
        middle.name = face.name + " centre";
        middle.property("ADBE Transform Group").property("ADBE Position")
            .setValuesAtTimes(times(face.frames), face.centre);
    }}
    app.endUndoGroup();
}})();
"""


def write_text(shot: Shot, frames: Iterable[Seen]) -> Iterator[str]:
    """Clipboard text: the position of the mouth that is there longest, and a motion tracker for each face."""
    assert shot.rate is not None
    tracks = tracks_of(frames)
    aspect = number(float(shot.aspect), 6)
    yield (
        f"Adobe After Effects 8.0 Keyframe Data\n\n\tUnits Per Second\t{shot.rate_name}\n"
        f"\tSource Width\t{shot.width}\n\tSource Height\t{shot.height}\n"
        f"\tSource Pixel Aspect Ratio\t{aspect}\n\tComp Pixel Aspect Ratio\t{aspect}\n\n"
    )
    if tracks:
        track = max(tracks, key=lambda one: len(one.numbers))
        yield "Transform\tPosition\n\tFrame\tX pixels\tY pixels\tZ pixels\t\n"
        for at, points in zip(track.numbers, track.points, strict=True):
            yield _row(at, corner_based(marks(points)["centre"]), "0\t")
        yield "\n"
    for k, track in enumerate(tracks, start=1):
        yield from _tracker(track, f"Motion Trackers\tTracker #{k}")
    yield "\nEnd of Keyframe Data\n"


def _tracker(track: Track, words: str) -> Iterator[str]:
    named = [marks(points) for points in track.points]
    for place, name in enumerate(named[0], start=1):
        head = f"{words}\tTrack Point #{place}"
        yield f"{head}\tConfidence\n\tFrame\tpercent\t\n"
        for at, sure in zip(track.numbers, track.confidence, strict=True):
            yield f"\t{at}\t{number(100 * sure)}\t\n"
        for what in ("Feature Center", "Attach Point"):
            yield f"\n{head}\t{what}\n\tFrame\tX pixels\tY pixels\t\n"
            for at, marked in zip(track.numbers, named, strict=True):
                yield _row(at, corner_based(marked[name]))
        yield "\n"


def _row(at: int, point: Float64, rest: str = "") -> str:
    return f"\t{at}\t{number(point[0])}\t{number(point[1])}\t{rest}\n"


def write_script(shot: Shot, frames: Iterable[Seen]) -> Iterator[str]:
    """A script: a solid for each face with the lips' contours as animated masks, and a null at its centre."""
    assert shot.rate is not None
    tracks = tracks_of(frames)
    told = {
        "name": shot.name,
        "width": shot.width,
        "height": shot.height,
        "aspect": float(shot.aspect),
        "rate": float(shot.rate),
        "first": shot.first,
        "last": max((track.numbers[-1] for track in tracks), default=shot.first),
    }
    faces = ",\n".join(json.dumps(_face(track)) for track in tracks)
    name = json.dumps(shot.name)[1:-1]
    yield SCRIPT.format(name=name, shot=json.dumps(told), faces=faces)


def _face(track: Track) -> dict[str, object]:
    turns = list(track.shown)
    return {
        "name": track.name,
        "frames": track.numbers,
        "outer": _rounded([points[helen56.OUTER] for points in track.points]),
        "inner": _rounded([points[helen56.INNER] for points in track.points]),
        "centre": _rounded([marks(points)["centre"] for points in track.points]),
        "turns": [at for at, _ in turns],
        "opacity": [100 * there for _, there in turns],
    }


def _rounded(points: Sequence[Float64]) -> object:
    return np.round(corner_based(np.array(points)), 3).tolist()
