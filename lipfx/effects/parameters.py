"""Owns an effect's declared parameters: describing them, and making an effect from text or TOML values."""

from __future__ import annotations

import contextlib
import difflib
import enum
import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from lipfx.effects.base import Effect
from lipfx.effects.places import at, raised_at
from lipfx.errors import EffectError, ParameterError

MOST_NAMES = 80
"""That a message lists."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as users see it. `minimum` and `maximum` are inclusive unless `exclusive` says so.

    pattern: the regular expression that text must match, "" where any will do.
    shades: #rrggbb of the names of colours that it takes, by family.
    """

    name: str
    kind: str
    default: Any
    required: bool
    help: str
    unit: str
    minimum: float | None
    maximum: float | None
    exclusive: bool
    choices: tuple[str, ...]
    examples: tuple[str, ...] = ()
    pattern: str = ""
    shades: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def suggested(self) -> tuple[str, ...]:
        """Values that a command line may offer: all there are, or some."""
        return self.choices or self.examples or (("true", "false") if self.kind == "true or false" else ())

    @property
    def allowed(self) -> str:
        """What values are taken, in words."""
        if self.choices:
            return ", ".join(self.choices)
        unit = f" {self.unit}" if self.unit else ""
        between = " (ends excluded)" if self.exclusive else ""
        if self.minimum is not None and self.maximum is not None:
            return f"{self.kind}, {self.minimum:g} to {self.maximum:g}{unit}{between}"
        if self.minimum is not None:
            return f"{self.kind}, {self.minimum:g} or more{unit}{between}"
        if self.maximum is not None:
            return f"{self.kind}, {self.maximum:g} or less{unit}{between}"
        return f"{self.kind}{unit}" + (f" that matches {self.pattern}" if self.pattern else "")

    def as_json(self) -> dict[str, Any]:
        """Plain values for `effects describe --json`."""
        values = asdict(self)
        return values | {
            "default": None if self.required else values["default"],
            "choices": list(self.choices),
            "examples": list(self.examples),
        }


def parameters(effect: type[Effect]) -> tuple[Parameter, ...]:
    """The declared parameters of an effect: its own in the order of declaration, then inherited ones."""
    inherited = set(getattr(effect.__base__, "__struct_fields__", ()))
    ordered = sorted(msgspec.structs.fields(effect), key=lambda one: one.name in inherited)
    return tuple(_parameter(one) for one in ordered)


def make_effect(effect: type[Effect], name: str, values: Mapping[str, Any]) -> Effect:
    """The effect with the given parameters, each a text or a value of its own type.

    Raises:
        ParameterError: a parameter is unknown, missing, of the wrong type or out of range.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(effect)}
    declared = {parameter.name: parameter for parameter in parameters(effect)}
    for key in values:
        if key not in fields:
            raise ParameterError(f"{name} has no parameter {key!r}; {nearest(key, declared, 'it takes')}")
    for parameter in declared.values():
        if parameter.required and parameter.name not in values:
            raise ParameterError(f"{name} needs {parameter.name}=...: {parameter.allowed}")
    converted = {
        fields[key].name: _convert(value, fields[key].type, name, declared[key])
        for key, value in values.items()
    }
    try:
        return effect(**converted)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"{name}: {error}") from error
    except Exception as error:
        place = raised_at(error, None)
        words = (
            f"{name} could not be made: {type(error).__name__}: {error}{at(place)}; mend its __post_init__"
        )
        raise EffectError(words, place) from error


def attribute_of(effect: type[Effect], parameter: str) -> str:
    """What a parameter is called in Python, where `from` and the like cannot be a name."""
    return next(f.name for f in msgspec.structs.fields(effect) if f.encode_name == parameter)


def nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    """What to suggest for a mistyped word: the nearest known ones, or what there is after `otherwise`."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=2, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    rest = f" and {len(known) - MOST_NAMES} more" if len(known) > MOST_NAMES else ""
    return f"{otherwise}: {', '.join(known[:MOST_NAMES]) or 'none'}{rest}"


def _convert(value: object, kind: Any, name: str, parameter: Parameter) -> Any:
    if isinstance(value, str) and _unwrap(kind)[0] is float:
        with contextlib.suppress(ValueError):
            value = float(value)  # takes .5 and 1., which JSON's numbers, and so msgspec, do not know
    try:
        converted = msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        hint = f" ({nearest(str(value), parameter.choices, 'one of')})" if parameter.choices else ""
        raise ParameterError(
            f"{name}: {parameter.name}={value} is not allowed; give {parameter.allowed}{hint}"
        ) from error
    if isinstance(converted, float) and not math.isfinite(converted):
        raise ParameterError(
            f"{name}: {parameter.name}={value} is not a finite number; give {parameter.allowed}"
        )
    return converted


def _parameter(field: msgspec.structs.FieldInfo) -> Parameter:
    kind, metas = _unwrap(field.type)
    lows = [bound for meta in metas for bound in (meta.ge, meta.gt) if bound is not None]
    highs = [bound for meta in metas for bound in (meta.le, meta.lt) if bound is not None]
    extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
    return Parameter(
        name=field.encode_name,
        kind=_kind(kind),
        default=_default(field),
        required=field.required,
        help=next((meta.description for meta in metas if meta.description), ""),
        unit=str(extra.get("unit", "")),
        minimum=max(lows, default=None),
        maximum=min(highs, default=None),
        exclusive=any(meta.gt is not None or meta.lt is not None for meta in metas),
        choices=_choices(kind),
        examples=tuple(str(value) for meta in metas for value in (meta.examples or ())),
        pattern=next((meta.pattern for meta in metas if meta.pattern), ""),
        shades=extra.get("shades", {}),
    )


def _unwrap(kind: Any) -> tuple[Any, list[Meta]]:
    """The bare type behind Annotated and Optional, and all the Metas on the way."""
    metas: list[Meta] = []
    while True:
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            metas += [argument for argument in arguments[1:] if isinstance(argument, Meta)]
            kind = arguments[0]
        elif (
            origin in (Union, types.UnionType)
            and len(rest := [a for a in arguments if a is not type(None)]) == 1
        ):
            kind = rest[0]
        else:
            return kind, metas


def _choices(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return tuple(str(argument) for argument in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return tuple(str(member.value) for member in kind)
    return ()


def _kind(kind: Any) -> str:
    if _choices(kind):
        return "choice"
    plain = {float: "number", int: "whole number", bool: "true or false", str: "text"}
    return plain.get(kind) or str(getattr(kind, "__name__", kind))


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is not msgspec.NODEFAULT:
        value = field.default
    elif field.default_factory is not msgspec.NODEFAULT:
        value = field.default_factory()
    else:
        return None
    return value.value if isinstance(value, enum.Enum) else value
