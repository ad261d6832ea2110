"""Owns lipfx as Python programs call it, with files or with arrays; must not know the command line.

Frames are NumPy arrays: (h, w, 3) RGB, (h, w, 4) RGB with straight alpha, or (h, w) grey; sRGB encoded;
uint8, uint16, or floating point 0..1. A chain is text such as `"teeth-whiten+lipstick:shade=ruby"`, the path
of a TOML file, an effect, or a sequence of effects.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from lipfx.effect import Effect, Renderer
from lipfx.errors import InputError, UsageError
from lipfx.types import Frame, FrameFaces

Chain: TypeAlias = str | Path | Effect | Sequence[Effect]
File: TypeAlias = str | PathLike[str]
Sample = TypeVar("Sample", bound=np.generic)

TOP = 65535
"""What 1.0 of a floating-point frame becomes while it is processed."""


def process_video(
    source: File,
    output: File,
    chain: Chain,
    *,
    start: float | None = None,
    end: float | None = None,
    codec: str | None = None,
    crf: float | None = None,
    preset: str | None = None,
    encoder_args: Sequence[str] = (),
    on_effect_error: Literal["fail", "skip"] = "fail",
    tracks: File | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    device: str = "auto",
    deinterlace: bool = False,
    overwrite: bool = False,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> None:
    """Runs a chain of effects on a video or picture file, as `lipfx apply` does; sound and times are kept.

    >>> lipfx.process_video("samples/talking.mp4", "ruby.mp4", "lipstick:shade=ruby", end=0.4)

    start, end: seconds. codec, crf, preset, encoder_args: the encoder's, as ffmpeg names them; the last are
    words such as `["-tune", "film"]`. on_effect_error: fail, or skip a frame's effects. tracks: a file that
    `lipfx track` wrote for this clip. weights: a folder of trained weights. shape_predictor: dlib's 68-point
    file. device: auto, cpu, cuda or mps. progress: called with the frames done and their number, None where
    that is not known.

    Raises:
        LipfxError: see `lipfx.errors`; nothing is left behind then.
    """
    from lipfx import pipeline

    options = pipeline.ApplyOptions(
        start=start,
        end=end,
        codec=codec,
        crf=crf,
        preset=preset,
        encoder_args=tuple(encoder_args),
        on_effect_error=on_effect_error,
        tracks=_path(tracks),
        weights=_path(weights),
        shape_predictor=_path(shape_predictor),
        device=device,
        deinterlace=deinterlace,
        overwrite=overwrite,
    )
    pipeline.apply(_effects(chain), Path(source), Path(output), options, progress=progress)


def process_frames(
    frames: Iterable[NDArray[Sample]],
    chain: Chain,
    *,
    rate: Fraction | float | None,
    faces: Iterable[FrameFaces] | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    device: str = "auto",
    causal: bool = False,
) -> Iterator[NDArray[Sample]]:
    """Each frame with a chain of effects applied, in order; the frames that are given stay as they are.

    >>> made_up = list(lipfx.process_frames(frames, "lipstick:shade=plum", rate=25))
    >>> [picture.shape == frame.shape for picture, frame in zip(made_up, frames)]
    [True, True, True, True]

    A picture has the type and shape of its frame; pixels away from the mouth are equal to the last bit. A
    chain that ends in `cutout` gives RGB with alpha, one that ends in `mask` the matte in every channel.

    rate: frames a second, all of one size; about half a second of them is held back, so that nothing
    jitters. None: pictures that stand alone, each looked at thoroughly. causal: for live use, each picture is
    given before the next frame is taken, steadied by earlier ones alone. faces: what `find_faces` gave for
    these frames, in place of looking for them again; the other options are not used then.

    Raises:
        LipfxError: see `lipfx.errors`; for the chain and the rate at once, otherwise while frames are taken.
    """
    from lipfx.compose import Compositor

    effects = _effects(chain)
    compositor = Compositor(effects)
    _frame_length(rate)  # refuses a wrong one at once
    follow = _follower(rate, weights, shape_predictor, device, causal) if faces is None else _given(faces)
    drawn = isinstance(effects[-1], Renderer)

    def pictures() -> Iterator[NDArray[Sample]]:
        from lipfx.pipeline.apply import TrackMemory

        memory, waiting = TrackMemory(compositor), deque[NDArray[Sample]]()
        for frame, found in follow(_numbered(frames, rate, waiting)):
            memory.see(found)
            rendered = compositor.render(frame, found.faces)
            yield _returned(waiting.popleft(), rendered, drawn)

    return pictures()


def find_faces(
    frames: Iterable[NDArray[Any]],
    *,
    rate: Fraction | float | None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    device: str = "auto",
    causal: bool = False,
) -> Iterator[FrameFaces]:
    """The faces of each frame, in order: track, box, confidence and the 56 landmarks of the lips.

    >>> for found in lipfx.find_faces(frames, rate=25):
    ...     for face in found.faces:
    ...         print(found.index, face.track_id, face.points.shape)
    0 1 (56, 2)
    1 1 (56, 2)
    2 1 (56, 2)
    3 1 (56, 2)

    `lipfx.masks.mouth_masks` makes soft masks of a face. Arguments and errors as of `process_frames`.
    """
    _frame_length(rate)  # refuses a wrong one at once
    follow = _follower(rate, weights, shape_predictor, device, causal)
    return (found for _, found in follow(_numbered(frames, rate, None)))


def _effects(chain: Chain) -> Sequence[Effect]:
    from lipfx import registry

    if isinstance(chain, str):
        return registry.parse_chain(chain)
    if isinstance(chain, Path):
        return registry.load_chain_file(chain)
    return (chain,) if isinstance(chain, Effect) else tuple(chain)


def _path(file: File | None) -> Path | None:
    return None if file is None else Path(file)


def _frame_length(rate: Fraction | float | None) -> Fraction:
    """Seconds a frame.

    Raises:
        UsageError: no clip has this rate.
    """
    if rate is None:
        return Fraction(1)
    if not 0 < rate < float("inf"):
        raise UsageError(f"rate is {rate}, wanted frames a second, or None for pictures that stand alone")
    return 1 / Fraction(rate).limit_denominator(1001)


Follow: TypeAlias = Callable[[Iterable[Frame]], Iterator[tuple[Frame, FrameFaces]]]


def _follower(
    rate: Fraction | float | None,
    weights: File | None,
    shape_predictor: File | None,
    device: str,
    causal: bool,
) -> Follow:
    from lipfx.analysis import Analysis
    from lipfx.tcnn.cascade import Cascade

    cascade = Cascade.load(_path(weights), device)
    predictor = _path(shape_predictor)
    return Analysis(cascade, still=rate is None, causal=causal, shape_predictor=predictor).follow


def _given(faces: Iterable[FrameFaces]) -> Follow:
    """Adds known faces to frames."""

    def join(frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameFaces]]:
        for frame, found in zip_longest(frames, faces):
            if frame is None or found is None:
                more, fewer = ("faces", "frames") if frame is None else ("frames", "faces")
                raise UsageError(f"there are more {more} than {fewer}; give the faces found in these frames")
            yield frame, found

    return join


def _numbered(
    pictures: Iterable[NDArray[Sample]],
    rate: Fraction | float | None,
    waiting: deque[NDArray[Sample]] | None,
) -> Iterator[Frame]:
    """Frames of pictures, `rate` a second; the pictures are added to `waiting` as they are drawn."""
    from lipfx.video.images import to_frame

    length = _frame_length(rate)
    size: tuple[int, ...] | None = None
    for index, picture in enumerate(pictures):
        frame = replace(to_frame(_samples(picture, index), index), time_base=length)
        size = size or picture.shape
        if rate is not None and picture.shape != size:
            raise InputError(f"frame {index} is {picture.shape}, those before it {size}; scale them alike")
        if waiting is not None:
            waiting.append(picture)
        yield frame


def _samples(picture: NDArray[Any], index: int) -> NDArray[Any]:
    """The picture as uint8 or uint16.

    Raises:
        InputError: it is no picture.
    """
    shape, kind = np.shape(picture), np.asarray(picture).dtype
    pictured = len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))
    if not pictured or 0 in shape or not (kind in (np.uint8, np.uint16) or kind.kind == "f"):
        raise InputError(
            f"frame {index} is {shape} {kind}, wanted (h, w, 3) of uint8, uint16 or float; convert it"
        )
    if kind.kind != "f":
        return picture
    return np.asarray(np.rint(np.clip(np.nan_to_num(picture), 0, 1) * np.float64(TOP)), np.uint16)


def _returned(picture: NDArray[Sample], rendered: Frame, drawn: bool) -> NDArray[Sample]:
    """What was made of a picture, in its own type; to floating point only the change is added.

    drawn: `rendered` is a picture of its own.
    """
    from lipfx.video.images import from_frame

    samples = from_frame(rendered)
    if picture.dtype.kind != "f":
        return np.asarray(samples, picture.dtype)
    if drawn:
        return np.asarray(samples / TOP, picture.dtype)
    change = samples.astype(np.float64) - _samples(picture, rendered.index)
    return np.asarray(picture + change / TOP, picture.dtype)
