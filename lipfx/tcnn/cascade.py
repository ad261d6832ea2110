"""Owns the cascade at run time: locate, place, route, refine; must not know detectors, tracks or video.

face box -> locator -> pose -> backbone -> router -> head -> 56 points -> refiner -> points, classes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core import helen56
from lipfx.core.geometry import Pose, after, crop_affine, inverse, mouth_pose, transform
from lipfx.core.sampling import sample
from lipfx.core.values import Float32, Float64, Frame, MouthMap
from lipfx.core.work import Work
from lipfx.errors import WeightsError
from lipfx.tcnn import checkpoint
from lipfx.tcnn.base import Located, Mouth
from lipfx.tcnn.crops import (
    EYES,
    LOCATOR_EXTENT,
    LOCATOR_SIDE,
    NETWORK_EXTENT,
    NETWORK_SIDE,
    REFINER_EXTENT,
    REFINER_SIDE,
    anchors_pose,
    prior_classes,
)
from lipfx.tcnn.engine import open_engine
from lipfx.tcnn.router import Router


@dataclass(frozen=True, slots=True)
class View:
    """One way to crop a mouth for the refiner: in a mirror or not, larger or smaller, turned (radians)."""

    mirror: bool = False
    zoom: float = 1.0
    turn: float = 0.0

    def crop(self, guess: Float64) -> ViewCrop:
        """The crop around the mouth that `guess`, (56, 2) points in frame pixels, proposes."""
        pose = mouth_pose(guess)
        pose = replace(pose, size=pose.size * self.zoom, angle=pose.angle + self.turn)
        affine = crop_affine(pose, REFINER_EXTENT, REFINER_SIDE)
        return ViewCrop(after(_FLIP, affine) if self.mirror else affine, self.mirror)


@dataclass(frozen=True, slots=True)
class ViewCrop:
    """A view of one mouth. affine: (2, 3) from frame to crop pixels, a reflection where `mirror`."""

    affine: Float64
    mirror: bool

    def points(self, points: Float64) -> Float64:
        """(56, 2) frame points in crop pixels, in the order that the face in the crop has."""
        inside = transform(self.affine, points)
        return inside[helen56.MIRROR] if self.mirror else inside

    def back(self, points: Float64) -> Float64:
        """What `points` was, undone."""
        return transform(inverse(self.affine), points[helen56.MIRROR] if self.mirror else points)


_FLIP = np.array([[-1.0, 0.0, REFINER_SIDE - 1], [0.0, 1.0, 0.0]])
ONE_LOOK = (View(),)
EVERY_LOOK = tuple(View(m, z, t) for m in (False, True) for z, t in ((1.0, 0.0), (1.1, 0.06), (0.92, -0.06)))


def averaged(crops: Sequence[ViewCrop], classes: Float32) -> MouthMap:
    """The mean of (n, 3, 96, 96) float32 probabilities of several views, on the first one's crop."""
    total = classes[0]
    target = crops[0].affine
    for crop, other in zip(crops[1:], classes[1:], strict=True):
        onto = after(target, inverse(crop.affine))
        moved = cv2.warpAffine(other.transpose(1, 2, 0), onto, (REFINER_SIDE, REFINER_SIDE))
        total = total + np.asarray(moved, np.float32).transpose(2, 0, 1)
    mean = cv2.convertScaleAbs(total.reshape(-1, REFINER_SIDE), alpha=255 / len(crops))
    return MouthMap(np.asarray(mean, np.uint8).reshape(total.shape), inverse(target))


LEAST = 1e-3
"""Posterior of a head that is left out: its part is less than a landmark's noise."""


class Cascade:
    """All networks with their weights, on one device."""

    def __init__(self, weights: checkpoint.Weights, device: str, work: Work | None = None) -> None:
        """work: the account of the run that it is for.

        Raises:
            WeightsError, UsageError: see `open_engine`.
        """
        self.work = work or Work()
        self.description = weights.description
        self._engine = open_engine(weights, device, self.work)
        self._heads = [_Head(**_head_arrays(weights, k)) for k in range(weights.description.heads)]
        self.router = _router(weights)

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "auto", work: Work | None = None) -> Cascade:
        """The cascade in `folder`, or the shipped one.

        Raises:
            WeightsError, UsageError: see `checkpoint.load` and `open_engine`.
        """
        return cls(checkpoint.load(folder), device, work)

    def locate(self, frame: Frame, faces: Sequence[Pose]) -> list[Located]:
        """Where the mouths of detected faces lie; `faces` from `geometry.face_pose`."""
        if not faces:
            return []
        affines = [crop_affine(pose, LOCATOR_EXTENT, LOCATOR_SIDE) for pose in faces]
        anchors, sure = self._engine.locate(self._crops(frame, affines, LOCATOR_SIDE))
        found = [
            transform(inverse(affine), from_sides(points, LOCATOR_SIDE))
            for affine, points in zip(affines, anchors, strict=True)
        ]
        return [
            Located(anchors_pose(points), float(p), points[EYES])
            for points, p in zip(found, sure, strict=True)
        ]

    def landmarks(self, frame: Frame, poses: Sequence[Pose]) -> tuple[list[Float64], NDArray[np.int64]]:
        """The first stage alone: (56, 2) points in frame pixels a pose, and the heads that counted most.

        Heads are mixed by their posteriors (Jacobs, Jordan, Nowlan, Hinton, 1991): between two states of the
        lips points would jump from one head's to the other's.
        """
        affines = [crop_affine(pose, NETWORK_EXTENT, NETWORK_SIDE) for pose in poses]
        features = self.features(frame, affines)
        shares = self.router.probabilities(features)
        points = [
            transform(inverse(affine), from_sides(self._mixed(own, row), NETWORK_SIDE))
            for affine, own, row in zip(affines, shares, features, strict=True)
        ]
        return points, np.asarray(shares.argmax(1), np.int64)

    def _mixed(self, shares: Float64, features: Float32) -> Float32:
        """(56, 2) in sides of the crop: the heads' answers, by their shares (K,)."""
        counted = [(share, head) for share, head in zip(shares, self._heads, strict=True) if share > LEAST]
        whole = sum(share for share, _ in counted)
        return np.asarray(sum(share / whole * head(features) for share, head in counted), np.float32)

    def features(self, frame: Frame, affines: Sequence[Float64]) -> Float32:
        """(n, 256) what enters FC5, for crops of the network's side through (2, 3) affines."""
        return self._engine.features(self._crops(frame, affines, NETWORK_SIDE))

    def refine(
        self, frame: Frame, guesses: Sequence[Float64], heads: Sequence[int], views: Sequence[View] = ONE_LOOK
    ) -> list[Mouth]:
        """The second look: mouths near `guesses`, (56, 2) points each in frame pixels.

        Several `views` of each mouth are averaged: better, for as many times the cost.
        """
        crops = [view.crop(guess) for guess in guesses for view in views]
        inside = [c.points(guess) for c, guess in zip(crops, np.repeat(guesses, len(views), 0), strict=True)]
        classes, offsets, visible = self._engine.refine(
            self._crops(frame, [c.affine for c in crops], REFINER_SIDE),
            np.stack([prior_classes(points) for points in inside]),
        )
        moved = [c.back(p + o) for c, p, o in zip(crops, inside, offsets.astype(np.float64), strict=True)]
        mouths = []
        for i, head in enumerate(heads):
            own = slice(i * len(views), (i + 1) * len(views))
            points = np.mean(moved[own], axis=0)
            sure = self.description.sureness.of(float(visible[own].mean()))
            mouths.append(Mouth(points, sure, int(head), averaged(crops[own], classes[own])))
        return mouths

    def analyse(self, frame: Frame, poses: Sequence[Pose]) -> list[Mouth]:
        """Both stages for mouths at `poses`, in their order."""
        if not poses:
            return []
        points, heads = self.landmarks(frame, poses)
        return self.refine(frame, points, heads.tolist())

    def _crops(self, frame: Frame, affines: Sequence[Float64], side: int) -> Float32:
        """(n, 3, side, side) float32 RGB encoded, 0..1."""
        crops = np.stack([sample(frame, affine, side) for affine in affines])
        self.work.count("bytes of crops converted", crops.nbytes)
        return np.ascontiguousarray(crops.transpose(0, 3, 1, 2))


@dataclass(frozen=True, slots=True)
class _Head:
    """FC5 and FC6 of one head (see `lipfx.tcnn.network.Head`) as arrays: (256,) features to (56, 2)."""

    fc5: Float32
    bias5: Float32
    fc6: Float32
    bias6: Float32

    def __call__(self, features: Float32) -> Float32:
        hidden = np.abs(np.tanh(self.fc5 @ features + self.bias5))
        return np.asarray(self.fc6 @ hidden + self.bias6, dtype=np.float32).reshape(helen56.COUNT, 2)


def _head_arrays(weights: checkpoint.Weights, index: int) -> dict[str, Float32]:
    names = {"fc5": "fc5.weight", "bias5": "fc5.bias", "fc6": "fc6.weight", "bias6": "fc6.bias"}
    part = weights.part(f"heads.{index}")
    try:
        arrays = {field: part[name] for field, name in names.items()}
    except KeyError as error:
        raise WeightsError(f"weights of head {index} lack {error}; train again") from error
    width = len(arrays["bias5"])
    shapes = {"bias5": (width,), "fc6": (2 * helen56.COUNT, width), "bias6": (2 * helen56.COUNT,)}
    fit = all(arrays[field].shape == shape for field, shape in shapes.items())
    if not fit or arrays["fc5"].shape[:-1] != (width,):
        raise WeightsError(f"weights of head {index} have other shapes than wanted; train again")
    return arrays


def _router(weights: checkpoint.Weights) -> Router:
    try:
        router = Router(**{k: v.astype(np.float64) for k, v in weights.part("router").items()})
        features = weights.part("heads.0")["fc5.weight"].shape[1]
        fits = router.fits(weights.description.heads, features)
    except (TypeError, KeyError, ValueError, IndexError) as error:
        raise WeightsError(f"weights of the router are damaged ({error}); train again") from error
    if not fits:
        raise WeightsError("weights of the router do not fit the heads; train again")
    return router


def from_sides(points: Float32, side: int) -> Float64:
    """Points in crop sides from the middle as crop pixels."""
    return np.asarray(points, dtype=np.float64) * side + (side - 1) / 2
