"""What serves for measuring only stays out of training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lipfx.errors import TrainingError
from tests.helpers.drawn import make_helen
from training.corpus import Corpus
from training.data import DataSet, Helen, Sample, Truth
from training.reserved import RULES, open_to_training, reserved

NAMES = [f"{k:04}" for k in range(200)]


@pytest.mark.parametrize(
    ("folder", "kept"),
    [
        ("celebamask", NAMES[:85]),
        ("webmorph", NAMES[::2]),
        ("masked", NAMES[100:]),
        ("afw", NAMES),
        ("occluders/hands", NAMES[::5]),
        ("occluders/masks", NAMES[::5]),
        ("a set of your own", []),
    ],
)
def test_each_set_keeps_its_own_share_for_measuring(folder: str, kept: list[str]) -> None:
    assert reserved(folder, reversed(NAMES)) == set(kept)
    files = [Path(f"{name}.png") for name in reversed(NAMES)]
    assert [f.stem for f in open_to_training(folder, files)] == sorted(set(NAMES) - set(kept))


def test_three_persons_are_for_measuring_at_every_angle() -> None:
    names = [f"yaw{angle}_{person:02}146" for angle in ("+00", "-75") for person in range(1, 8)]
    kept = reserved("fasseg", names)
    assert kept == {n for n in names if n[7:9] in ("02", "04", "06")}


class Careless(Helen):
    """A set that offers its test pictures too."""

    def samples(self) -> list[Sample]:
        own = (self.images, self.annotations, self.images.parent / "testnames.txt")
        return [*super().samples(), *Helen(*own, test=True).samples()]


class CarelessMaps:
    """A set of label maps that offers what serves for measuring too."""

    name, truth = "celebamask", Truth.CLASSES

    def samples(self) -> list[Sample]:
        points = np.zeros((56, 2))
        return [Sample(n, Path("a.png"), points, points[:6], None, False, self.truth) for n in NAMES[80:]]

    def reserved(self) -> frozenset[str]:
        return reserved(self.name, NAMES)


def test_a_training_picture_that_serves_for_measuring_is_refused_by_name(tmp_path: Path) -> None:
    helen = make_helen(tmp_path, 3) / "helen"
    careless = Careless(helen / "images", helen / "annotation", helen / "testnames.txt")
    refused: list[tuple[DataSet, str]] = [
        (careless, "helen: 2 training pictures serve for measuring only .face003"),
        (CarelessMaps(), "celebamask: 5 training pictures serve for measuring only .0080, 0081, 0082"),
    ]
    for own, words in refused:
        with pytest.raises(TrainingError, match=words):
            Corpus([own], own.reserved(), None, tmp_path, seed=0).samples  # noqa: B018


def test_the_rules_name_every_occluder_folder() -> None:
    assert {k for k in RULES if k.startswith("occluders/")} == {
        f"occluders/{kind}" for kind in ("hands", "objects", "scarves", "masks", "shapes")
    }
