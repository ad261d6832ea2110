"""Owns lipfx as Python programs call it, with files or with arrays; must not know the command line.

Frames are NumPy arrays: (h, w, 3) RGB, (h, w, 4) RGB with straight alpha, or (h, w) grey; sRGB encoded;
uint8, uint16, or floating point 0..1. A chain is text such as `"teeth-whiten+lipstick:shade=ruby"`, the path
of a TOML file, an effect, or a sequence of effects.

Which faces are meant is said as on the command line: `choose` is "all", "largest" or how many of the
largest; `face_at` points (x, y) or (x, y, seconds); `face_like` photographs; `persons` the same by name, for
parameters such as `shade@anna`. Whole tracks are chosen, so all faces are looked at before the first picture
is made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from numpy.typing import NDArray

from lipfx.core.values import FrameFaces
from lipfx.effects.base import Effect, Renderer
from lipfx.effects.personal import check_names
from lipfx.errors import UsageError
from lipfx.video.arrays import Sample, frame_length, numbered, returned

if TYPE_CHECKING:
    from lipfx.persons.choice import Choice, Sign
    from lipfx.pipeline.faces import Networks

Chain: TypeAlias = str | Path | Effect | Sequence[Effect]
File: TypeAlias = str | PathLike[str]
Point: TypeAlias = tuple[float, float] | tuple[float, float, float]
Largest: TypeAlias = Literal["all", "largest"] | int


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
    choose: Largest = "all",
    face_at: Sequence[Point] = (),
    face_like: Sequence[File] = (),
    persons: Mapping[str, File | Point] | None = None,
    tracks: File | None = None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    deinterlace: bool = False,
    overwrite: bool = False,
    provenance: bool = True,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> None:
    """Runs a chain of effects on a video or picture file, as `lipfx apply` does; sound and times are kept.

    Examples:
        >>> lipfx.process_video("samples/talking.mp4", "ruby.mp4", "lipstick:shade=ruby", end=0.4)

    start, end: seconds. codec, crf, preset, encoder_args: the encoder's, as ffmpeg names them; the last are
    words such as `["-tune", "film"]`. on_effect_error: fail, or skip a frame's effects. choose, face_at,
    face_like, persons: see this module. tracks: a file that `lipfx track` wrote for this clip. weights: a
    folder of trained weights. shape_predictor: dlib's 68-point file. detector: auto, yunet or dlib. device:
    auto, cpu, cuda or mps. provenance: say in the metadata how the result was made. progress: called with
    the frames done and their number, None where that is not known.

    Several threads may call this at the same time, for an output each; many short clips gain by it.

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
        choice=_choice(choose, face_at, face_like, persons),
        tracks=_path(tracks),
        weights=_path(weights),
        shape_predictor=_path(shape_predictor),
        detector=detector,
        device=device,
        deinterlace=deinterlace,
        overwrite=overwrite,
        provenance=provenance,
    )
    pipeline.apply(_effects(chain), Path(source), Path(output), options, progress=progress)


def process_frames(
    frames: Iterable[NDArray[Sample]],
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
) -> Iterator[NDArray[Sample]]:
    """Each frame with a chain of effects applied, in order; the frames that are given stay as they are.

    Examples:
        >>> made_up = list(lipfx.process_frames(frames, "lipstick:shade=plum", rate=25))
        >>> all(picture.shape == frame.shape for picture, frame in zip(made_up, frames))
        True

    A picture has the type and shape of its frame; pixels away from the mouth are equal to the last bit. A
    chain that ends in `cutout` gives RGB with alpha, one that ends in `mask` the matte in every channel.

    rate: frames a second, all of one size; about half a second of them is held back, so that nothing
    jitters. None: pictures that stand alone, each looked at thoroughly. causal: for live use, each picture is
    given before the next frame is taken, steadied by earlier ones alone. faces: what `find_faces` gave for
    these frames, in place of looking for them again. choose, face_at, face_like, persons: see this module;
    then `frames` is a list, or something else that can be gone through twice, unless `faces` are there.

    Raises:
        LipfxError: see `lipfx.errors`; for the chain and the rate at once, otherwise while frames are taken.
    """
    from lipfx.compositing.compose import Compositor
    from lipfx.pipeline.footage import PictureFootage

    effects, choice = _effects(chain), _choice(choose, face_at, face_like, persons)
    compositor = Compositor(effects)
    footage = PictureFootage(frames, rate, faces, causal)
    check_names(effects, choice.persons)
    frame_length(rate)  # refuses a wrong one at once
    footage.check(choice)
    networks = _networks(rate, weights, shape_predictor, detector, device, causal)
    looks = networks.looks(choice)
    drawn = isinstance(effects[-1], Renderer)

    def pictures() -> Iterator[NDArray[Sample]]:
        from lipfx.pipeline.apply import TrackMemory
        from lipfx.pipeline.faces import follower

        memory, waiting = TrackMemory(compositor), deque[NDArray[Sample]]()
        with follower(footage, networks, choice, looks) as follow:
            for frame, found in follow(numbered(frames, rate, waiting)):
                memory.see(found)
                rendered = compositor.render(frame, found.faces)
                yield returned(waiting.popleft(), rendered, drawn)

    return pictures()


def find_faces(
    frames: Iterable[NDArray[Any]],
    *,
    rate: Fraction | float | None,
    weights: File | None = None,
    shape_predictor: File | None = None,
    detector: str = "auto",
    device: str = "auto",
    causal: bool = False,
) -> Iterator[FrameFaces]:
    """The faces of each frame, in order: track, box, confidence and the 56 landmarks of the lips.

    Examples:
        >>> for found in lipfx.find_faces(frames, rate=25):
        ...     for face in found.faces:
        ...         print(found.index, face.track_id, face.points.shape)
        0 1 (56, 2)
        1 1 (56, 2)
        2 1 (56, 2)
        3 1 (56, 2)

    `lipfx.masks.mouth.mouth_masks` makes soft masks of a face. Arguments and errors as of `process_frames`.
    """
    frame_length(rate)  # refuses a wrong one at once
    networks = _networks(rate, weights, shape_predictor, detector, device, causal)
    return (found for _, found in networks.follow(numbered(frames, rate)))


def _networks(
    rate: Fraction | float | None,
    weights: File | None,
    shape_predictor: File | None,
    detector: str,
    device: str,
    causal: bool,
) -> Networks:
    """How faces are found in a caller's frames; they have looks, so that faces can be chosen later."""
    from lipfx.pipeline.faces import Networks

    return Networks(
        weights=_path(weights),
        shape_predictor=_path(shape_predictor),
        detector=detector,
        device=device,
        still=rate is None,
        causal=causal,
        describe=True,
    )


def _effects(chain: Chain) -> Sequence[Effect]:
    from lipfx.effects import registry

    if isinstance(chain, str):
        return registry.parse_chain(chain)
    if isinstance(chain, Path):
        return registry.load_chain_file(chain)
    return (chain,) if isinstance(chain, Effect) else tuple(chain)


def _path(file: File | None) -> Path | None:
    return None if file is None else Path(file)


def _choice(
    choose: Largest,
    face_at: Sequence[Point],
    face_like: Sequence[File],
    persons: Mapping[str, File | Point] | None,
) -> Choice:
    """Raises: UsageError when two ways of choosing exclude each other."""
    from lipfx.persons.choice import Choice, Spot

    def sign(told: File | Point) -> Sign:
        return Spot(*told) if isinstance(told, tuple) else Path(told)

    largest = {"all": None, "largest": 1}.get(choose, choose) if isinstance(choose, str) else choose
    if isinstance(largest, str):
        raise UsageError(f"choose is {choose!r}, wanted 'all', 'largest' or how many of the largest")
    named = {name: (sign(told),) for name, told in (persons or {}).items()}
    return Choice(largest, tuple(sign(told) for told in (*face_at, *face_like)), named)
