"""Owns what an effect is shown of a scene, and what it makes of that; must not know any effect."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lipfx.compositing.around import Around
from lipfx.compositing.bench import Bench
from lipfx.compositing.compose import Compositor
from lipfx.compositing.passing import Entrance
from lipfx.compositing.render import sound_of
from lipfx.compositing.wholes import FramePass
from lipfx.core.loudness import STEP, Loudness
from lipfx.core.moments import Clock
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Face, Float32, Frame
from lipfx.core.work import Work
from lipfx.effects.base import Effect
from lipfx.effects.patch import Beyond, Patch
from lipfx.effects.personal import personal_chain
from lipfx.effects.picture import FrameEffect, Picture
from lipfx.errors import EffectError
from lipfx.masks.mouth import mouth_box, mouth_masks, region_alpha
from lipfx.testing.scenes import YUV420, Scene, scenes

Given: TypeAlias = "Patch | Picture"

ALL = slice(None)
TINY = ((1, 1), (1, 9), (2, 2), (7, 3))
BEAT = Loudness(STEP * np.arange(200.0), np.tile([*[-12.0] * 12, *[-40.0] * 13], 8))
"""What is heard in a scene."""
LARGE = Scene("a whole picture", width=150, size=(960, 540), centres=((480.0, 270.0),))
_MASKS = ("rgb", "alpha", "upper", "lower", "inner")


def require(kept: bool, reason: str) -> None:
    """Raises: EffectError: a rule is broken."""
    if not kept:
        raise EffectError(reason)


def clip(effect: Effect, scene: Scene, frames: Sequence[int], faces: slice = ALL) -> list[Frame]:
    """Frames of a scene, made up; `faces` are those that are."""
    compositor = Compositor([effect], loudness=BEAT)
    try:
        pushed = [compositor.push(scene.frame(index), scene.faces(index)[faces]) for index in frames]
        pictures = list(chain(*pushed, compositor.finish()))
        compositor.end()
        return pictures
    except EffectError as error:
        raise EffectError(f"{scene.name}: {error}", error.place) from error


def boxes(effect: Effect, faces: Sequence[Face], frame: Frame) -> list[Box]:
    """Where the patches of these faces lie."""
    return [
        mouth_box(face, frame.width, frame.height, YUV420, effect.margin, whole=effect.protects)
        for face in faces
    ]


def kind_of(effect: Effect) -> str:
    """What an effect is shown, in a word."""
    return "picture" if isinstance(effect, FrameEffect) else "patch"


def shown(effect: Effect, scene: Scene, index: int) -> Given:
    """The patch of a scene's first face, or its picture; who writes into its arrays is found out."""
    if isinstance(effect, FrameEffect):
        return picture_of(effect, scene, index)
    return patch_of(effect, scene, index)


def made(effect: Effect, given: Given) -> Float32:
    """What the effect makes of it."""
    if isinstance(given, Picture):
        assert isinstance(effect, FrameEffect)
        return effect.render_frame(given)
    return effect.render(given)


def arrays(given: Given) -> dict[str, Any]:
    """The arrays that it holds, by name."""
    if isinstance(given, Picture):
        own = {"rgb": given.rgb, "alpha": given.alpha}
        for at, mouth in enumerate(given.mouths):
            told = arrays(mouth)
            own |= {f"mouths[{at}].{name}": array for name, array in told.items() if name != "rgb"}
        return own
    return {name: getattr(given, name) for name in (*_MASKS, "landmarks")}


def patch_of(effect: Effect, scene: Scene, index: int) -> Patch:
    """A patch of the scene's first face, of a track that has just begun."""
    frame, faces = scene.frame(index), scene.faces(index)
    around, face = Around(frame, faces), faces[0]
    (box,) = boxes(effect, [face], frame)
    masks = mouth_masks(face, box)
    patch = Patch(
        rgb=read_patch(frame, box, effect.space).copy(),
        alpha=region_alpha(masks, face, effect.region, effect.margin, whole=effect.protects).copy(),
        upper=masks.upper.copy(),
        lower=masks.lower.copy(),
        inner=masks.inner.copy(),
        landmarks=face.points - (box.x0, box.y0),
        box=box,
        mouth_width=face.mouth_width,
        track_id=face.track_id,
        index=index,
        time=frame.time,
        state={},
        seed=(face.track_id, 0),
        space=effect.space,
        beyond=Beyond(
            sound=lambda: sound_of(effect, frame, BEAT),
            picture=lambda: around.picture(effect.space),
            others=lambda: around.others(face.track_id, (box.x0, box.y0)),
        ),
    )
    effect.begin_track(patch)
    return patch


def picture_of(effect: FrameEffect, scene: Scene, index: int) -> Picture:
    """A picture of the scene, the first of a clip."""
    frame = scene.frame(index)
    bench = Bench([effect], personal_chain([effect]).on(Clock()), Work(), BEAT)
    passing = Entrance(bench, whole=True, parts=1).entered(frame, scene.faces(index), 1.0)
    rgb = read_patch(frame, Box(0, 0, frame.width, frame.height), effect.space).copy()
    picture = FramePass(bench, 0, _raised).shown(effect, passing, rgb)
    mouths = []
    for mouth in picture.mouths:
        own = {name: getattr(mouth, name).copy() for name in (*_MASKS[1:], "landmarks")}
        part = rgb[mouth.box.y0 : mouth.box.y1, mouth.box.x0 : mouth.box.x1]
        mouths.append(dataclasses.replace(mouth, rgb=part, **own))
    return dataclasses.replace(picture, alpha=picture.alpha.copy(), mouths=tuple(mouths))


def reached(effect: Effect, scene: Scene) -> NDArray[np.bool_]:
    """(h, w) where the effect may change the first frame of a scene."""
    frame, faces = scene.frame(0), scene.faces(0)
    if isinstance(effect, FrameEffect):
        return np.asarray(picture_of(effect, scene, 0).alpha > 0)
    where = np.zeros((frame.height, frame.width), np.bool_)
    for face, box in zip(faces, boxes(effect, faces, frame), strict=True):
        alpha = region_alpha(
            mouth_masks(face, box), face, effect.region, effect.margin, whole=effect.protects
        )
        where[box.y0 : box.y1, box.x0 : box.x1] |= alpha > 0
    return where


def oddities(effect: Effect) -> Iterator[tuple[str, Given]]:
    """Tiny, empty, black and over-bright ones, each with its name."""
    whole, what = shown(effect, scenes()[0], 0), kind_of(effect)
    for height, width in TINY:
        yield f"{what} of {width}x{height}", _cropped(whole, height, width)
    yield f"{what} without lips", _empty(whole)
    for name, rgb in (
        ("black", whole.rgb * 0),
        ("brighter than white", whole.rgb * 6),
        ("below black", -whole.rgb),
    ):
        yield f"{what} {name}", dataclasses.replace(whole, rgb=rgb)


def _empty(given: Given) -> Given:
    if isinstance(given, Picture):
        return dataclasses.replace(given, mouths=(), head_mask=None)
    nothing = np.zeros_like(given.alpha)
    return dataclasses.replace(given, alpha=nothing, upper=nothing, lower=nothing, inner=nothing)


def _cropped(given: Given, height: int, width: int) -> Given:
    """The middle of a patch, as at a picture's border or far away; of a picture, without its mouths."""
    top, left = (given.rgb.shape[0] - height) // 2, (given.rgb.shape[1] - width) // 2
    window = (slice(top, top + height), slice(left, left + width))
    if isinstance(given, Picture):
        rgb, alpha = given.rgb[window].copy(), given.alpha[window].copy()
        return dataclasses.replace(given, rgb=rgb, alpha=alpha, mouths=(), head_mask=None)
    x0, y0 = given.box.x0 + left, given.box.y0 + top
    own = {name: getattr(given, name)[window].copy() for name in _MASKS}
    landmarks = given.landmarks - (left, top)
    return dataclasses.replace(given, **own, landmarks=landmarks, box=Box(x0, y0, x0 + width, y0 + height))


def _raised(error: EffectError) -> None:
    raise error
