"""Owns the promise that Blender itself sees a mouth where the tracks have it, with the camera of the script.

LIPFX_BPY names a Python that has `bpy`, in an environment of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lipfx.pipeline.export import ExportOptions, export
from lipfx.pipeline.tracks import open_tracks
from tests.conftest import RunLipfx

LOOK = """
import json, runpy, sys
import bpy
from bpy_extras.object_utils import world_to_camera_view
runpy.run_path(sys.argv[1])
scene = bpy.data.scenes["talking.mp4"]
(lips,) = [thing for thing in scene.objects if thing.type == "CURVE"]
found = {}
for frame in range(scene.frame_start, scene.frame_end + 1):
    scene.frame_set(frame)
    points = [lips.matrix_world @ p.co.to_3d() for s in lips.data.splines for p in s.points]
    seen = [world_to_camera_view(scene, scene.camera, point) for point in points]
    found[frame] = [(v.x * scene.render.resolution_x, (1 - v.y) * scene.render.resolution_y) for v in seen]
print("found", json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.skipif("LIPFX_BPY" not in os.environ, reason="LIPFX_BPY names no Python with bpy")
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(16, 15), Fraction(8, 9)])
def test_blender_renders_lips_where_they_are(
    lipfx: RunLipfx, talking: Path, tmp_path: Path, aspect: Fraction
) -> None:
    tracks, script = tmp_path / "t.jsonl", tmp_path / "t.py"
    assert lipfx("track", talking, tracks, "--end", "0.4").returncode == 0
    export(tracks, script, ExportOptions("blender", 1001, Fraction(24000, 1001), aspect))
    command = [os.environ["LIPFX_BPY"], "-c", LOOK, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.partition("found ")[2].splitlines()[0])
    told = {faces.index: faces.faces[0].points for faces in open_tracks(tracks).told()}
    assert [int(frame) for frame in found] == [1001 + index for index in told]
    for frame, points in found.items():
        assert np.abs(np.array(points) - 0.5 - told[int(frame) - 1001]).max() < 0.1
