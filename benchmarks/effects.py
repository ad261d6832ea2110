"""Owns what effects cost: a 120x60 patch, in shares of one face detection (a tenth is the aim).

python -m benchmarks.effects
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from time import perf_counter

import dlib
import numpy as np

from lipfx.core.values import Box
from lipfx.effects import Patch
from lipfx.effects.registry import parse_chain
from lipfx.masks.mouth import mouth_masks, region_alpha
from tests.helpers.mouths import face_at
from tests.helpers.portraits import portrait

CHAINS = (
    *(f"lipstick:finish={finish}" for finish in ("matte", "velvet", "satin", "stain", "gloss", "vinyl")),
    *(f"lipstick:finish={finish}" for finish in ("shimmer", "glitter", "metallic")),
    *("ombre", "gloss", "tint", "plump", "lips-smooth", "lipstick-remove", "teeth-whiten", "liner"),
    *("blur", "pixelate"),
    *("mask", "cutout", "overlay"),
)

ROUNDS = 8


def fastest(run: Callable[[], object], times: int) -> float:
    """Seconds of the fastest of several runs: what the machine can do when nothing else disturbs it."""
    seconds = []
    for _ in range(times):
        start = perf_counter()
        run()
        seconds.append(perf_counter() - start)
    return min(seconds)


def detection() -> Callable[[], object]:
    """One of dlib's detections on a 640x360 grey frame."""
    detector = dlib.get_frontal_face_detector()
    frame = np.random.default_rng(0).integers(0, 255, (360, 640)).astype(np.uint8)
    return lambda: detector(frame, 0)


def share(run: Callable[[], object], reference: Callable[[], object]) -> float:
    """The time of `run` in times of `reference`, measured in turns so that a busy machine slows both."""
    fastest_run = fastest_reference = float("inf")
    for _ in range(ROUNDS):
        fastest_reference = min(fastest_reference, fastest(reference, 1))
        fastest_run = min(fastest_run, fastest(run, 15))
    return fastest_run / fastest_reference


def cost(chain: str, detect: Callable[[], object]) -> float:
    """The time of one effect on a patch, in times of one detection."""
    (effect,) = parse_chain(chain)
    box, face = Box(0, 0, 120, 60), face_at((60, 30), width=90, opening=0.05)
    masks = mouth_masks(face, box)
    picture = np.asarray(np.resize(portrait().picture, (60, 120, 3)) / 255, np.float32)
    patch = Patch(
        rgb=picture,
        alpha=region_alpha(masks, face, effect.region, effect.margin),
        upper=masks.upper,
        lower=masks.lower,
        inner=masks.inner,
        landmarks=face.points,
        box=box,
        mouth_width=face.mouth_width,
        track_id=1,
        index=0,
        time=0.0,
        state={},
        seed=(1, 0),
    )
    return share(lambda: effect.render(dataclasses.replace(patch)), detect)


def main() -> None:
    """Prints a line for each effect."""
    detect = detection()
    for chain in CHAINS:
        print(f"{chain:26s} {cost(chain, detect):.3f}")  # noqa: T201 - its purpose


if __name__ == "__main__":
    main()
