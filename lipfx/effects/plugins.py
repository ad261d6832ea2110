"""Owns code of strangers that becomes effects, entry points and Python files, whatever it does meanwhile;
must not know chains.

Reading what is declared is cheap and runs nothing. Nothing that a distribution holds, neither its metadata
nor its code, may end or disturb a run that does not use it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import signal
import sys
import zlib
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

from lipfx.effects.base import Effect
from lipfx.effects.picture import FrameEffect
from lipfx.effects.places import at, raised_at
from lipfx.errors import EffectError

GROUP = "lipfx.effects"
NAMELESS = "an unnamed distribution"
LONGEST_REASON = 300


def declared(group: str = GROUP) -> dict[str, list[EntryPoint]]:
    """Entry points by name; a distribution that several folders on the path hold counts once, as imported."""
    names: dict[str, list[EntryPoint]] = {}
    seen: set[str] = set()
    for distribution, point in sorted(_points(group), key=lambda pair: pair[0]):
        mark = f"{distribution}\n{point.name}"
        if distribution == NAMELESS or mark not in seen:
            names.setdefault(point.name, []).append(point)
        seen.add(mark)
    return names


def _points(group: str) -> Iterator[tuple[str, EntryPoint]]:
    """All of the group, with whose they are; what a distribution's metadata cannot tell is left out."""
    for distribution in importlib.metadata.distributions():
        try:
            points = [point for point in distribution.entry_points if point.group == group]
        except Exception:  # noqa: BLE001, S112 - a file of strangers, of whatever content
            continue
        if points:
            name = _name(distribution)  # parses the whole description of a project
            yield from ((name, point) for point in points)


def owner(point: EntryPoint) -> str:
    """The name of the distribution that declares it."""
    return NAMELESS if point.dist is None else _name(point.dist)


def _name(distribution: Distribution) -> str:
    try:
        return str(distribution.metadata["Name"] or NAMELESS)
    except Exception:  # noqa: BLE001 - a file of strangers, which may lack
        return NAMELESS


def version(point: EntryPoint) -> str:
    """The version of that distribution, "" where its metadata tells none."""
    try:
        return str(point.dist.metadata["Version"] or "") if point.dist is not None else ""
    except Exception:  # noqa: BLE001 - a file of strangers, which may lack
        return ""


def load(point: EntryPoint) -> type[Effect]:
    """The effect that an entry point means.

    Raises: EffectError: it cannot be loaded, or is none.
    """
    try:
        effect = point.load()
    except BaseException as error:
        if _ends_the_run(error):
            raise
        place = raised_at(error, None)
        raise EffectError(
            f"{_whose(point)} could not be loaded: {reason(error)}{at(place)}", place
        ) from error
    if not is_effect(effect):
        raise EffectError(f"{_whose(point)} is {_shown(effect)}, no Effect with render")
    checked: type[Effect] = effect
    return checked


def _whose(point: EntryPoint) -> str:
    return f"effect {point.name!r} of {owner(point)}"


def is_effect(value: object) -> bool:
    """Whether it is a class of effects, with the method that renders."""
    return _derives(value) and not lacking(value)


def lacking(value: object) -> str:
    """The method that a class of effects still has to define, as it is written; "" where it is whole or no
    such class."""
    if not _derives(value):
        return ""
    kind: Any = value
    if issubclass(kind, FrameEffect):
        whole = kind.render_frame is not FrameEffect.render_frame
        return "" if whole else "render_frame(self, picture)"
    return "" if kind.render is not Effect.render else "render(self, patch)"


def _derives(value: object) -> bool:
    try:
        kind: Any = value
        return issubclass(type(kind), type) and issubclass(kind, Effect)
    except BaseException as error:  # objects of strangers may answer anything
        if _ends_the_run(error):
            raise
        return False


class _Loader(SourceFileLoader):
    """Loads a file and leaves nothing beside it: no __pycache__ in a user's folder."""

    def set_data(self, *_: object, **__: object) -> None:
        """Does not keep compiled code."""


def run_file(path: Path) -> ModuleType:
    """The module that a Python file is.

    Raises: EffectError: it is none, or fails.
    """
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
    except BaseException as error:
        sys.modules.pop(name, None)
        if _ends_the_run(error):
            raise
        place = raised_at(error, path)
        raise EffectError(f"{path} could not be loaded: {reason(error)}{at(place)}", place) from error
    return module


def reason(error: BaseException) -> str:
    """What an error of a stranger says, in one line."""
    try:
        lines = str(error).splitlines()
    except BaseException as second:
        if _ends_the_run(second):
            raise
        lines = []
    name = type(error).__name__
    return f"{name}: {lines[0]}"[:LONGEST_REASON] if lines else name


def _shown(value: object) -> str:
    try:
        return repr(value)[:LONGEST_REASON]
    except BaseException as error:
        if _ends_the_run(error):
            raise
        return f"something of the type {type(value).__name__}"


def _ends_the_run(error: BaseException) -> bool:
    """Whether it is the user's interrupt rather than one that the code has raised by itself.

    The command line answers signals with a class of its own; a program that does not is told by its handler.
    """
    if not isinstance(error, KeyboardInterrupt):
        return False
    answered = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return type(error) is not KeyboardInterrupt or answered
