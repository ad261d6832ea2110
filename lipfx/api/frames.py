"""Owns lipfx on a caller's frames that follow each other, drawn as results are taken; must not know files.

What `lipfx.api` says holds here too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from lipfx.api.asked import Chain, File, Largest, Point, choice_of, effects_of, networks
from lipfx.core.values import FrameFaces
from lipfx.core.work import Work
from lipfx.effects.base import Renderer
from lipfx.effects.personal import check_names
from lipfx.errors import UsageError
from lipfx.video.arrays import frame_length, numbered, returned
from lipfx.video.kinds import Given, Order, Picture, check_order, check_pictures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def process_frames(
    frames: Iterable[Picture],
    chain: Chain,
    *,
    rate: Fraction | float | None,
    choose: Largest = "all",
    face_at: Sequence[Point] = (),
    face_like: Sequence[File] = (),
    persons: Mapping[str, File | Point] | None = None,
    faces: Iterable[FrameFaces] | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    causal: bool = False,
    order: Order = "rgb",
) -> Iterator[Picture]:
    """Each RGB frame with a chain of effects applied, in order; of OpenCV's frames say `order="bgr"`.

    Examples:
        >>> made_up = list(lipfx.process_frames(frames, "lipstick:shade=plum", rate=25))
        >>> all(picture.shape == frame.shape for picture, frame in zip(made_up, frames))
        True

    A picture has the kind, type and shape of its frame, which stays as it is: NumPy's arrays, Pillow's images
    and torch's tensors are taken. Pixels away from the mouth are equal to the last bit, unless an effect on
    the whole picture is in the chain. One that ends in `cutout` gives RGB with alpha, one that ends in `mask`
    the matte in every channel.

    rate: frames a second, all of one size; about half a second of them is held back, so that nothing
    jitters. None: pictures that stand alone, each looked at thoroughly. causal: for live use, each picture is
    given before the next frame is taken, steadied by earlier ones alone. faces: what `find_faces` gave for
    these frames, in place of looking for them again. order: of the channels of arrays and tensors, of results
    too. choose, face_at, face_like, persons and how faces are found: see `lipfx.api`; to choose, `frames` is
    a list, or something else that can be gone through twice, unless `faces` are there.

    Raises:
        LipfxError: see `lipfx.errors`; for the chain and the rate at once, otherwise while frames are taken.
    """
    check_pictures(frames)
    check_order(order)
    from lipfx.pipeline.footage import PictureFootage
    from lipfx.pipeline.stage import Stage, tell_blind, tell_deaf

    effects, choice = effects_of(chain), choice_of(choose, face_at, face_like, persons)
    stage = Stage(effects, at_once=causal or rate is None)
    tell_deaf(effects)
    if causal:
        tell_blind(effects)
    footage = PictureFootage(frames, rate, faces, causal, order)
    check_names(effects, choice.persons)
    frame_length(rate)  # refuses a wrong one at once
    footage.check(choice)
    meant = not choice.everyone  # looks cost time, and serve to choose alone
    found_by = networks(rate, weights, shape_predictor, detector, device, causal, describe=meant)
    looks = found_by.looks(choice)
    drawn = isinstance(effects[-1], Renderer)

    def pictures() -> Iterator[Picture]:
        from lipfx.pipeline.faces import follower

        waiting = deque[Given[Picture]]()
        with follower(footage, found_by, choice, looks) as follow:
            for made_up in stage.over(follow(numbered(frames, rate, waiting, order)), Work()):
                yield returned(waiting.popleft(), made_up, drawn)

    return pictures()


def find_faces(
    frames: Iterable[Picture],
    *,
    rate: Fraction | float | None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    causal: bool = False,
    order: Order = "rgb",
) -> Iterator[FrameFaces]:
    """The faces of each RGB frame, in order; of OpenCV's frames say `order="bgr"`.

    Examples:
        >>> for found in lipfx.find_faces(frames, rate=25):
        ...     for face in found.faces:
        ...         print(found.index, face.track_id, face.points.shape)
        0 1 (56, 2)
        1 1 (56, 2)
        2 1 (56, 2)
        3 1 (56, 2)

    A face has a track, a box, a confidence and the 56 landmarks of the lips; `find_lips` gives those of one
    picture, `find_masks` masks. Arguments and errors as of `process_frames`.
    """
    check_pictures(frames)
    check_order(order)
    frame_length(rate)  # refuses a wrong one at once
    found_by = networks(rate, weights, shape_predictor, detector, device, causal)
    return (found for _, found in found_by.follow(numbered(frames, rate, order=order)))


def find_masks(
    frames: Iterable[Picture],
    *,
    rate: Fraction | float | None,
    kind: Literal["alpha", "labels"] = "alpha",
    bits: Literal[8, 16] = 8,
    faces: Iterable[FrameFaces] | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    causal: bool = False,
    order: Order = "rgb",
) -> Iterator[NDArray[np.uint8] | NDArray[np.uint16]]:
    """A mask of each RGB frame's lips, (h, w), in order; of OpenCV's frames say `order="bgr"`.

    Examples:
        >>> for mask in lipfx.find_masks(frames, rate=25):
        ...     print(mask.shape, mask.dtype, mask.max())
        (512, 512) uint8 255
        (512, 512) uint8 255
        (512, 512) uint8 255
        (512, 512) uint8 255

    kind: `alpha`, 0 to 255, or 65535 of 16 `bits`, soft at the edge, without the inner mouth; or `labels`, 1
    for the upper lip, 2 for the lower lip, 3 for the inner mouth. They are those that `lipfx masks` writes.
    Other arguments and errors as of `process_frames`.
    """
    if kind not in ("alpha", "labels") or bits not in (8, 16):
        raise UsageError(f"kind is {kind!r} of {bits} bits, wanted 'alpha' or 'labels', of 8 or 16")
    check_pictures(frames)
    check_order(order)
    frame_length(rate)  # refuses a wrong one at once
    found_by = networks(rate, weights, shape_predictor, detector, device, causal, describe=False)

    def masks() -> Iterator[NDArray[np.uint8] | NDArray[np.uint16]]:
        from lipfx.pipeline.footage import GivenFaces
        from lipfx.pipeline.mattes import MaskOptions, draw

        follow = found_by.follow if faces is None else GivenFaces(faces).join
        options = MaskOptions(kind=kind, bits=bits)
        for frame, found in follow(numbered(frames, rate, order=order)):
            yield draw(frame, found.faces, options)

    return masks()
