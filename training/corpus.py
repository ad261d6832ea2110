"""Owns which data sets a training run uses and how they are split; must not know networks.

A data folder holds sets side by side, told apart by what is in them: Helen (annotation/, images/,
testnames.txt), 68-point sets (pictures with `.pts` files beside them), label maps (images/ and masks/, or
mouth/), people whose lips are covered (a folder named masked), cut-outs to lay over mouths (occluders/).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from lipfx.core.geometry import mouth_pose
from lipfx.errors import TrainingError
from training.cache import read_cache, write_cache
from training.cutouts import Cutouts
from training.data import DataSet, Helen, Points68, Sample, Truth, digest
from training.labelmaps import FOLDERS, LabelMaps
from training.locator import FacePatch, cut_face
from training.loop import held_out
from training.patches import Image, MouthPatch, cut_all
from training.progress import bar
from training.reserved import refuse
from training.unseen import Unseen

T = TypeVar("T")

HELD_OUT_SHARE = 0.08
EMPTY_SIDE = 128
HELEN, COVERED, CUTOUTS = "helen", "masked", "occluders"
FACES = (Truth.POINTS, Truth.CLASSES)


@dataclass(frozen=True)
class Corpus:
    """The sets of one run, Helen first where it is among them.

    test_names: Helen's, of which none may be in any set. cutouts: what is laid over mouths, if there is any.
    HELD_OUT_SHARE of each set is for validation, chosen by `seed`; `cache` keeps what was cut from pictures.
    """

    sets: Sequence[DataSet]
    test_names: frozenset[str]
    cutouts: Cutouts | None
    cache: Path
    seed: int
    limit: int | None = None
    quiet: bool = False

    @cached_property
    def samples(self) -> list[list[Sample]]:
        """Samples by set.

        Raises:
            TrainingError: a picture serves for measuring only.
        """
        found = [list(s.samples())[: self.limit] for s in self.sets]
        for own, samples in zip(self.sets, found, strict=True):
            refuse(own.name, (s.name for s in samples), self.test_names | own.reserved())
        return found

    @cached_property
    def mouths(self) -> list[list[MouthPatch]]:
        """Mouths by set."""
        everything = []
        for source, samples in enumerate(self.samples):
            name = self.sets[source].name
            with bar(f"mouths of {name}", len(samples), quiet=self.quiet) as shown:
                everything.append(cut_all(samples, source, self.cache / f"{name}.mouths.npz", shown.update))
        return everything

    @cached_property
    def faces(self) -> list[list[FacePatch]]:
        """Faces by set, in dlib's own boxes where it finds them; of sets that tell the lips apart."""
        return [self._faces(i) if s.truth in FACES else [] for i, s in enumerate(self.sets)]

    @property
    def pointed(self) -> bool:
        """Whether a set has annotated points, without which there is no base network."""
        return any(s.truth is Truth.POINTS for s in self.sets)

    @property
    def faced(self) -> bool:
        """Whether a set has faces that a locator can learn from."""
        return any(s.truth in FACES for s in self.sets)

    @cached_property
    def empty(self) -> list[Image]:
        """(128, 128, 3) uint8 pictures from the first set's surroundings, without the annotated face."""
        rng = np.random.default_rng(self.seed)
        annotated = [s for s in self.samples[0] if s.truth is not Truth.NONE]
        with bar("surroundings", len(annotated), quiet=self.quiet) as shown:
            cut = []
            for sample in annotated:
                cut.append(_surroundings(sample, rng))
                shown.update(1)
        return [c for c in cut if c is not None]

    def split(self, items: Sequence[Sequence[T]]) -> tuple[list[T], list[T]]:
        """Training and held-out parts of what there is by set, joined."""
        train: list[T] = []
        held: list[T] = []
        for own in items:
            inside, outside = held_out(len(own), HELD_OUT_SHARE, self.seed)
            train += [own[i] for i in inside]
            held += [own[i] for i in outside]
        return train, held

    def digest(self) -> dict[str, str]:
        """A hash for each set, and of the list of test names."""
        names = "\n".join(sorted(self.test_names)).encode()
        return {s.name: digest(x) for s, x in zip(self.sets, self.samples, strict=True)} | {
            "test_names": hashlib.sha256(names).hexdigest()[:16]
        }

    def _faces(self, index: int) -> list[FacePatch]:
        name, samples = self.sets[index].name, self.samples[index]
        path = self.cache / f"{name}.faces.npz"
        names = [s.name for s in samples]
        stored = read_cache(path, "names", names)
        if stored is not None:
            images, anchors, found = stored["images"], stored["anchors"], stored["found"]
            return [FacePatch(images[i], anchors[i], bool(found[i])) for i in range(len(found))]
        import dlib

        detector, faces = dlib.get_frontal_face_detector(), []
        with bar(f"faces of {name}", len(samples), quiet=self.quiet) as shown:
            for sample in samples:
                faces.append(cut_face(sample, detector))
                shown.update(1)
        arrays = {
            "names": np.array(names),
            "images": np.stack([f.image for f in faces]),
            "anchors": np.stack([f.anchors for f in faces]),
            "found": np.array([f.found for f in faces]),
        }
        write_cache(path, arrays)
        return faces


def _surroundings(sample: Sample, rng: np.random.Generator) -> Image | None:
    """A square that stays clear of the sample's mouth, or None where the picture has no room."""
    image, pose = sample.read(), mouth_pose(sample.lips)
    height, width = image.shape[:2]
    for _ in range(20):
        side = int(rng.uniform(1, 4) * pose.size)
        if side >= min(height, width) or side < 16:
            continue
        x, y = int(rng.integers(0, width - side)), int(rng.integers(0, height - side))
        if max(abs(x + side / 2 - pose.x), abs(y + side / 2 - pose.y)) > side / 2 + 0.6 * pose.size:
            part = image[y : y + side, x : x + side]
            small = cv2.resize(part, (EMPTY_SIDE, EMPTY_SIDE), interpolation=cv2.INTER_AREA)
            return np.asarray(small, dtype=np.uint8)
    return None


@dataclass(frozen=True, slots=True)
class Found:
    """What a data folder holds for training: its sets, Helen's test names, its cut-outs."""

    sets: list[DataSet]
    test_names: frozenset[str]
    cutouts: Cutouts | None


def discover(data: Path) -> Found:
    """The sets below `data`, Helen first; sets that only serve for measuring are left out.

    Raises:
        TrainingError: there is nothing to train on.
    """
    sets: list[DataSet] = []
    names: frozenset[str] = frozenset()
    if (data / HELEN / "annotation").is_dir():
        root = data / HELEN
        sets.append(Helen(root / "images", root / "annotation", root / "testnames.txt"))
        names = sets[0].reserved()
    others = [p for p in sorted(data.iterdir()) if p.is_dir() and p.name not in (HELEN, CUTOUTS)]
    sets += [own for folder in others if (own := _set_in(folder)) is not None]
    if not sets:
        raise TrainingError(
            f"{data}: found nothing to train on; --data wants a folder of sets: helen/, pictures with .pts "
            "files beside them, or images/ with label maps in masks/"
        )
    folder = data / CUTOUTS
    return Found(sets, names, Cutouts(folder) if folder.is_dir() else None)


def _set_in(folder: Path) -> DataSet | None:
    """The set in a folder, told by what it holds; None where there is none, or none to train on."""
    found: DataSet | None = None
    maps = [truth for truth, name in FOLDERS.items() if (folder / name).is_dir()]
    if any(folder.glob("*.pts")):
        found = Points68(folder, folder.name)
    elif maps and (folder / "images").is_dir():
        found = LabelMaps(folder, folder.name, maps[0])
    elif folder.name == COVERED:
        found = Unseen(folder, folder.name)
    return found if found is not None and found.samples() else None
