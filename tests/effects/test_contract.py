"""The one contract over every built-in effect, and effects that break it and must be caught."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from lipfx.core.values import Float32
from lipfx.effects import Effect, Patch, Region, Renderer, Warp
from lipfx.effects.registry import installed_effects, parse_chain
from lipfx.errors import EffectError
from lipfx.testing import CONTRACT, Rule, broken_rules, check_effect

BUILT_IN = [entry.name for entry in installed_effects() if entry.distribution == "lipfx"]


@pytest.mark.parametrize("rule", CONTRACT, ids=str)
@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_effects_keep_the_contract(name: str, rule: Rule) -> None:
    rule.check(parse_chain(name)[0])


class WritesIntoPatch(Effect, frozen=True, kw_only=True):
    """Darkens the patch itself."""

    def render(self, patch: Patch) -> Float32:
        patch.rgb.setflags(write=True)
        patch.rgb[:] *= 0.5
        return patch.rgb


class Boils(Effect, frozen=True, kw_only=True):
    """Adds noise that no seed repeats."""

    def render(self, patch: Patch) -> Float32:
        return patch.rgb + np.random.default_rng().random(patch.rgb.shape, np.float32)


class Remembers(Effect, frozen=True, kw_only=True):
    """Fades in from the first frame that it happens to see."""

    def render(self, patch: Patch) -> Float32:
        patch.state["seen"] = patch.state.get("seen", 0) + 1
        return patch.rgb * np.float32(1 - 0.1 * patch.state["seen"])


class MixesFaces(Effect, frozen=True, kw_only=True):
    """Paints what it saw last, whosever mouth that was."""

    memory: ClassVar[dict[str, Any]] = {}

    def render(self, patch: Patch) -> Float32:
        seen = self.memory.get("seen", patch.rgb)
        self.memory["seen"] = patch.rgb.copy()
        return np.full_like(patch.rgb, seen.mean())


class Divides(Effect, frozen=True, kw_only=True):
    """Divides by the lips' area, which may be nothing."""

    def render(self, patch: Patch) -> Float32:
        with np.errstate(all="ignore"):
            return patch.rgb * np.float32(1 / patch.upper.sum())


class Crops(Effect, frozen=True, kw_only=True):
    """Returns a smaller patch."""

    def render(self, patch: Patch) -> Float32:
        return patch.rgb[1:]


class Bytes(Effect, frozen=True, kw_only=True):
    """Returns 0 to 255 where 0 to 1 is meant."""

    def render(self, patch: Patch) -> Float32:
        return patch.rgb * np.float32(255)


class Undeclared(Effect, frozen=True, kw_only=True):
    """Has a parameter without help."""

    region: ClassVar[Region] = Region.MOUTH
    amount: float = 0.5

    def render(self, patch: Patch) -> Float32:
        return patch.rgb


class Folds(Warp, frozen=True, kw_only=True):
    """Mirrors the patch."""

    def sources(self, patch: Patch) -> tuple[Float32, Float32]:
        rows, columns = np.mgrid[: patch.rgb.shape[0], : patch.rgb.shape[1]].astype(np.float32)
        return columns[:, ::-1].copy(), rows


class Opaque(Renderer, frozen=True, kw_only=True):
    """A renderer that says it makes one channel and makes three."""

    def render(self, patch: Patch) -> Float32:
        return patch.rgb


@pytest.mark.parametrize(
    ("effect", "rule"),
    [
        (WritesIntoPatch(), "input untouched"),
        (Boils(), "deterministic"),
        (Remembers(), "any segment"),
        (MixesFaces(), "faces apart"),
        (Divides(), "odd patches"),
        (Crops(), "well formed"),
        (Bytes(), "well formed"),
        (Undeclared(), "declared"),
        (Opaque(), "well formed"),
        (Folds(), "never folds"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_effects_that_break_a_rule_are_caught(effect: Effect, rule: str) -> None:
    MixesFaces.memory.clear()
    assert rule in [broken.name for broken, _ in broken_rules(effect)]


def test_check_effect_names_rule_and_reason() -> None:
    with pytest.raises(EffectError, match="declared: amount has no help"):
        check_effect(Undeclared())
    check_effect(parse_chain("mask")[0])
