"""Data sets: what they read, and what they say of a broken annotation."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lipfx.core import helen56
from lipfx.errors import TrainingError
from tests.helpers.drawn import make_helen
from tests.helpers.mouths import outline
from training.corpus import discover
from training.data import (
    Helen,
    LabelMaps,
    Points68,
    lips_from_68,
    refuse_test_names,
    trace_label_map,
)


@pytest.fixture
def helen(tmp_path: Path) -> Path:
    return make_helen(tmp_path, 3) / "helen"


def _open(helen: Path, *, test: bool = False) -> Helen:
    return Helen(helen / "images", helen / "annotation", helen / "testnames.txt", test=test)


def test_helen_keeps_test_pictures_apart(helen: Path) -> None:
    assert [s.name for s in _open(helen).samples()] == ["face000", "face001", "face002"]
    assert [s.name for s in _open(helen, test=True).samples()] == ["face003", "face004"]


def test_helen_anchors_run_from_the_left_of_the_picture(helen: Path) -> None:
    eyes, corners = _open(helen).samples()[0].anchors[:2], _open(helen).samples()[0].anchors[2:4]
    assert eyes[0, 0] < eyes[1, 0]
    assert corners[0, 0] < corners[1, 0]


@pytest.mark.parametrize(("line", "text"), [(5, "12.0 ; 7"), (60, "nan , 3"), (194, "1 , 2 , 3")])
def test_a_broken_line_is_named(helen: Path, line: int, text: str) -> None:
    path = helen / "annotation/2.txt"
    lines = path.read_text().splitlines()
    lines[line] = text
    path.write_text("\n".join(lines))
    with pytest.raises(TrainingError, match=rf"2\.txt, line {line + 1}: found"):
        _open(helen).samples()


def test_a_short_annotation_is_named(helen: Path) -> None:
    path = helen / "annotation/1.txt"
    path.write_text("\n".join(path.read_text().splitlines()[:100]))
    with pytest.raises(TrainingError, match=r"1\.txt: found 100 lines, wanted a name and 194 points"):
        _open(helen).samples()


def test_a_training_set_with_a_test_name_is_refused(helen: Path) -> None:
    samples = [*_open(helen).samples(), *_open(helen, test=True).samples()]
    with pytest.raises(TrainingError, match="face003"):
        refuse_test_names(samples, _open(helen).test_names)


def test_a_folder_without_helen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="wants a folder with Helen"):
        discover(tmp_path, label_maps_held_out=0)


def test_68_points_become_56_that_a_mirror_maps_onto_themselves() -> None:
    angle = np.linspace(np.pi, -np.pi, 12, endpoint=False)
    points = np.zeros((68, 2))
    points[48:60] = np.stack([50 + 30 * np.cos(angle), 50 - 12 * np.sin(angle)], axis=1)
    angle = np.linspace(np.pi, -np.pi, 8, endpoint=False)
    points[60:68] = np.stack([50 + 22 * np.cos(angle), 50 - 5 * np.sin(angle)], axis=1)
    lips = lips_from_68(points)
    np.testing.assert_allclose(lips[[0, 13, 28, 42]], [[20, 50], [80, 50], [28, 50], [72, 50]], atol=1e-9)
    np.testing.assert_allclose(lips[helen56.MIRROR] * (-1, 1) + (100, 0), lips, atol=1e-9)


def test_pts_files_need_their_braces_and_their_picture(tmp_path: Path) -> None:
    body = "\n".join(f"{i} {i}" for i in range(68))
    (tmp_path / "a.pts").write_text(f"version: 1\nn_points: 68\n{{\n{body}\n}}\n")
    with pytest.raises(TrainingError, match="no picture named a"):
        Points68(tmp_path, "some").samples()
    (tmp_path / "a.pts").write_text(body)
    with pytest.raises(TrainingError, match="wanted an iBUG"):
        Points68(tmp_path, "some").samples()


def test_label_maps_are_traced_around_their_lips() -> None:
    lips = outline(80, 0.2) + np.full(2, 60.0)
    labels = np.zeros((120, 120), np.uint8)
    cv2.fillPoly(labels, [np.round(lips[:28]).astype(np.int32)], (2,))
    labels[:60][labels[:60] == 2] = 1
    cv2.fillPoly(labels, [np.round(lips[28:]).astype(np.int32)], (3,))
    traced = trace_label_map(labels)
    assert traced is not None
    assert np.abs(traced[[0, 13]] - lips[[0, 13]]).max() < 1.5
    assert abs(traced[:14, 1].min() - lips[:14, 1].min()) < 1.5
    assert abs(traced[42:, 1].max() - lips[42:, 1].max()) < 1.5


def test_label_maps_hold_out_the_first_by_name(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
    labels = np.zeros((60, 60), np.uint8)
    labels[20:30, 10:50], labels[30:40, 10:50] = 1, 2
    for name in ("a", "b", "c"):
        cv2.imwrite(str(tmp_path / f"masks/{name}.png"), labels)
        cv2.imwrite(str(tmp_path / f"images/{name}.jpg"), np.full((60, 60, 3), 128, np.uint8))
    assert [s.name for s in LabelMaps(tmp_path, "maps", skip_first=2).samples()] == ["c"]
    cv2.imwrite(str(tmp_path / "masks/c.png"), labels + 3)
    with pytest.raises(TrainingError, match=r"c\.png: wanted a one-channel PNG"):
        LabelMaps(tmp_path, "maps").samples()
