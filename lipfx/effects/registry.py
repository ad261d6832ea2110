"""Owns which effects exist: entry points, files and chains of them; must not know how effects are rendered.

Effects are entry points of the group `lipfx.effects`. Reading their names is cheap; a plugin's code is
imported only when its name is used, so a broken one disturbs nobody else.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, TypeAlias

from lipfx.effects.base import Effect, Renderer
from lipfx.effects.chain import Item, chain_text, is_path, parse_items, plain_text, read_chain_file
from lipfx.effects.curves import Curve, is_curve, read_curve
from lipfx.effects.parameters import attribute_of, make_effect, nearest, parameters
from lipfx.effects.personal import Chain
from lipfx.effects.picture import FrameEffect
from lipfx.effects.plugins import declared, is_effect, lacking, load, owner, run_file, version
from lipfx.effects.presets import Preset, preset_called, preset_in, presets
from lipfx.effects.trial import summary, tried
from lipfx.errors import EffectError, ParameterError, UnknownEffectError, UsageError

Declared: TypeAlias = "Mapping[str, Sequence[EntryPoint]]"
"""Entry points by name: looking through all distributions takes longer than all else about a chain."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installed:
    """One effect that a distribution declares. version: of that, "" where it tells none. summary: the first
    line of the effect's docstring. `problem` says why it cannot be used; empty if it can."""

    name: str
    distribution: str
    reference: str
    version: str
    summary: str
    problem: str


def installed_effects() -> tuple[Installed, ...]:
    """Every declared effect, tried, by name; broken ones with their problem."""
    path = tuple(sys.path)  # which some modules change while they are imported
    work = [(name, points, point, path) for name, points in sorted(declared().items()) for point in points]
    with ThreadPoolExecutor(os.cpu_count()) as at_once:
        return tuple(at_once.map(lambda item: _try(*item), work))


def effect_names() -> tuple[str, ...]:
    """The declared names, without importing any effect."""
    return tuple(sorted(declared()))


def find_effect(target: str, there: Declared | None = None) -> type[Effect]:
    """The effect of that name, or the one that the Python file at that path defines.

    there: what is declared, where it was looked up a moment ago.

    Raises:
        UnknownEffectError: no effect of that name, no such file.
        EffectError: it cannot be loaded, or two distributions declare the name.
    """
    if is_path(target):
        return load_file(Path(target))
    points = (declared() if there is None else there).get(target)
    if not points:
        raise _unknown(target)
    _refuse_duplicates(target, points)
    return load(points[0])


def _unknown(target: str) -> UnknownEffectError:
    looks = presets()
    if target in looks.named:
        return UnknownEffectError(f"{target!r} is a preset, not an effect; name one of its effects")
    if target in looks.shared:
        return UnknownEffectError(looks.shared[target])
    meant = nearest(target, [*effect_names(), *looks.named], "there are")
    problems = "".join(f"; {problem}" for problem in looks.problems)
    return UnknownEffectError(f"no effect or preset is called {target!r}; {meant}{problems}")


def find_preset(target: str) -> Preset | None:
    """The preset that is meant by a chain's only item, as `everyday` or `looks.toml:mine`; None at an effect.

    Raises: UsageError, InputError: as `parse_chain`, of an item that names a preset.
    """
    items = parse_items(target)
    return _find_preset(items[0], declared()) if len(items) == 1 else None


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
    module = run_file(path.resolve())
    found = [
        value for value in vars(module).values() if is_effect(value) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        begun = [value for value in vars(module).values() if lacking(value)]
        own = [value for value in begun if value.__module__ == module.__name__]
        if own and not found:
            raise EffectError(f"{path}: {own[0].__name__} lacks its method; write def {lacking(own[0])}")
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
    items = parse_items(text)
    for item in items:
        if item.target.endswith(".toml"):
            _tell_code(item.target, preset_in(Path(item.target), item.preset).items)
    return build_chain(items, overrides)


def load_chain_file(path: Path, overrides: Sequence[str] = ()) -> Chain:
    """The effects of a chain in a TOML file; otherwise as `parse_chain`."""
    items = read_chain_file(path)
    _tell_code(path, items)
    return build_chain(items, overrides)


def _tell_code(file: str | Path, items: Sequence[Item]) -> None:
    """Says which Python files a file of chains makes run: it was named, they were not."""
    code = dict.fromkeys(item.target for item in items if item.target.endswith(".py"))
    if code:
        logger.warning("%s runs the code in %s", file, " and ".join(code))


def build_chain(items: Sequence[Item], overrides: Sequence[str] = ()) -> Chain:
    """The effects of a chain's items, presets among them replaced by theirs; otherwise as `parse_chain`."""
    there = declared()
    items = [part for item in items for part in _expand(item, there)]
    if overrides and len(items) != 1:
        raise UsageError(
            f"--set works on a single effect, this chain has {len(items)}; write NAME:key=value in the chain"
        )
    changed = dict(_key_value(text) for text in overrides)
    effects = tuple(_build(item, changed, there) for item in items)
    for item, effect in zip(items[:-1], effects, strict=False):
        if isinstance(effect, Renderer):
            raise UsageError(f"{item.target} makes a picture of its own and must come last in a chain")
    _refuse_personal(items, effects, changed)
    keys = [key for item in items for key in item.parameters] + list(changed)
    people = sorted({key.partition("@")[2] for key in keys if "@" in key})
    curves = {
        person: tuple(_curves(item, changed, there, person) for item in items) for person in ["", *people]
    }
    return Chain(
        effects,
        {person: tuple(_build(item, changed, there, person) for item in items) for person in people},
        plain_text([replace(item, parameters={**item.parameters, **changed}) for item in items]),
        curves if any(any(own) for own in curves.values()) else {},
    )


def _refuse_personal(items: Sequence[Item], effects: Sequence[Effect], changed: Mapping[str, Any]) -> None:
    """Raises: ParameterError: a parameter of an effect on the whole picture is set for one person."""
    for item, effect in zip(items, effects, strict=True):
        own = next((key for key in (*item.parameters, *changed) if "@" in key), None)
        if own is not None and isinstance(effect, FrameEffect):
            raise ParameterError(
                f"{_name(item)} works on the whole picture, {own!r} is for one person; leave the '@' out"
            )


def varied(items: Sequence[Item], given: Mapping[str, Any], overrides: Sequence[str] = ()) -> Chain:
    """The effects of a chain's items, each parameter of `given` set in the one effect that has it, or that it
    names, as in `liner.shade`.

    Raises: ParameterError: none has it, or several have; otherwise as `build_chain`.
    """
    there = declared()
    expanded = [part for item in items for part in _expand(item, there)]
    return build_chain(_given_to("the chain", expanded, given), overrides)


def _expand(item: Item, there: Declared) -> tuple[Item, ...]:
    """The items of a preset; any other item alone."""
    preset = _find_preset(item, there)
    if preset is None:
        return (item,)
    inner = [part.target for part in preset.items if _find_preset(part, there)]
    if inner:
        raise UsageError(
            f"preset {preset.name!r} in {preset.file} names preset {inner[0]!r}; name effects only"
        )
    return _given_to(f"preset {preset.name!r}", preset.items, item.parameters)


def _given_to(what: str, there: Sequence[Item], given: Mapping[str, Any]) -> tuple[Item, ...]:
    """The items, with each parameter given to the one effect that has it. what: they are, in words."""
    items = list(there)
    for key, value in given.items():
        at, name = _taker(what, there, key)
        items[at] = replace(items[at], parameters={**items[at].parameters, name: value})
    return tuple(items)


def _taker(what: str, there: Sequence[Item], key: str) -> tuple[int, str]:
    """Which of the items has the parameter that `key` names, and the key as it is written there."""
    effect, dot, own = key.rpartition(".")
    name = own.partition("@")[0]
    takers = [k for k, item in enumerate(there) if name in _parameter_names(item.target)]
    of_that = [k for k in takers if not dot or _name(there[k]) == effect]
    if len(of_that) == 1:
        return of_that[0], own
    if not takers:
        known = dict.fromkeys(one for item in there for one in _parameter_names(item.target))
        raise ParameterError(f"{what} has no parameter {name!r}; {nearest(name, known, 'it takes')}")
    if len({_name(there[k]) for k in takers}) == len(takers):
        say = f"say which: {' or '.join(f'{_name(there[k])}.{own}' for k in takers)}"
    else:
        say = f"write its chain and change that: {chain_text(there)}"
    whose = f" of {effect!r}" if dot else ""
    raise ParameterError(f"{what} has {len(of_that)} effects with a parameter {name!r}{whose}; {say}")


def _parameter_names(target: str) -> list[str]:
    return [parameter.name for parameter in parameters(find_effect(target))]


def _find_preset(item: Item, there: Declared) -> Preset | None:
    if item.target.endswith(".toml"):
        return preset_in(Path(item.target), item.preset)
    if is_path(item.target) or item.target in there:
        return None
    return preset_called(item.target)


def _build(item: Item, changed: Mapping[str, Any], there: Declared, person: str = "") -> Effect:
    """The effect for everybody, or for one person; what changes over time has the first of its values.

    Raises: ParameterError: one of its values, at any time, is not allowed.
    """
    name, values = _name(item), _values(item, changed, person)
    moving = {k: read_curve(value, f"{name}: {k}") for k, value in values.items() if is_curve(value)}
    first = {**values, **{key: curve.keys[0][1] for key, curve in moving.items()}}
    kind = find_effect(item.target, there)
    effect = make_effect(kind, name, _whole(first, values))
    for key, curve in moving.items():
        for _, value in curve.keys[1:]:
            make_effect(kind, name, _whole({**first, key: value}, values))
    return effect


def _curves(item: Item, changed: Mapping[str, Any], there: Declared, person: str) -> Mapping[str, Curve]:
    """The effect's attributes that change over time, for everybody or one person."""
    values = _values(item, changed, person)
    return {
        attribute_of(find_effect(item.target, there), key): read_curve(value, key)
        for key, value in values.items()
        if is_curve(value)
    }


def _whole(values: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The values, in which keys of curves that are whole numbers are written so."""
    return {k: int(v) if is_curve(written[k]) and float(v).is_integer() else v for k, v in values.items()}


def _name(item: Item) -> str:
    """What an item's effect is called: a file by its stem."""
    return Path(item.target).stem if is_path(item.target) else item.target


def _values(item: Item, changed: Mapping[str, Any], person: str = "") -> dict[str, Any]:
    """Parameters for everybody, or for one person, whose own go before those of everybody."""
    name = _name(item)
    values = {**item.parameters, **changed}
    if nameless := next((key for key in values if key.endswith("@")), None):
        raise ParameterError(f"{name}: {nameless!r} names nobody; write {nameless}NAME, or leave the '@' out")
    plain = {key: value for key, value in values.items() if "@" not in key}
    own = {key.partition("@")[0]: value for key, value in values.items() if key.endswith(f"@{person}")}
    return {**plain, **own}


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ParameterError(f"--set {text!r} is not KEY=VALUE; write for example --set opacity=0.5")
    return key.strip(), value


def _refuse_duplicates(name: str, points: Sequence[EntryPoint]) -> None:
    if len(points) > 1:
        owners = " and ".join(sorted(owner(point) for point in points))
        raise EffectError(
            f"{owners} both declare an effect called {name!r}; uninstall one, or name its file instead"
        )


def _try(name: str, points: Sequence[EntryPoint], point: EntryPoint, path: Sequence[str]) -> Installed:
    text = problem = ""
    try:
        _refuse_duplicates(name, points)
        # What ships with lipfx needs no proof; a stranger's code may end the process or never come back.
        text = summary(load(point)) if owner(point) == "lipfx" else tried(point, path)
    except EffectError as error:
        problem = str(error)
    return Installed(name, owner(point), point.value, version(point), text, problem)
