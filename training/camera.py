"""Owns what a camera and a codec do to a picture before a network sees it; must not know networks or labels.

A seed makes it repeatable: x264 runs on one thread.
"""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np

from lipfx.core.geometry import after, inverse
from lipfx.core.values import Float32, Float64
from training.patches import Image, warp_reduced

SMALLEST = 18  # pixels of a crop's side: a mouth of 12
ROOM = 1.25  # what a camera sees, of the crop's side


def filmed(image: Image, affine: Float64, side: int, rng: np.random.Generator) -> Image:
    """The (side, side, 3) crop of a picture, half of the time as a camera far away and a codec show it.

    Blur, noise and compression are those of the camera's pixels, which do not lie on the crop's.
    """
    if rng.random() < 0.5:
        return degraded(warp_reduced(image, affine, side, cv2.INTER_LINEAR), rng)
    own = float(np.exp(rng.uniform(np.log(SMALLEST), np.log(side))))
    width = 2 * int(np.ceil(own * ROOM / 2))
    scale, turn, middle = own / side, float(rng.normal() * 0.15), (side - 1) / 2
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[c, -s], [s, c]])
    offset = (width - 1) / 2 + rng.uniform(-0.5, 0.5, 2) - linear @ np.full(2, middle)
    onto = np.hstack([linear, offset[:, None]])
    seen = degraded(warp_reduced(image, after(onto, affine), width, cv2.INTER_LINEAR), rng, scale)
    flags = cv2.INTER_CUBIC if rng.random() < 0.3 else cv2.INTER_LINEAR
    shown = cv2.warpAffine(seen, inverse(onto), (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(shown, dtype=np.uint8)


def cut(image: Image, affine: Float64, side: int, rng: np.random.Generator) -> Image:
    """The crop, now and then from a picture first reduced in size as a small face would be."""
    if rng.random() < 0.35:
        small = float(np.exp(rng.uniform(np.log(0.13), np.log(0.9))))
        reduced = cv2.resize(image, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        scale = np.array(reduced.shape[1::-1]) / image.shape[1::-1]
        linear = affine[:, :2] / scale
        offset = affine[:, 2] - linear @ (0.5 * scale - 0.5)
        flags = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        return warp_reduced(np.asarray(reduced), np.hstack([linear, offset[:, None]]), side, flags)
    return warp_reduced(image, affine, side, cv2.INTER_LINEAR)


def degraded(image: Image, rng: np.random.Generator, scale: float = 1.0) -> Image:
    """Blur (round or of motion), sensor noise, JPEG or x264: (h, w, 3) uint8 to the same.

    scale: of the blur; small pictures are not as many pixels out of focus.
    """
    draw = rng.random(4)
    if draw[0] < 0.2:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.3 + scale * float(rng.uniform(0.1, 1.4))))
    elif draw[0] < 0.32:
        image = np.asarray(cv2.filter2D(image, -1, motion_kernel(rng, scale)))
    if draw[1] < 0.4:
        noise = rng.standard_normal(image.shape, dtype=np.float32) * float(rng.uniform(1, 9))
        image = np.asarray(np.clip(image + noise, 0, 255), dtype=np.uint8)
    if draw[2] < 0.15:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 85))])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    elif draw[2] < 0.35:
        image = encoded(image, int(rng.integers(24, 40)), rng)
    return image


def motion_kernel(rng: np.random.Generator, scale: float = 1.0) -> Float32:
    """A (9, 9) normalised line through the middle at a random angle."""
    kernel = np.zeros((9, 9), np.float32)
    angle, reach = rng.uniform(0, np.pi), max(0.5, scale * rng.uniform(1, 4))
    dx, dy = reach * np.cos(angle), reach * np.sin(angle)
    ends = [(round(16 * (4 + k * dx)), round(16 * (4 + k * dy))) for k in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def encoded(image: Image, crf: int, rng: np.random.Generator) -> Image:
    """A picture (h, w, 3) uint8 RGB as x264 shows it at a constant rate factor, an I frame or a P frame."""
    height, width = (n + n % 2 for n in image.shape[:2])
    padded = cv2.copyMakeBorder(
        image, 0, height - image.shape[0], 0, width - image.shape[1], cv2.BORDER_REPLICATE
    )
    frames = [padded]
    if rng.random() < 0.5:
        shift = np.array([[1, 0, rng.normal()], [0, 1, rng.normal()]])
        frames.insert(0, cv2.warpAffine(padded, shift, (width, height), borderMode=cv2.BORDER_REFLECT_101))
    decoded = _through_x264([np.asarray(f, dtype=np.uint8) for f in frames], crf)
    return decoded[: image.shape[0], : image.shape[1]]


def _through_x264(frames: list[Image], crf: int) -> Image:
    """The last of the frames, encoded after the others and decoded."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = frames[0].shape[1], frames[0].shape[0], "yuv420p"
    encoder.framerate, encoder.thread_count = Fraction(25), 1
    encoder.options = {"crf": str(crf), "preset": "veryfast", "tune": "zerolatency", "threads": "1"}
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    packets = []
    for index, image in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    shown = [f for packet in packets for f in decoder.decode(packet)]
    shown += decoder.decode(None)
    return np.asarray(shown[-1].to_ndarray(format="rgb24"), dtype=np.uint8)
