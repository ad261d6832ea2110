"""Data sets: what they read, and what they say of a broken annotation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.errors import TrainingError
from tests.helpers.drawn import make_helen
from tests.helpers.mouths import outline
from training.cache import read_cache, write_cache
from training.corpus import discover
from training.data import Helen, Points68, Truth, lips_from_68
from training.labelmaps import LEAST_LIP, LabelMaps, trace_label_map


@pytest.fixture
def helen(tmp_path: Path) -> Path:
    return make_helen(tmp_path, 3) / "helen"


def _open(helen: Path, *, test: bool = False) -> Helen:
    return Helen(helen / "images", helen / "annotation", helen / "testnames.txt", test=test)


def test_helen_keeps_test_pictures_apart(helen: Path) -> None:
    assert [s.name for s in _open(helen).samples()] == ["face000", "face001", "face002"]
    assert [s.name for s in _open(helen, test=True).samples()] == ["face003", "face004"]


def test_a_list_of_test_names_may_be_in_any_encoding(helen: Path) -> None:
    names = helen / "testnames.txt"
    names.write_bytes(names.read_bytes() + b"caf\xe9\n")
    assert [s.name for s in _open(helen, test=True).samples()] == ["face003", "face004"]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no zip", None])
def test_a_damaged_cache_is_made_anew(damage: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "set.npz"
    write_cache(path, {"names": np.array(["a", "b"]), "values": np.arange(1000)})
    assert [file.name for file in path.parent.iterdir()] == ["set.npz"]
    stored = read_cache(path, "names", ["a", "b"])
    assert stored is not None
    assert stored["values"][999] == 999
    assert read_cache(path, "names", ["a"]) is None
    path.write_bytes(path.read_bytes()[:-200] if damage is None else damage)
    assert read_cache(path, "names", ["a", "b"]) is None


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


def test_a_folder_with_nothing_to_train_on_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(TrainingError, match="found nothing to train on"):
        discover(tmp_path)


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
    traced = trace_label_map(labels, LEAST_LIP)
    assert traced is not None
    assert np.abs(traced[[0, 13]] - lips[[0, 13]]).max() < 1.5
    assert abs(traced[:14, 1].min() - lips[:14, 1].min()) < 1.5
    assert abs(traced[42:, 1].max() - lips[42:, 1].max()) < 1.5


def _maps(folder: Path, kind: str, labels: NDArray[np.uint8], names: Sequence[str]) -> None:
    for part in ("images", kind):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / kind / f"{name}.png"), labels)
        cv2.imwrite(str(folder / f"images/{name}.jpg"), np.full((60, 60, 3), 128, np.uint8))


def test_a_broken_label_map_is_named(tmp_path: Path) -> None:
    labels = np.zeros((60, 60), np.uint8)
    labels[20:30, 10:50], labels[30:40, 10:50] = 1, 2
    _maps(tmp_path, "masks", labels, "abc")
    assert [s.name for s in LabelMaps(tmp_path, "maps", Truth.CLASSES).samples()] == ["a", "b", "c"]
    cv2.imwrite(str(tmp_path / "masks/c.png"), labels + 3)
    with pytest.raises(TrainingError, match=r"c\.png: wanted a one-channel PNG"):
        LabelMaps(tmp_path, "maps", Truth.CLASSES).samples()


def test_sets_are_told_apart_by_what_they_hold(tmp_path: Path) -> None:
    mouth = np.zeros((60, 60), np.uint8)
    mouth[20:40, 10:50] = 1
    _maps(tmp_path / "turned", "mouth", mouth, ["one"])
    _maps(tmp_path / "maps", "masks", np.where(np.arange(60)[:, None] < 30, mouth, mouth * 2), ["one"])
    for folder in ("masked", "occluders/masks"):
        (tmp_path / folder).mkdir(parents=True)
    for index in range(101):
        cv2.imwrite(str(tmp_path / f"masked/{index:03}.jpg"), np.full((60, 60, 3), 128, np.uint8))
    found = discover(tmp_path)
    told = {s.name: s.truth for s in found.sets}
    assert told == {"maps": Truth.CLASSES, "masked": Truth.NONE, "turned": Truth.MOUTH}
    assert found.cutouts is not None
    lips = found.sets[2].samples()[0].lips
    np.testing.assert_allclose(lips[[0, 13]], [[10, 29.5], [49, 29.5]], atol=1)
