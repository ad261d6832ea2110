"""Owns the promise of `lipfx export`: a program's reader finds a point at the frame and place of the tracks.

Half pixels, where a program counts from, its first frame, pixels that are not square, 23.976 and drop frame.
"""

from __future__ import annotations

import csv
import json
import re
import runpy
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import nkparser
import numpy as np
import pytest
from pycocotools import mask as rle
from pycocotools.coco import COCO

from lipfx.core import helen56
from lipfx.core.values import Box, FrameFaces, PixelFormat
from lipfx.errors import LipfxError, UsageError
from lipfx.masks.mouth import mouth_masks
from lipfx.pipeline.export import ExportOptions, export
from lipfx.pipeline.tracks import TracksWriter, open_tracks
from lipfx.video.source import open_source
from tests.helpers.mouths import face_at, flat_frame
from tests.helpers.programs import fusion_keys, keyframes, nuke_curve, nuke_nodes, tcl

WIDTH, HEIGHT, ASPECT, RATE = 720, 576, Fraction(16, 15), Fraction(24000, 1001)
GREY = PixelFormat("gray", 8, grey=True)
THERE = {1: [0, 1, 2, 3, 6, 7, 8, 9], 2: range(2, 10)}
NEAR = 2e-3  # pixels


@pytest.fixture
def tracks(tmp_path: Path, talking: Path) -> Path:
    """Two faces, one of which is away for two frames, in anamorphic pictures at 23.976."""
    return _written(tmp_path / "t.jsonl", talking)


def _written(path: Path, talking: Path, rate: Fraction | None = RATE, timecode: str = "") -> Path:
    clip = open_source(talking).clip
    clip = replace(clip, width=WIDTH, height=HEIGHT, frame_rate=rate, sample_aspect_ratio=ASPECT)
    clip = replace(clip, metadata={**clip.metadata, "timecode": timecode})
    blank = flat_frame(GREY, (0,), width=WIDTH, height=HEIGHT)
    with TracksWriter(path, clip) as writer:
        for i in range(10):
            frame = replace(blank, index=i, pts=i, time_base=1 / (rate or Fraction(25)))
            faces = [
                face_at((100.25 + 3.5 * i + 300 * (k - 1), 90.75 - 2 * i + 200 * k), turn=0.1 * k, track_id=k)
                for k, there in THERE.items()
                if i in there
            ]
            writer.write(frame, FrameFaces(i, frame.time, tuple(faces)), "talking.mp4")
    return path


def _points(tracks: Path) -> dict[int, dict[int, Any]]:
    """The points of each track by index."""
    found: dict[int, dict[int, Any]] = {}
    for faces in open_tracks(tracks).told():
        for face in faces.faces:
            found.setdefault(face.track_id, {})[faces.index] = face.points
    return found


def _exported(tracks: Path, name: str, to: str, **options: Any) -> Path:
    path = tracks.parent / name
    export(tracks, path, ExportOptions(to, **options))
    return path


def test_nuke_has_the_points_from_the_lower_left_corner(tracks: Path) -> None:
    text = _exported(tracks, "t.nk", "nuke", start_number=1001).read_text()
    (_, root), *trackers = nuke_nodes(text)
    assert root["format"] == "720 576 0 0 720 576 1.066667 lipfx"
    assert (root["fps"], root["first_frame"], root["last_frame"]) == ("23.976", "1001", "1010")
    for (kind, knobs), (track_id, points) in zip(trackers, _points(tracks).items(), strict=True):
        head, columns, rows = knobs["tracks"]
        assert (kind, knobs["name"]) == ("Tracker4", f"lips_face_{track_id}")
        assert [int(n) for n in head] == [1, len(columns), len(rows)] == [1, 31, 5 + helen56.COUNT]
        assert [column[3] for column in columns[:4]] == ["enable", "name", "track_x", "track_y"]
        assert all(len(row) == len(columns) for row in rows)
        for k, (_, name, x, y, *_) in enumerate(rows[5:]):
            assert name == f"lips_face_{track_id}_{k:02d}"
            across, down = nuke_curve(x), nuke_curve(y)
            assert list(across) == list(down) == [1001 + i for i in points]
            for i, there in points.items():
                assert across[1001 + i] == pytest.approx(there[k, 0] + 0.5, abs=NEAR)
                assert down[1001 + i] == pytest.approx(HEIGHT - there[k, 1] - 0.5, abs=NEAR)
    enabled = nuke_curve(trackers[0][1]["tracks"][2][0][0])
    assert enabled == {1001: 1, 1005: 0, 1007: 1, 1011: 0}


def test_nuke_scripts_open_with_another_reader(tracks: Path) -> None:
    script = nkparser.Script.from_string(_exported(tracks, "t.nk", "nuke").read_text())
    nodes = {node.get_string("name"): node for node in script.all_nodes()}
    assert list(nodes) == ["", "lips_face_1", "lips_face_2"]
    table = tcl(nodes["lips_face_2"].get_string("tracks"))[0][2]
    there = _points(tracks)[2]
    assert table[5][1] == "lips_face_2_00"
    assert nuke_curve(table[5][2]) == pytest.approx(
        {1 + i: p[0, 0] + 0.5 for i, p in there.items()}, abs=NEAR
    )


def test_after_effects_text_counts_from_the_corner(tracks: Path) -> None:
    text = _exported(tracks, "t.txt", "ae").read_text()
    assert "\tUnits Per Second\t23.976\n\tSource Width\t720\n\tSource Height\t576\n" in text
    assert "\tSource Pixel Aspect Ratio\t1.066667\n\tComp Pixel Aspect Ratio\t1.066667\n" in text
    found, points = dict(keyframes(text)), _points(tracks)
    for frame, x, y, z in found["Transform\tPosition"]:
        centre = points[1][int(frame)][helen56.OUTER].mean(axis=0) + 0.5
        assert [x, y, z] == pytest.approx([*centre, 0], abs=NEAR)
    corner = found["Motion Trackers\tTracker #2\tTrack Point #2\tFeature Center"]
    assert corner == found["Motion Trackers\tTracker #2\tTrack Point #2\tAttach Point"]
    assert [row[0] for row in corner] == list(points[2])
    for frame, x, y in corner:
        assert [x, y] == pytest.approx((points[2][int(frame)][0] + 0.5).tolist(), abs=NEAR)


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs After Effects' script here")
def test_after_effects_script_makes_masks_at_the_right_times(tracks: Path) -> None:
    """Run with an app that notes what is set: 23.976 is 24000/1001 in a composition that begins at 1001."""
    script = _exported(tracks, "t.jsx", "ae", start_number=1001)
    fake = """
    var made = [], rate = 24000 / 1001;
    function property(path) {
        var below = n => property(path + "/" + n);
        return {numKeys: 0, property: below, addProperty: below,
            setValuesAtTimes: function (t, v) { made.push([path, t, v]); this.numKeys = t.length; },
            setInterpolationTypeAtKey: () => {}};
    }
    function Shape() {}
    class CompItem { constructor() { this.layers = {
        addSolid: (c, n, w, h, a) => property(n), addNull: () => property("null")}; } }
    var MaskMode = {ADD: "add", SUBTRACT: "subtract"}, KeyframeInterpolationType = {HOLD: 1};
    var comp = null, app = {beginUndoGroup() {}, endUndoGroup() {}, project: {activeItem: null, items: {
        addComp: (n, w, h, a, s, r) => { comp = new CompItem();
            comp.about = [n, w, h, a, s, r]; comp.frameDuration = 1 / r; return comp; }}}};
    """
    told = "console.log(JSON.stringify([comp.about, comp.displayStartTime, made]));"
    code = f"{fake}\n{script.read_text()}\n{told}"
    done = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True)
    about, shown, made = json.loads(done.stdout)
    assert about[:4] == ["talking.mp4", 720, 576, pytest.approx(16 / 15)]
    assert (about[4], about[5]) == (pytest.approx(10 * 1001 / 24000), pytest.approx(24000 / 1001))
    assert shown == pytest.approx(1001 * 1001 / 24000)
    masks = [(times, shapes) for path, times, shapes in made if path.endswith("ADBE Mask Shape")]
    points = _points(tracks)
    contours = [(k, part) for k in (1, 2) for part in (helen56.OUTER, helen56.INNER)]
    for (times, shapes), (track_id, part) in zip(masks, contours, strict=True):
        assert times == pytest.approx([i * 1001 / 24000 for i in points[track_id]], abs=1e-6)
        for shape, there in zip(shapes, points[track_id].values(), strict=True):
            assert shape["closed"]
            assert np.allclose(shape["vertices"], there[part] + 0.5, atol=NEAR)
    times, opacity = next((t, v) for path, t, v in made if path.endswith("ADBE Opacity"))
    assert opacity == [100, 0, 100, 0]
    assert times == pytest.approx([i * 1001 / 24000 for i in (0, 4, 6, 10)], abs=1e-6)


def test_blender_sees_the_points_where_the_tracks_have_them(
    tracks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script runs with a bpy that notes what is set; an orthographic camera makes pixels of its units."""
    script, bpy = _exported(tracks, "t.py", "blender", start_number=1001), _Bpy()
    monkeypatch.setitem(sys.modules, "bpy", bpy)
    runpy.run_path(str(script))
    scene, render = bpy.scene, bpy.scene.render
    assert (render.resolution_x, render.resolution_y) == (720, 576)
    assert render.pixel_aspect_x / render.pixel_aspect_y == pytest.approx(16 / 15)
    assert render.fps / render.fps_base == pytest.approx(24000 / 1001)
    assert (scene.frame_start, scene.frame_end) == (1001, 1010)
    assert (bpy.camera.type, bpy.camera.sensor_fit) == ("ORTHO", "HORIZONTAL")
    for track_id, points in _points(tracks).items():
        keys = bpy.curves[f"lips_face_{track_id}"].keys
        assert sorted(keys) == [1001 + i for i in points]
        for i, there in points.items():
            world = np.array(keys[1001 + i])[:, :2] / (bpy.camera.ortho_scale / (WIDTH * float(ASPECT)))
            x = world[:, 0] / float(ASPECT) + WIDTH / 2 - 0.5
            y = HEIGHT / 2 - world[:, 1] - 0.5
            assert np.abs(np.column_stack((x, y)) - there).max() < NEAR
    assert bpy.shown["lips_face_1"] == {1001: False, 1005: True, 1007: False, 1011: True}


def test_fusion_has_shares_of_the_frame(tracks: Path) -> None:
    text = _exported(tracks, "t.setting", "fusion").read_text()
    points = _points(tracks)
    for track_id, there in points.items():
        for part, contour in (("outer", helen56.OUTER), ("inner", helen56.INNER)):
            keys = fusion_keys(text, f"lips_face_{track_id}_{part}Polyline")
            assert list(keys) == list(there)
            for i, told in keys.items():
                pairs = re.findall(r"X = (-?[\d.]+), Y = (-?[\d.]+)", told)
                shares = np.array(pairs, float) + 0.5
                found = np.column_stack((shares[:, 0] * WIDTH, (1 - shares[:, 1]) * HEIGHT)) - 0.5
                assert np.abs(found - there[i][contour]).max() < NEAR
    assert list(fusion_keys(text, "lips_face_1_outerLevel")) == [0, 4, 6, 10]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools
def test_coco_opens_with_its_own_reader(tracks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _exported(tracks, "t.json", "coco")
    coco = COCO(str(path))
    capsys.readouterr()
    lines = {line.index: faces for line, faces in open_tracks(tracks).lines(with_mouths=True)}
    assert len(coco.imgs) == 10
    for image in coco.imgs.values():
        faces = {face.track_id: face for face in lines[image["frame_index"]]}
        lips = coco.loadAnns(coco.getAnnIds(image["id"], catIds=[1]))
        assert {one["track_id"] for one in lips} == set(faces)
        for one in lips:
            face = faces[one["track_id"]]
            keys = np.array(one["keypoints"]).reshape(-1, 3)
            assert np.abs(keys[:, :2] - face.points).max() < NEAR
            masks = mouth_masks(face, Box(0, 0, WIDTH, HEIGHT))
            inside = masks.upper + masks.lower >= 0.5
            assert np.array_equal(coco.annToMask(one) > 0, inside)
            rows, columns = np.nonzero(inside)
            box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
            assert one["bbox"] == box
            assert one["area"] == rle.area(one["segmentation"]) == inside.sum()


def test_a_table_has_drop_frame_timecode(tmp_path: Path, talking: Path) -> None:
    tracks = _written(tmp_path / "t.jsonl", talking, Fraction(30000, 1001), "00:59:59;26")
    with _exported(tracks, "t.csv", "csv", start_number=1001).open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["track_id"] == "2"]
    assert [row["timecode"] for row in rows][:4] == [f"00:59:59;{f}" for f in (28, 29)] + [
        f"01:00:00;0{f}" for f in (0, 1)
    ]
    assert [int(row["frame"]) for row in rows] == [1001 + i for i in THERE[2]]
    first = _points(tracks)[2][2]
    assert float(rows[0]["x_07"]) == pytest.approx(first[7, 0], abs=NEAR)
    minute = _exported(tracks, "m.csv", "csv", timecode="00:00:59;29").read_text().splitlines()
    assert "00:01:00;02" in minute[2]


def test_a_varying_rate_wants_one(tmp_path: Path, talking: Path) -> None:
    tracks = _written(tmp_path / "t.jsonl", talking, rate=None)
    with pytest.raises(UsageError, match="give --rate, as 25"):
        _exported(tracks, "t.txt", "ae")
    text = _exported(tracks, "t.txt", "ae", rate=Fraction(50)).read_text()
    assert [row[0] for row in dict(keyframes(text))["Transform\tPosition"]] == [2 * i for i in THERE[1]]


def test_what_cannot_be_written_is_said(tracks: Path) -> None:
    with pytest.raises(UsageError, match=r"end it in \.txt or \.jsx, or say --to nuke"):
        _exported(tracks, "t.nk", "ae")
    damaged = tracks.with_name("damaged.jsonl")
    damaged.write_text(tracks.read_text().replace('"pixel_aspect":"16/15"', '"pixel_aspect":"0/0"'))
    with pytest.raises(LipfxError, match="is no ratio"):
        _exported(damaged, "t.csv", "csv")
    assert not tracks.with_name("t.csv").exists()


class _Bpy(ModuleType):
    """What the script asks of Blender's module, noting keyframes."""

    def __init__(self) -> None:
        super().__init__("bpy")
        self.scene = SimpleNamespace(render=SimpleNamespace(), collection=_links(), camera=None)
        self.camera = SimpleNamespace(type="", sensor_fit="", ortho_scale=0.0)
        self.curves: dict[str, _Curve] = {}
        self.shown: dict[str, dict[int, bool]] = {}
        self.data = SimpleNamespace(
            scenes=SimpleNamespace(new=lambda _name: self.scene),
            cameras=SimpleNamespace(new=lambda _name: self.camera),
            curves=SimpleNamespace(new=self._curve),
            objects=SimpleNamespace(new=self._object),
        )
        self.context = SimpleNamespace(window=None)

    def _curve(self, name: str, _kind: str) -> _Curve:
        return self.curves.setdefault(name, _Curve())

    def _object(self, name: str, data: Any) -> Any:
        made, shown = SimpleNamespace(data=data, location=None), self.shown.setdefault(name, {})
        made.keyframe_insert = lambda path, frame: shown.__setitem__(frame, getattr(made, path))
        return made


class _Curve:
    def __init__(self) -> None:
        self.splines = _Splines(self)
        self.keys: dict[int, list[tuple[float, ...]]] = {}


class _Splines(list[Any]):
    def __init__(self, curve: _Curve) -> None:
        super().__init__()
        self.curve = curve

    def new(self, _kind: str) -> Any:
        spline = SimpleNamespace(points=_Points(self.curve), use_cyclic_u=False)
        self.append(spline)
        return spline


class _Points(list[Any]):
    def __init__(self, curve: _Curve) -> None:
        super().__init__([_Point(curve)])
        self.curve = curve

    def add(self, count: int) -> None:
        self.extend(_Point(self.curve) for _ in range(count))


class _Point:
    def __init__(self, curve: _Curve) -> None:
        self.co: tuple[float, ...] = ()
        self.curve = curve

    def keyframe_insert(self, path: str, frame: int) -> None:
        assert path == "co"
        self.curve.keys.setdefault(frame, []).append(self.co)


def _links() -> Any:
    return SimpleNamespace(objects=SimpleNamespace(link=lambda _one: None))


@pytest.mark.parametrize(
    ("timecode", "rate", "words"),
    [
        ("99:00:00:00", 25, "ends at 23:59:59"),
        ("01:00:00:25", 25, "has 25 frames"),
        ("01:00:00;00", 25, "29.97 and 59.94 alone"),
        ("01:01:00;01", Fraction(30000, 1001), "is dropped"),
        ("abc", 25, "not written like"),
    ],
)
def test_a_timecode_that_no_frame_has_is_refused(
    tmp_path: Path, talking: Path, timecode: str, rate: Fraction, words: str
) -> None:
    tracks = _written(tmp_path / "tracks.jsonl", talking, Fraction(rate))
    with pytest.raises(UsageError, match=words):
        _exported(tracks, "m.csv", "csv", timecode=timecode)
