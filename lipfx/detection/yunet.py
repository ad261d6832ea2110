"""Owns finding faces in one frame with YuNet; must not know landmarks or tracks.

YuNet (Wu, Peng, Yu: Machine Intelligence Research 20, 2023) sees faces turned from profile to profile, of
about 10 to 300 px in the copy that it is given. Its boxes hold the forehead
too; the faces given here are worked out from its five points. On 57 portraits of LFPW they are 0.96 times
as large as those of dlib's HOG, and within 0.01 of a side where those are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipfx.core.geometry import Pose, transform
from lipfx.core.values import Float32, Float64, Frame
from lipfx.detection.base import SAME_FACE, Detection, Effort
from lipfx.detection.copies import search_copies

MODEL = Path(__file__).with_name("weights") / "yunet.onnx"
UPRIGHT = (0.0,)
ALL = (0.0, np.pi / 2, -np.pi / 2, np.pi)  # on either side and upside down too
SURER = 0.1  # how much higher the score has to be there
STRIDES = (8, 16, 32)
USUAL = 0.6  # the score that counts as 0
SIDE_BY_SPAN = 2.15  # a face's side in spans, from the middle of the eyes to that of the mouth's corners
LEAST_MOUTH = 0.5  # spans, the size of a mouth in profile
LOWER = 0.08  # of its size that a mouth's middle lies below that of its corners
DOWN = 0.42  # of a span, from the eyes to the middle of the face's box


class YunetDetector:
    """YuNet in ONNX Runtime, on one thread, read on first use."""

    interval = 0.09  # every third frame of most clips

    def __init__(self) -> None:
        self._input = np.zeros((1, 3, 0, 0), np.float32)

    @cached_property
    def _session(self) -> Any:
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime  # type: ignore[import-untyped]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _names(self) -> list[str]:
        return [output.name for output in self._session.get_outputs()]

    def efforts(
        self,
        width: int,
        height: int,
        known: Sequence[float] = (),
    ) -> tuple[Effort, ...]:
        """What to try in a clip of `width` x `height`: a small copy first, which shows the large faces.
        Faces that lie or stand on their heads are looked for while none is known: upside down a brow passes
        for a mouth, and only the score of the copy that was turned tells.
        """
        area = width * height
        return (
            Effort(min(area, 320 * 180), angles=UPRIGHT if known else ALL),
            Effort(min(area, 640 * 360)),
            Effort(min(4 * area, 1280 * 720)),
        )

    def thorough_efforts(self, width: int, height: int) -> tuple[Effort, ...]:
        """What to try in a picture of `width` x `height` that nothing else is known of."""
        area = width * height
        return (
            Effort(min(area, 160 * 120), angles=ALL),
            Effort(min(area, 320 * 240), angles=ALL),
            Effort(min(4 * area, 640 * 480)),
            Effort(min(4 * area, 1280 * 960)),
        )

    def detect(self, frame: Frame, effort: Effort) -> list[Detection]:
        """Faces by falling score, each once."""

        def search(picture: NDArray[np.uint8], angle: float, back: Float64 | None) -> Iterator[Detection]:
            least = USUAL + effort.threshold + (SURER if angle else 0)
            for score, points in zip(*self._faces(picture, least), strict=True):
                yield _detection(points if back is None else transform(back, points), float(score) - USUAL)

        return search_copies(frame, effort, search)

    def _faces(self, picture: NDArray[np.uint8], least: float) -> tuple[Float64, Float64]:
        """(n,) scores and (n, 5, 2) points (eyes, nose, mouth corners) in pixels of a grey picture: of
        answers that share a place the best.
        """
        height, width = (-(-n // 32) * 32 for n in picture.shape)
        answers = self._answers(self._padded(picture, height, width))
        scores, points = [], []
        for stride in STRIDES:
            score = np.sqrt(np.clip(answers[f"cls_{stride}"] * answers[f"obj_{stride}"], 0, 1)).ravel()
            some = np.flatnonzero(score >= least)
            cells = np.stack([some % (width // stride), some // (width // stride)], axis=1)
            scores.append(score[some].astype(np.float64))
            points.append((answers[f"kps_{stride}"].reshape(-1, 5, 2)[some] + cells[:, None]) * float(stride))
        return _best(np.concatenate(scores), np.concatenate(points), least)

    def _padded(self, picture: NDArray[np.uint8], height: int, width: int) -> Float32:
        """(1, 3, height, width) the picture with black beside it, in memory that the next one takes again."""
        if self._input.shape[2:] != (height, width):
            self._input = np.zeros((1, 3, height, width), np.float32)
        self._input[..., picture.shape[0] :, :] = 0
        self._input[..., picture.shape[1] :] = 0
        self._input[..., : picture.shape[0], : picture.shape[1]] = picture
        return self._input

    def _answers(self, image: Float32) -> dict[str, Float32]:
        return dict(zip(self._names, self._session.run(None, {"input": image}), strict=True))


def _best(scores: Float64, points: Float64, least: float) -> tuple[Float64, Float64]:
    """Of (n,) scores and (n, 5, 2) points those that are the best in their place."""
    low, high = points.min(1), points.max(1)
    boxes = np.hstack([low, high - low])
    kept = np.asarray(cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), least, SAME_FACE), np.intp)
    return scores[kept], points[kept]


def _detection(points: Float64, score: float) -> Detection:
    """The face of five points: its box from the brows to the chin, and how it is turned."""
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    down = mouth - eyes
    span = max(float(np.hypot(*down)), float(np.hypot(*(points[1] - points[0]))), 1e-3)
    middle, half = eyes + DOWN * down, SIDE_BY_SPAN * span / 2
    angle = float(np.arctan2(-down[0], down[1]))
    box = np.concatenate([middle - half, middle + half])
    return Detection(box, score, angle, _mouth(points, down, span))


def _mouth(points: Float64, down: Float64, span: float) -> Pose:
    """The mouth's pose. In profile its corners fall together: its size and angle are then the face's."""
    width = points[4] - points[3]
    across = width + 0.5 * (points[1] - points[0]) + 0.5 * np.array([down[1], -down[0]])
    size = max(float(np.hypot(*width)), LEAST_MOUTH * span)
    x, y = points[3:].mean(0) + LOWER * down / max(float(np.hypot(*down)), 1e-3) * size
    return Pose(float(x), float(y), size, float(np.arctan2(across[1], across[0])))
