"""Owns the contract of an effect as rules that can be tried on any of them; must not know any effect."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from lipfx.compositing.compose import Compositor
from lipfx.core.planar import read_patch
from lipfx.core.values import Box, Face, Frame
from lipfx.effects.base import Effect, Patch, Region, Renderer, Space, Warp
from lipfx.effects.parameters import make_effect, parameters
from lipfx.errors import EffectError, ParameterError
from lipfx.masks.mouth import mouth_box, mouth_masks, region_alpha
from lipfx.testing.scenes import YUV420, Scene, scenes

FRAMES = 6
MIDDLE = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the contract."""

    name: str
    promise: str
    check: Callable[[Effect], None]

    def __str__(self) -> str:
        return self.name


def check_effect(effect: Effect) -> None:
    """Tries every rule.

    Raises:
        EffectError: rules are broken; names each with its reason.
    """
    broken = broken_rules(effect)
    if broken:
        reasons = "; ".join(f"{rule.name}: {reason}" for rule, reason in broken)
        raise EffectError(f"{type(effect).__name__} breaks {len(broken)} of {len(CONTRACT)} rules: {reasons}")


def broken_rules(effect: Effect) -> list[tuple[Rule, str]]:
    """The rules that the effect breaks, each with its reason in one line."""
    broken = []
    for rule in CONTRACT:
        try:
            rule.check(effect)
        except EffectError as error:
            broken.append((rule, str(error)))
    return broken


def _declared(effect: Effect) -> None:
    kind = type(effect)
    _require("__doc__" in vars(kind) and bool(kind.__doc__), "the class has no docstring; say what it does")
    _require(
        isinstance(kind.region, Region),
        f"region is {kind.region!r}; declare one of lipfx.effects.Region",
    )
    _require(isinstance(kind.space, Space), f"space is {kind.space!r}; declare one of lipfx.effects.Space")
    _require(0 <= kind.margin <= 2, f"margin is {kind.margin!r}; declare 0 to 2 mouth widths")
    for parameter in parameters(kind):
        _require(bool(parameter.help), f"{parameter.name} has no help; add Meta(description=...)")


def _well_formed(effect: Effect) -> None:
    for scene in scenes():
        for variant in _variants(effect):
            _clip(variant, scene, range(2))


def _inside_region(effect: Effect) -> None:
    for scene in scenes():
        before, faces = scene.frame(0), scene.faces(0)
        after = _clip(effect, scene, range(1))[0]
        if isinstance(effect, Renderer):
            _require_empty_outside(after, _boxes(effect, faces, before))
            continue
        touched = np.zeros((before.height, before.width), bool)
        for face, box in zip(faces, _boxes(effect, faces, before), strict=True):
            alpha = region_alpha(
                mouth_masks(face, box), face, effect.region, effect.margin, whole=effect.protects
            )
            touched[box.y0 : box.y1, box.x0 : box.x1] |= alpha > 0
        changed = before.planes[0] != after.planes[0]
        _require(not (changed & ~touched).any(), f"{scene.name}: pixels outside the region changed")


def _input_untouched(effect: Effect) -> None:
    for scene in scenes():
        patch = _patch(effect, scene, 0, {})
        saved = {name: value.copy() for name, value in _arrays(patch).items()}
        effect.render(patch)
        changed = [name for name, value in _arrays(patch).items() if not np.array_equal(value, saved[name])]
        _require(not changed, f"{scene.name}: render wrote into the patch's {', '.join(changed)}; copy first")


def _deterministic(effect: Effect) -> None:
    for scene in scenes():
        first, second = (effect.render(_patch(effect, scene, 1, {})) for _ in range(2))
        _require(
            np.array_equal(first, second), f"{scene.name}: two renders differ; draw chance from patch.rng"
        )


def _any_segment(effect: Effect) -> None:
    for scene in scenes()[:6]:
        whole = _clip(effect, scene, range(FRAMES))
        segment = _clip(effect, scene, range(MIDDLE, FRAMES))
        for ours, theirs in zip(whole[MIDDLE:], segment, strict=True):
            _require(_equal(ours, theirs), f"{scene.name}: a clip begun in the middle looks different")


def _faces_apart(effect: Effect) -> None:
    scene = next(scene for scene in scenes() if len(scene.centres) > 1)
    both = _clip(effect, scene, range(MIDDLE))
    compositor = Compositor([effect])
    for index, expected in enumerate(both):
        last = compositor.render(scene.frame(index), scene.faces(index)[-1:])
        box = _boxes(effect, scene.faces(index), expected)[-1]
        window = (slice(box.y0, box.y1), slice(box.x0, box.x1))
        same = np.array_equal(last.planes[0][window], expected.planes[0][window])
        _require(same, f"{scene.name}: one face's picture depends on the other's; keep memory in patch.state")


def _odd_patches(effect: Effect) -> None:
    whole = _patch(effect, scenes()[0], 0, {})
    for height, width in ((1, 1), (1, 9), (2, 2), (7, 3)):
        _render_checked(effect, _cropped(whole, height, width), f"patch of {width}x{height}")
    nothing = np.zeros_like(whole.alpha)
    empty = dataclasses.replace(whole, alpha=nothing, upper=nothing, lower=nothing, inner=nothing)
    _render_checked(effect, empty, "patch without lips")
    for name, rgb in (
        ("black", whole.rgb * 0),
        ("brighter than white", whole.rgb * 6),
        ("below black", -whole.rgb),
    ):
        _render_checked(effect, dataclasses.replace(whole, rgb=rgb), f"patch {name}")


def _never_folds(effect: Effect) -> None:
    for scene in scenes():
        for variant in _variants(effect):
            if not isinstance(variant, Warp):
                return
            x, y = variant.sources(_patch(effect, scene, 0, {}))
            (x_down, x_right), (y_down, y_right) = np.gradient(x), np.gradient(y)
            unfolded = (x_right * y_down - x_down * y_right).min() > 0
            _require(bool(unfolded), f"{scene.name}: the warp folds; let sources follow each other")


CONTRACT: tuple[Rule, ...] = (
    Rule("declared", "region, space, margin and parameters are declared, with help", _declared),
    Rule(
        "well formed",
        "at default and extreme parameters the result has the right shape, is finite and in range",
        _well_formed,
    ),
    Rule("inside region", "nothing outside the declared region changes", _inside_region),
    Rule("input untouched", "render does not write into the patch", _input_untouched),
    Rule("deterministic", "the same patch gives the same result", _deterministic),
    Rule("any segment", "a clip begun in the middle looks as it does within the whole", _any_segment),
    Rule("faces apart", "a face's picture does not depend on other faces", _faces_apart),
    Rule("never folds", "a warp keeps the order of pixels", _never_folds),
    Rule("odd patches", "empty, tiny, black and over-bright patches are rendered", _odd_patches),
)


def _require(kept: bool, reason: str) -> None:
    if not kept:
        raise EffectError(reason)


def _clip(effect: Effect, scene: Scene, frames: Sequence[int]) -> list[Frame]:
    compositor = Compositor([effect])
    try:
        return [compositor.render(scene.frame(index), scene.faces(index)) for index in frames]
    except EffectError as error:
        raise EffectError(f"{scene.name}: {error}") from error


def _boxes(effect: Effect, faces: Sequence[Face], frame: Frame) -> list[Box]:
    return [
        mouth_box(face, frame.width, frame.height, YUV420, effect.margin, whole=effect.protects)
        for face in faces
    ]


def _patch(effect: Effect, scene: Scene, index: int, state: dict[str, Any]) -> Patch:
    """A patch of the scene's first face; its arrays are writable, so that writing into them shows."""
    frame, face = scene.frame(index), scene.faces(index)[0]
    (box,) = _boxes(effect, [face], frame)
    masks = mouth_masks(face, box)
    return Patch(
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
        state=state,
        seed=(face.track_id, 0),
    )


def _arrays(patch: Patch) -> dict[str, Any]:
    return {name: getattr(patch, name) for name in ("rgb", "alpha", "upper", "lower", "inner", "landmarks")}


def _cropped(patch: Patch, height: int, width: int) -> Patch:
    """The middle of a patch, as at a picture's border or far away."""
    top, left = (patch.rgb.shape[0] - height) // 2, (patch.rgb.shape[1] - width) // 2
    window = (slice(top, top + height), slice(left, left + width))
    x0, y0 = patch.box.x0 + left, patch.box.y0 + top
    arrays = {
        name: _arrays(patch)[name][window].copy() for name in ("rgb", "alpha", "upper", "lower", "inner")
    }
    return dataclasses.replace(
        patch, **arrays, landmarks=patch.landmarks - (left, top), box=Box(x0, y0, x0 + width, y0 + height)
    )


def _render_checked(effect: Effect, patch: Patch, name: str) -> None:
    try:
        result = effect.render(patch)
    except Exception as error:
        raise EffectError(f"{name}: {type(error).__name__}: {error}") from error
    channels = effect.channels if isinstance(effect, Renderer) else 3
    wanted = (*patch.rgb.shape[:2], channels)
    _require(result.shape == wanted, f"{name}: result is {result.shape}, wanted {wanted}")
    _require(bool(np.isfinite(result).all()), f"{name}: result is not finite")


def _variants(effect: Effect) -> Iterator[Effect]:
    """The effect itself, and with each parameter at each of its bounds and choices."""
    yield effect
    given = {field.encode_name: getattr(effect, field.name) for field in msgspec.structs.fields(effect)}
    for parameter in parameters(type(effect)):
        bounds = () if parameter.exclusive else (parameter.minimum, parameter.maximum)
        for value in (*parameter.choices, *(bound for bound in bounds if bound is not None)):
            try:
                yield make_effect(type(effect), type(effect).__name__, given | {parameter.name: value})
            except ParameterError:
                continue


def _equal(first: Frame, second: Frame) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first.planes, second.planes, strict=True))


def _require_empty_outside(picture: Frame, boxes: Sequence[Box]) -> None:
    plane = picture.planes[-1] if picture.format.alpha else picture.planes[0]
    outside = np.ones(plane.shape, bool)
    for box in boxes:
        outside[box.y0 : box.y1, box.x0 : box.x1] = False
    values = plane[outside]
    _require(values.size == 0 or np.ptp(values) == 0, "the picture outside the mouths' boxes is not empty")
