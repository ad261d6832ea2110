"""Owns the pictures that augmentation draws from, cut out once, at one scale; must not know networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import crop_affine, mouth_pose, transform
from lipfx.core.sampling import reduced
from lipfx.core.values import Float64
from training.cache import Arrays, read_cache, write_cache
from training.data import Sample, Truth
from training.labelmaps import closed_labels, read_labels
from training.unseen import detect_covered, usual_lips

Image = NDArray[np.uint8]

MOUTH_PIXELS = 96
EXTENT = 3.0


@dataclass(frozen=True, slots=True)
class MouthPatch:
    """A mouth with its surroundings, upright, about 96 px a mouth, 3 mouths wide.

    image: (s, s, 3) uint8 RGB. lips: (56, 2) float64 in patch pixels. labels: (s, s) uint8 or None, in
    which case the polygons of `lips` are the truth. precise, truth: from the sample. source: its set.
    """

    name: str
    image: Image
    lips: Float64
    labels: Image | None
    precise: bool
    source: int
    truth: Truth = Truth.POINTS


def cut_mouths(sample: Sample, source: int) -> list[MouthPatch]:
    """The mouth of one sample; or, where no lips are in sight, where every face's mouth would be."""
    picture = sample.read()
    if sample.truth is not Truth.NONE:
        return [_cut(sample, picture, sample.lips, source)]
    import dlib

    boxes = detect_covered(dlib.get_frontal_face_detector(), picture)
    return [_cut(sample, picture, usual_lips(box), source) for box in boxes]


def _cut(sample: Sample, picture: Image, lips: Float64, source: int) -> MouthPatch:
    """Large mouths are reduced with area averaging first, so that nothing aliases."""
    side = round(MOUTH_PIXELS * EXTENT)
    affine = crop_affine(mouth_pose(lips), EXTENT, side)
    image = warp_reduced(picture, affine, side, cv2.INTER_LINEAR)
    labels = None
    if sample.labels is not None:
        truth = read_labels(sample.labels)
        if truth.shape != picture.shape[:2]:
            resized = cv2.resize(truth, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            truth = np.asarray(resized, dtype=np.uint8)
        truth = closed_labels(truth) if sample.truth is Truth.CLASSES else truth
        labels = np.asarray(
            cv2.warpAffine(truth, affine, (side, side), flags=cv2.INTER_NEAREST, borderValue=(0,)),
            dtype=np.uint8,
        )
    points = transform(affine, lips)
    return MouthPatch(sample.name, image, points, labels, sample.precise, source, sample.truth)


def warp_reduced(image: Image, affine: Float64, side: int, flags: int) -> Image:
    """`cv2.warpAffine` to a (side, side) square, reduced by area first where the affine shrinks."""
    small, affine = reduced(image, affine)
    warped = cv2.warpAffine(small, affine, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, dtype=np.uint8)


def cheek(image: Image, rng: np.random.Generator) -> Image:
    """A small square of skin beside the mouth of a patch's picture."""
    size = image.shape[0]
    x = int(rng.choice([0.17, 0.22, 0.72, 0.76]) * size)
    y = int(rng.uniform(0.35, 0.6) * size)
    return image[y : y + size // 10, x : x + size // 10]


def cut_all(
    samples: Sequence[Sample], source: int, cache: Path, progress: Callable[[int], object]
) -> list[MouthPatch]:
    """Cuts all samples, through a cache file, since reading the pictures takes longer than an epoch."""
    names = [s.name for s in samples]
    stored = read_cache(cache, "samples", names)
    if stored is not None:
        progress(len(samples))
        return _unpack(stored, source, samples[0].truth)
    patches = []
    for sample in samples:
        patches += cut_mouths(sample, source)
        progress(1)
    if patches:
        write_cache(cache, {"samples": np.array(names), **_pack(patches)})
    return patches


def _pack(patches: Sequence[MouthPatch]) -> dict[str, NDArray[np.generic]]:
    blank = np.zeros(patches[0].image.shape[:2], np.uint8)
    return {
        "names": np.array([p.name for p in patches]),
        "images": np.stack([p.image for p in patches]),
        "lips": np.stack([p.lips for p in patches]),
        "labels": np.stack([blank if p.labels is None else p.labels for p in patches]),
        "labelled": np.array([p.labels is not None for p in patches]),
        "precise": np.array([p.precise for p in patches]),
    }


def _unpack(stored: Arrays, source: int, truth: Truth) -> list[MouthPatch]:
    names, images, lips = stored["names"].tolist(), stored["images"], stored["lips"]
    labels, labelled, precise = stored["labels"], stored["labelled"], stored["precise"]
    return [
        MouthPatch(
            *(names[i], images[i], lips[i], labels[i] if labelled[i] else None, bool(precise[i])),
            source,
            truth,
        )
        for i in range(len(names))
    ]
