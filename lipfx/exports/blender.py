"""Owns Blender scripts with animated curves; must not know other programs.

The script makes a scene of its own: an orthographic camera sees the frame, whose middle is the origin, and
what is at a pixel's middle in the frame is rendered there. Frames are whole numbers of the scene.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import numpy as np

from lipfx.core import helen56
from lipfx.exports.base import Seen, Shot, Track, number, span_of, tracks_of

SCRIPT = '''"""Lips of {name} as curves; in Blender: Scripting, Open, Run; or blender --python THIS_FILE."""

import json

import bpy

SHOT = json.loads({shot!r})
FACES = [
{faces}
]
WIDE = 10.0  # units of the scene that the frame is wide


def place(x, y):
    unit = WIDE / (SHOT["width"] * SHOT["aspect"])
    across = (x + 0.5 - SHOT["width"] / 2) * SHOT["aspect"]
    return across * unit, (SHOT["height"] / 2 - y - 0.5) * unit, 0.0, 1.0


def make_scene():
    scene = bpy.data.scenes.new(SHOT["name"])
    render = scene.render
    render.resolution_x, render.resolution_y = SHOT["width"], SHOT["height"]
    render.pixel_aspect_x, render.pixel_aspect_y = max(SHOT["aspect"], 1.0), max(1 / SHOT["aspect"], 1.0)
    render.fps, render.fps_base = SHOT["fps"], SHOT["fps_base"]
    scene.frame_start, scene.frame_end = SHOT["span"]
    camera = bpy.data.objects.new("lipfx camera", bpy.data.cameras.new("lipfx camera"))
    camera.data.type, camera.data.sensor_fit, camera.data.ortho_scale = "ORTHO", "HORIZONTAL", WIDE
    camera.location = (0.0, 0.0, 10.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    return scene


def make_lips(scene, face):
    curve = bpy.data.curves.new(face["name"], "CURVE")
    curve.dimensions, curve.fill_mode = "2D", "BOTH"
    points = []
    for count in SHOT["contours"]:
        spline = curve.splines.new("POLY")
        spline.points.add(count - 1)
        spline.use_cyclic_u = True
    for spline in curve.splines:
        points.extend(spline.points)
    for frame, row in zip(face["frames"], face["points"]):
        for k, point in enumerate(points):
            point.co = place(row[2 * k], row[2 * k + 1])
            point.keyframe_insert("co", frame=frame)
    lips = bpy.data.objects.new(face["name"], curve)
    for frame, shown in face["shown"]:
        lips.hide_viewport = lips.hide_render = not shown
        lips.keyframe_insert("hide_viewport", frame=frame)
        lips.keyframe_insert("hide_render", frame=frame)
    scene.collection.objects.link(lips)


scene = make_scene()
for face in FACES:
    make_lips(scene, face)
if bpy.context.window:
    bpy.context.window.scene = scene
'''


def write(shot: Shot, frames: Iterable[Seen]) -> Iterator[str]:
    """A script: a scene of the clip's size, aspect, rate and frames, a filled curve for each face."""
    assert shot.rate is not None
    tracks = tracks_of(frames)
    fps = round(shot.rate)
    told = {
        "name": shot.name,
        "width": shot.width,
        "height": shot.height,
        "aspect": float(shot.aspect),
        "fps": fps,
        "fps_base": fps / float(shot.rate),
        "span": span_of(tracks, shot.first),
        "contours": [len(range(helen56.COUNT)[part]) for part in (helen56.OUTER, helen56.INNER)],
    }
    faces = "\n".join(f"    json.loads({json.dumps(_face(track))!r})," for track in tracks)
    name = ascii(shot.name)[1:-1].replace('"', "'").replace("\\", "/")
    yield SCRIPT.format(name=name, shot=json.dumps(told), faces=faces)


def _face(track: Track) -> dict[str, object]:
    return {
        "name": track.name,
        "frames": track.numbers,
        "shown": [(at, there) for at, there in track.shown],
        "points": [[float(number(v, 3)) for v in np.ravel(points)] for points in track.points],
    }
