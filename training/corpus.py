"""Owns which data sets a training run uses and how they are split; must not know networks.

A data folder holds sets side by side, told apart by what is in them: Helen (annotation/, images/,
testnames.txt), 68-point sets (pictures with `.pts` files beside them), label maps (images/ and masks/).
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
from tqdm import tqdm

from lipfx.core.geometry import mouth_pose
from lipfx.errors import TrainingError
from training.augment import Image
from training.data import DataSet, Helen, LabelMaps, Points68, Sample, digest, refuse_test_names
from training.locator import FacePatch, cut_face
from training.loop import held_out
from training.patches import MouthPatch, cut_all

T = TypeVar("T")

HELD_OUT_SHARE = 0.08
EMPTY_SIDE = 128
MEASURED_ONLY = ("afw",)


@dataclass(frozen=True)
class Corpus:
    """The sets of one run. `sets[0]` is Helen, whose outlines are the standard.

    held_out_share of each set is for validation, chosen by `seed`; `cache` keeps what was cut from pictures.
    """

    sets: Sequence[DataSet]
    test_names: frozenset[str]
    cache: Path
    seed: int
    limit: int | None = None
    quiet: bool = False

    @cached_property
    def samples(self) -> list[list[Sample]]:
        """Samples by set.

        Raises:
            TrainingError: a training picture is a test picture.
        """
        found = [list(s.samples())[: self.limit] for s in self.sets]
        for samples in found:
            refuse_test_names(samples, self.test_names)
        return found

    @cached_property
    def mouths(self) -> list[list[MouthPatch]]:
        """Mouths by set."""
        everything = []
        for source, samples in enumerate(self.samples):
            name = self.sets[source].name
            with self._bar(f"cutting mouths of {name}", len(samples)) as bar:
                everything.append(cut_all(samples, source, self.cache / f"{name}.mouths.npz", bar.update))
        return everything

    @cached_property
    def faces(self) -> list[list[FacePatch]]:
        """Faces by set, in dlib's own boxes where it finds them."""
        return [self._faces(i) for i in range(len(self.sets))]

    @cached_property
    def empty(self) -> list[Image]:
        """(128, 128, 3) uint8 pictures from Helen's surroundings, without the annotated face."""
        rng = np.random.default_rng(self.seed)
        with self._bar("cutting surroundings", len(self.samples[0])) as bar:
            cut = []
            for sample in self.samples[0]:
                cut.append(_surroundings(sample, rng))
                bar.update(1)
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
        if path.is_file():
            with np.load(path) as stored:
                if stored["names"].tolist() == [s.name for s in samples]:
                    images, anchors, found = stored["images"], stored["anchors"], stored["found"]
                    return [FacePatch(images[i], anchors[i], bool(found[i])) for i in range(len(found))]
        import dlib

        detector, faces = dlib.get_frontal_face_detector(), []
        with self._bar(f"finding faces of {name}", len(samples)) as bar:
            for sample in samples:
                faces.append(cut_face(sample, detector))
                bar.update(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            names=np.array([s.name for s in samples]),
            images=np.stack([f.image for f in faces]),
            anchors=np.stack([f.anchors for f in faces]),
            found=np.array([f.found for f in faces]),
        )
        return faces

    def _bar(self, title: str, total: int) -> tqdm[None]:
        return tqdm(total=total, desc=title, disable=True if self.quiet else None, leave=False)


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


def discover(data: Path, *, label_maps_held_out: int) -> tuple[list[DataSet], frozenset[str]]:
    """The sets below `data`, Helen first; sets that only serve for measuring (AFW) are left out.

    Raises:
        TrainingError: there is no Helen.
    """
    helen = data / "helen"
    if not (helen / "annotation").is_dir():
        raise TrainingError(f"{data}: found no helen/annotation; --data wants a folder with Helen in helen/")
    first = Helen(helen / "images", helen / "annotation", helen / "testnames.txt")
    sets: list[DataSet] = [first]
    for folder in sorted(p for p in data.iterdir() if p.is_dir() and p.name not in ("helen", *MEASURED_ONLY)):
        if any(folder.glob("*.pts")):
            sets.append(Points68(folder, folder.name))
        elif (folder / "masks").is_dir():
            sets.append(LabelMaps(folder, folder.name, skip_first=label_maps_held_out))
    return sets, first.test_names
