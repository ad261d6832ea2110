"""Owns the promises of --shape-predictor: a real file in dlib's 68-point scheme finds mouths in faces.

The file is a small one, trained here: the public one may not be used commercially and weighs 100 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest
from numpy.typing import NDArray

from lipfx.core.geometry import mouth_pose
from lipfx.core.values import Float64
from lipfx.detection.predictor import Predictor
from lipfx.video.stills.images import to_frame
from tests.cli.test_apply import pictures
from tests.conftest import RunLipfx, odd
from tests.helpers import portrait
from training.data import read_pts

TRAINED, TRIED = 120, 30
SIDE = 320
LIPS = slice(48, 60)


@dataclass(frozen=True)
class Annotated68:
    """A grey picture with a face's box, (4,), and its 68 points."""

    picture: NDArray[np.uint8]
    box: Float64
    points: Float64


def annotated(folder: Path, count: int) -> list[Annotated68]:
    """The first pictures in which dlib finds the annotated face."""
    detect, found = dlib.get_frontal_face_detector(), list[Annotated68]()
    for file in sorted(folder.glob("*.pts")):
        grey = cv2.imread(str(file.with_suffix(".jpg")), cv2.IMREAD_GRAYSCALE)
        assert grey is not None
        scale = min(1.0, SIDE / max(grey.shape))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        points = (read_pts(file) + 0.5) * scale - 0.5
        x, y = points[LIPS].mean(0)
        boxes = [b for b in detect(small, 0) if b.left() < x < b.right() and b.top() < y < b.bottom()]
        if boxes:
            box = np.array([boxes[0].left(), boxes[0].top(), boxes[0].right(), boxes[0].bottom()]) + 0.0
            found.append(Annotated68(np.asarray(small, np.uint8), box, points))
        if len(found) == count:
            break
    assert len(found) == count
    return found


def train(faces: list[Annotated68], points: slice, path: Path) -> Path:
    """A predictor that is trained in a fraction of a second."""
    options = dlib.shape_predictor_training_options()
    options.tree_depth, options.cascade_depth, options.num_trees_per_cascade_level = 3, 6, 60
    options.oversampling_amount, options.nu, options.feature_pool_size = 5, 0.15, 200
    told = [
        [
            dlib.full_object_detection(
                dlib.rectangle(*(round(v) for v in face.box.tolist())),
                dlib.points([dlib.point(round(x), round(y)) for x, y in face.points[points].tolist()]),
            )
        ]
        for face in faces
    ]
    dlib.train_shape_predictor([face.picture for face in faces], told, options).save(str(path))
    return path


@pytest.fixture(scope="module")
def faces(shared: Path) -> list[Annotated68]:
    return annotated(shared / "data/lfpw", TRAINED + TRIED)


@pytest.fixture(scope="module")
def file(faces: list[Annotated68], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(faces[:TRAINED], slice(None), tmp_path_factory.mktemp("predictor") / "68.dat")


def test_mouths_of_strangers_are_found(faces: list[Annotated68], file: Path) -> None:
    predictor, errors = Predictor(file), []
    for face in faces[TRAINED:]:
        frame = to_frame(np.dstack([face.picture] * 3), 0)
        outer, lips = predictor.outer(frame, face.box), face.points[LIPS]
        width = float(np.linalg.norm(lips[6] - lips[0]))
        corners = np.abs(outer[[0, 13]] - lips[[0, 6]]).max()
        pose, middle = mouth_pose(outer), lips.mean(0)
        errors.append((corners / width, np.hypot(pose.x - middle[0], pose.y - middle[1]) / width))
    assert np.median(errors, axis=0).max() < 0.15
    assert np.mean(np.array(errors)[:, 1] < 0.5) >= 0.9


def test_lips_are_painted(lipfx: RunLipfx, talking: Path, file: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    words = ("apply", "lipstick:shade=#b01030", talking, output, "--end", 0.4, "--shape-predictor", file)
    done = lipfx(*words)
    assert (done.returncode, odd(done)) == (0, "")
    for index in (0, 8):
        before, after = pictures(talking)[index], pictures(output)[index]
        for name in ("upper lip", "lower lip"):
            where = portrait.part(name, index)
            change = portrait.mean_colour(after, where) - portrait.mean_colour(before, where)
            assert change[1] < -40
        cheek = portrait.part("cheek", index)
        assert np.abs(portrait.mean_colour(after, cheek) - portrait.mean_colour(before, cheek)).max() < 3


def test_a_predictor_of_other_points_is_refused(
    lipfx: RunLipfx, talking: Path, faces: list[Annotated68], tmp_path: Path
) -> None:
    five = train(faces[:20], slice(0, 5), tmp_path / "5.dat")
    done = lipfx("apply", "lipstick", talking, tmp_path / "out.mp4", "--shape-predictor", five)
    assert done.returncode == 1
    assert done.stderr == "lipfx: the shape predictor has 5 points, wanted dlib's 68\n"
