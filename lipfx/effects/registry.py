"""Owns which effects exist: entry points, files and chains of them; must not know how effects are rendered.

Effects are entry points of the group `lipfx.effects`. Reading their names is cheap; a plugin's code is
imported only when its name is used, so a broken one disturbs nobody else.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from lipfx.effects.base import Effect, Renderer
from lipfx.effects.chain import Item, chain_text, is_path, parse_items, plain_text, read_chain_file
from lipfx.effects.parameters import make_effect, nearest, parameters
from lipfx.effects.personal import Chain
from lipfx.effects.presets import Preset, preset_in, presets
from lipfx.errors import EffectError, ParameterError, UnknownEffectError, UsageError

GROUP = "lipfx.effects"


@dataclass(frozen=True, slots=True)
class Installed:
    """One effect that a distribution declares. `problem` says why it cannot be used; empty if it can."""

    name: str
    distribution: str
    reference: str
    effect: type[Effect] | None
    problem: str


def installed_effects() -> tuple[Installed, ...]:
    """Every declared effect, loaded, by name; broken ones with their problem."""
    return tuple(_try(name, point) for name, points in sorted(_declared().items()) for point in points)


def effect_names() -> tuple[str, ...]:
    """The declared names, without importing any effect."""
    return tuple(sorted(_declared()))


def find_effect(target: str) -> type[Effect]:
    """The effect of that name, or the one that the Python file at that path defines.

    Raises:
        UnknownEffectError: no effect of that name, no such file.
        EffectError: it cannot be loaded, or two distributions declare the name.
    """
    if is_path(target):
        return load_file(Path(target))
    points = _declared().get(target)
    if not points and target in presets():
        raise UnknownEffectError(f"{target!r} is a preset, not an effect; name one of its effects")
    if not points:
        known = [*effect_names(), *presets()]
        raise UnknownEffectError(
            f"no effect or preset is called {target!r}; {nearest(target, known, 'there are')}"
        )
    _refuse_duplicates(target, points)
    return _load(points[0])


def find_preset(target: str) -> Preset | None:
    """The preset that is meant by a chain's only item, as `everyday` or `looks.toml:mine`; None at an effect.

    Raises: UsageError, InputError: as `parse_chain`, of an item that names a preset.
    """
    items = parse_items(target)
    return _find_preset(items[0]) if len(items) == 1 else None


def load_file(path: Path) -> type[Effect]:
    """The one effect that a Python file defines.

    Raises:
        UnknownEffectError: there is no such file.
        EffectError: it fails to run, or does not define exactly one effect.
    """
    if not path.is_file():
        raise UnknownEffectError(
            f"{path} is not a file; name an installed effect or a Python file that defines one"
        )
    module = _run_file(path.resolve())
    found = [
        value for value in vars(module).values() if _is_effect(value) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        names = ", ".join(effect.__name__ for effect in found) or "none"
        raise EffectError(
            f"{path} defines {len(found)} effects ({names}); it must define exactly one subclass of Effect"
        )
    effect: type[Effect] = found[0]
    return effect


def parse_chain(text: str, overrides: Sequence[str] = ()) -> Chain:
    """The effects of a chain such as `teeth-whiten+lipstick:shade=ruby,finish=gloss`.

    A parameter for one person alone carries that name: `lipstick:shade=nude,shade@anna=ruby`.

    overrides: `key=value` texts that set parameters of a chain's only effect.

    Raises:
        UsageError: the chain is not well formed, an effect or parameter is unknown.
        EffectError: an effect cannot be loaded.
    """
    return build_chain(parse_items(text), overrides)


def load_chain_file(path: Path, overrides: Sequence[str] = ()) -> Chain:
    """The effects of a chain in a TOML file; otherwise as `parse_chain`."""
    return build_chain(read_chain_file(path), overrides)


def build_chain(items: Sequence[Item], overrides: Sequence[str] = ()) -> Chain:
    """The effects of a chain's items, presets among them replaced by theirs; otherwise as `parse_chain`."""
    items = [part for item in items for part in _expand(item)]
    if overrides and len(items) != 1:
        raise UsageError(
            f"--set works on a single effect, this chain has {len(items)}; write NAME:key=value in the chain"
        )
    changed = dict(_key_value(text) for text in overrides)
    effects = tuple(_build(item, changed) for item in items)
    for item, effect in zip(items[:-1], effects, strict=False):
        if isinstance(effect, Renderer):
            raise UsageError(f"{item.target} makes a picture of its own and must come last in a chain")
    keys = [key for item in items for key in item.parameters] + list(changed)
    people = sorted({key.partition("@")[2] for key in keys if "@" in key})
    return Chain(
        effects,
        {person: tuple(_build(item, changed, person) for item in items) for person in people},
        plain_text([replace(item, parameters={**item.parameters, **changed}) for item in items]),
    )


def varied(items: Sequence[Item], given: Mapping[str, Any], overrides: Sequence[str] = ()) -> Chain:
    """The effects of a chain's items, each parameter of `given` set in the one effect that has it.

    Raises: ParameterError: none has it, or several have; otherwise as `build_chain`.
    """
    expanded = [part for item in items for part in _expand(item)]
    return build_chain(_given_to("the chain", expanded, given), overrides)


def _expand(item: Item) -> tuple[Item, ...]:
    """The items of a preset; any other item alone."""
    preset = _find_preset(item)
    if preset is None:
        return (item,)
    inner = [part.target for part in preset.items if _find_preset(part)]
    if inner:
        raise UsageError(
            f"preset {preset.name!r} in {preset.file} names preset {inner[0]!r}; name effects only"
        )
    return _given_to(f"preset {preset.name!r}", preset.items, item.parameters)


def _given_to(what: str, there: Sequence[Item], given: Mapping[str, Any]) -> tuple[Item, ...]:
    """The items, with each parameter given to the one effect that has it. what: they are, in words."""
    items = list(there)
    for key, value in given.items():
        name = key.partition("@")[0]
        takers = [k for k, item in enumerate(items) if name in _parameter_names(item.target)]
        if len(takers) != 1:
            raise ParameterError(
                f"{what} has {len(takers)} effects with a parameter {name!r}; write its chain and change "
                f"that: {chain_text(there)}"
            )
        item = items[takers[0]]
        items[takers[0]] = replace(item, parameters={**item.parameters, key: value})
    return tuple(items)


def _parameter_names(target: str) -> set[str]:
    return {parameter.name for parameter in parameters(find_effect(target))}


def _find_preset(item: Item) -> Preset | None:
    if item.target.endswith(".toml"):
        return preset_in(Path(item.target), item.preset)
    if is_path(item.target) or item.target in effect_names():
        return None
    return presets().get(item.target)


def _build(item: Item, changed: Mapping[str, Any], person: str = "") -> Effect:
    """The effect for everybody, or for one person, whose own parameters go before those of everybody."""
    name = Path(item.target).stem if is_path(item.target) else item.target
    values = {**item.parameters, **changed}
    if nameless := next((key for key in values if key.endswith("@")), None):
        raise ParameterError(f"{name}: {nameless!r} names nobody; write {nameless}NAME, or leave the '@' out")
    plain = {key: value for key, value in values.items() if "@" not in key}
    own = {key.partition("@")[0]: value for key, value in values.items() if key.endswith(f"@{person}")}
    return make_effect(find_effect(item.target), name, {**plain, **own})


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ParameterError(f"--set {text!r} is not KEY=VALUE; write for example --set opacity=0.5")
    return key.strip(), value


def _declared() -> dict[str, list[importlib.metadata.EntryPoint]]:
    """Entry points by name; one that several folders on the path repeat counts once."""
    points = importlib.metadata.entry_points(group=GROUP)
    firsts = {point.dist: point for point in points}  # asking a distribution for its name reads a file
    owners = {dist: _distribution(point) for dist, point in firsts.items()}
    found: dict[tuple[str, str, str], importlib.metadata.EntryPoint] = {}
    for point in sorted(points, key=lambda point: owners[point.dist]):
        found.setdefault((point.name, point.value, owners[point.dist]), point)
    names: dict[str, list[importlib.metadata.EntryPoint]] = {}
    for point in found.values():
        names.setdefault(point.name, []).append(point)
    return names


def _distribution(point: importlib.metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else "an unnamed distribution"


def _refuse_duplicates(name: str, points: Sequence[importlib.metadata.EntryPoint]) -> None:
    if len(points) > 1:
        owners = " and ".join(sorted(_distribution(point) for point in points))
        raise EffectError(
            f"{owners} both declare an effect called {name!r}; uninstall one, or name its file instead"
        )


def _try(name: str, point: importlib.metadata.EntryPoint) -> Installed:
    effect, problem = None, ""
    try:
        _refuse_duplicates(name, _declared()[name])
        effect = _load(point)
    except EffectError as error:
        problem = str(error)
    return Installed(name, _distribution(point), point.value, effect, problem)


def _load(point: importlib.metadata.EntryPoint) -> type[Effect]:
    try:
        effect = point.load()
    except Exception as error:
        raise EffectError(
            f"effect {point.name!r} of {_distribution(point)} could not be loaded: {_reason(error)}"
        ) from error
    if not _is_effect(effect):
        raise EffectError(
            f"effect {point.name!r} of {_distribution(point)} is {effect!r}, no Effect with render"
        )
    checked: type[Effect] = effect
    return checked


def _is_effect(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Effect) and value.render is not Effect.render


class _Loader(SourceFileLoader):
    """Loads a file and leaves nothing beside it: no __pycache__ in a user's folder."""

    def set_data(self, *_: object, **__: object) -> None:
        """Does not keep compiled code."""


def _run_file(path: Path) -> ModuleType:
    name = f"lipfx_file_{path.stem}_{zlib.crc32(bytes(path)):08x}"
    if path.suffix != ".py":
        raise EffectError(f"{path} is not a Python file; its name must end in .py")
    spec = importlib.util.spec_from_file_location(name, path, loader=_Loader(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise EffectError(f"{path} could not be loaded: {_reason(error)}") from error
    return module


def _reason(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
