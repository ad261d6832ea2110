"""Owns the contract of an effect as rules that can be tried on any of them; must not know any effect."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import msgspec
import numpy as np

from lipfx.core.values import Box, Frame
from lipfx.effects.base import MOST_FRAMES, Effect, Region, Renderer, Space, Warp, reach_of
from lipfx.effects.parameters import make_effect, parameters
from lipfx.effects.picture import FrameEffect
from lipfx.effects.places import at, defined_at, home_of, method_of, raised_at
from lipfx.errors import EffectError, ParameterError
from lipfx.testing.scenes import scenes
from lipfx.testing.shown import (
    LARGE,
    Given,
    arrays,
    boxes,
    clip,
    kind_of,
    made,
    oddities,
    patch_of,
    reached,
    require,
    shown,
)

FRAMES = 6
MIDDLE = 3
SLOW = 0.2
"""Seconds that a mouth of 150 pixels may take: built-in effects take a fortieth of it."""
SLOW_PICTURE = 0.5
"""Seconds that a whole picture of 960x540 may take."""


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
    return [(rule, reason) for rule in CONTRACT if (reason := reason_of(rule, effect))]


def reason_of(rule: Rule, effect: Effect) -> str:
    """Why the effect breaks a rule, in one line with the file and line; "" where it keeps it."""
    method = "" if rule is CONTRACT[0] else method_of(effect)
    try:
        rule.check(effect)
    except EffectError as error:
        known = error.place or getattr(error.__cause__, "place", "")
        return f"{error}{'' if known else at(defined_at(effect, method))}"
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an author's code may raise anything
        place = raised_at(error, home_of(effect)) or defined_at(effect, method)
        return f"{type(error).__name__}: {' '.join(str(error).split())}{at(place)}"
    return ""


def _declared(effect: Effect) -> None:
    kind = type(effect)
    require("__doc__" in vars(kind) and bool(kind.__doc__), "the class has no docstring; say what it does")
    require(
        isinstance(kind.region, Region),
        f"region is {kind.region!r}; declare one of lipfx.effects.Region",
    )
    require(isinstance(kind.space, Space), f"space is {kind.space!r}; declare one of lipfx.effects.Space")
    require(0 <= kind.margin <= 2, f"margin is {kind.margin!r}; declare 0 to 2 mouth widths")
    for name, count in (("history", kind.history), ("ahead", kind.ahead)):
        require(
            isinstance(count, int) and 0 <= count <= MOST_FRAMES,
            f"{name} is {count!r}; declare a number of frames, 0 to {MOST_FRAMES}",
        )
    for parameter in parameters(kind):
        require(bool(parameter.help), f"{parameter.name} has no help; add Meta(description=...)")


def _well_formed(effect: Effect) -> None:
    for scene in scenes():
        for variant in _variants(effect):
            clip(variant, scene, range(2))


def _inside_region(effect: Effect) -> None:
    for scene in scenes():
        before, faces = scene.frame(0), scene.faces(0)
        after = clip(effect, scene, range(1))[0]
        if isinstance(effect, Renderer):
            _require_empty_outside(after, boxes(effect, faces, before))
            continue
        changed = before.planes[0] != after.planes[0]
        outside = ~reached(effect, scene)
        require(not (changed & outside).any(), f"{scene.name}: pixels outside the region changed")


def _input_untouched(effect: Effect) -> None:
    for scene in scenes():
        given = shown(effect, scene, 0)
        saved = {name: value.copy() for name, value in arrays(given).items()}
        made(effect, given)
        changed = [name for name, value in arrays(given).items() if not np.array_equal(value, saved[name])]
        if changed:
            place, what = _writes_at(effect, given), kind_of(effect)
            words = (
                f"{scene.name}: {method_of(effect)} wrote into the {what}'s {', '.join(changed)}{at(place)}"
            )
            raise EffectError(f"{words}; copy first", place)


def _writes_at(effect: Effect, given: Given) -> str:
    """The line that writes into what is given: it fails where that cannot be written into."""
    for array in arrays(given).values():
        array.setflags(write=False)
    try:
        made(effect, given)
    except Exception as error:  # noqa: BLE001 - an author's code may raise anything
        return raised_at(error, home_of(effect))
    return defined_at(effect, method_of(effect))


def _deterministic(effect: Effect) -> None:
    for scene in scenes():
        first, second = (made(effect, shown(effect, scene, 1)) for _ in range(2))
        require(
            np.array_equal(first, second),
            f"{scene.name}: two renders differ; draw chance from {kind_of(effect)}.rng",
        )


def _any_segment(effect: Effect) -> None:
    reach = reach_of([effect])
    before, after = reach.before, reach.after
    for scene in scenes()[:6]:
        whole = clip(effect, scene, range(MIDDLE + before + FRAMES + after))
        segment = clip(effect, scene, range(MIDDLE, MIDDLE + before + MIDDLE + after))
        part = slice(before, before + MIDDLE)
        for ours, theirs in zip(whole[MIDDLE:][part], segment[part], strict=True):
            require(_equal(ours, theirs), f"{scene.name}: a clip begun in the middle looks different")


def _faces_apart(effect: Effect) -> None:
    if isinstance(effect, FrameEffect):  # it is shown all of them
        return
    scene = next(scene for scene in scenes() if len(scene.centres) > 1)
    both, one = (
        clip(effect, scene, range(MIDDLE)),
        clip(effect, scene, range(MIDDLE), faces=slice(-1, None)),
    )
    for index, (expected, last) in enumerate(zip(both, one, strict=True)):
        box = boxes(effect, scene.faces(index), expected)[-1]
        window = (slice(box.y0, box.y1), slice(box.x0, box.x1))
        same = np.array_equal(last.planes[0][window], expected.planes[0][window])
        require(same, f"{scene.name}: one face's picture depends on the other's; keep memory in patch.state")


def _odd_patches(effect: Effect) -> None:
    for name, given in oddities(effect):
        try:
            result = made(effect, given)
        except Exception as error:
            place = raised_at(error, home_of(effect))
            raise EffectError(f"{name}: {type(error).__name__}: {error}{at(place)}", place) from error
        channels = effect.channels if isinstance(effect, Renderer) else 3
        wanted, shape = (*given.rgb.shape[:2], channels), np.shape(result)
        require(shape == wanted, f"{name}: result is {shape}, wanted {wanted}")
        odd = np.argwhere(~np.isfinite(result))
        require(not odd.size, f"{name}: result is not finite, {result[tuple(odd[0])] if odd.size else 0}")


def _never_folds(effect: Effect) -> None:
    for scene in scenes():
        for variant in _variants(effect):
            if not isinstance(variant, Warp):
                return
            x, y = variant.sources(patch_of(effect, scene, 0))
            (x_down, x_right), (y_down, y_right) = np.gradient(x), np.gradient(y)
            unfolded = (x_right * y_down - x_down * y_right).min() > 0
            require(bool(unfolded), f"{scene.name}: the warp folds; let sources follow each other")


def _quick(effect: Effect) -> None:
    whole = isinstance(effect, FrameEffect)
    scene, limit = (LARGE, SLOW_PICTURE) if whole else (scenes()[-1], SLOW)
    given, best = shown(effect, scene, 0), math.inf
    for _ in range(3):
        start = perf_counter()
        made(effect, given)
        best = min(best, perf_counter() - start)
    took, size = f"{1000 * best:.0f} ms", f"{given.rgb.shape[1]}x{given.rgb.shape[0]}"
    require(
        best < limit,
        f"{scene.name}: {method_of(effect)} takes {took} for {size} pixels, wanted under {1000 * limit:.0f}; "
        f"work on whole arrays, keep what is costly in {kind_of(effect)}.state",
    )


CONTRACT: tuple[Rule, ...] = (
    Rule("declared", "region, space, margin and parameters are declared, with help", _declared),
    Rule(
        "quick",
        "a mouth of 150 pixels is rendered in less than 0.2 s, a picture of 960x540 in less than 0.5",
        _quick,
    ),
    Rule(
        "well formed",
        "at default and extreme parameters the result has the right shape, is finite and in range",
        _well_formed,
    ),
    Rule("inside region", "nothing outside the declared region changes", _inside_region),
    Rule("input untouched", "render does not write into what it is shown", _input_untouched),
    Rule("deterministic", "the same patch or picture gives the same result", _deterministic),
    Rule(
        "any segment",
        "a part of a clip with `history` frames before it and `ahead` after it looks as it does in the whole",
        _any_segment,
    ),
    Rule("faces apart", "a face's picture does not depend on other faces", _faces_apart),
    Rule("never folds", "a warp keeps the order of pixels", _never_folds),
    Rule("odd patches", "empty, tiny, black and over-bright patches and pictures are rendered", _odd_patches),
)


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
    require(values.size == 0 or np.ptp(values) == 0, "the picture outside the mouths' boxes is not empty")
