"""Owns how chains of effects are written, as text and as TOML; must not know which effects exist.

    chain  = item *( "+" item )
    item   = target [ ":" key "=" value *( "," key "=" value ) ]
    key    = [ an effect's name "." ] a parameter's name [ "@" a person's name ]
    target = name | quoted path | path ending in .py or .toml, then maybe ":" and a preset
    value  = anything without "," and "+" | quoted text

An effect's name says which effect of a preset is meant. A path may hold "+" and ":" (`C:\\looks\\mine.py`);
it ends at the first `.py` that is followed by ":", "+" or the end, unless a longer one exists as a file.
Quotes are " or '.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lipfx.core.places import check_file
from lipfx.errors import InputError, UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LONGEST_TOML = 1 << 20  # bytes
_NAME = re.compile(r"(?![A-Za-z]:[\\/])[A-Za-z][\w-]*(?=\s*(?:[:+]|$))")
_PATH_END = re.compile(r"\.(?:py|toml)(?=[:+]|$)")
_PRESET = re.compile(r":([A-Za-z][\w-]*)(?=\s*(?:[:+]|$))")
_QUOTED = re.compile(r"""(["'])(.*?)\1""")
_KEY = re.compile(r"\s*((?:[A-Za-z][\w-]*\.)?[A-Za-z][\w-]*(?:@[A-Za-z][\w-]*)?)\s*=\s*")
_BARE = re.compile(r"[^,+]*")
_SPACE = re.compile(r"\s*")
_NEXT_KEY = re.compile(r":\s*[A-Za-z][\w-]*\s*=")


@dataclass(frozen=True, slots=True)
class Item:
    """One effect of a chain as it was written: a name or a path, and parameters not yet understood.

    preset: the preset that is meant, where the target is a TOML file.
    """

    target: str
    parameters: Mapping[str, Any]
    preset: str = ""


def parse_items(text: str) -> tuple[Item, ...]:
    """The items of a chain written as text.

    Raises:
        UsageError: the text is not a chain.
    """
    items, at = [], 0
    while True:
        target, at = _target(text, _after_space(text, at))
        preset = _PRESET.match(text, at) if target.endswith(".toml") else None
        at = _after_space(text, preset.end() if preset else at)
        parameters: dict[str, Any] = {}
        while at < len(text) and text[at] in (":" if not parameters else ","):
            key, value, at = _parameter(text, at + 1)
            at = _after_space(text, at)
            if key in parameters:
                raise UsageError(f"chain {text!r} sets {key!r} twice for {target}; keep one")
            parameters[key] = value
        items.append(Item(target, parameters, preset[1] if preset else ""))
        if at == len(text):
            return tuple(items)
        if text[at] != "+":
            raise _unexpected(text, at, 'expected "+", "," or the end')
        at += 1


def read_chain_file(path: Path) -> tuple[Item, ...]:
    """The items of a TOML file: `chain = "..."`, or a table [[effect]] each, with `use` and its parameters.

    Paths of effects are relative to the file's folder.

    Raises:
        InputError: the file cannot be read or is not TOML.
        UsageError: it does not hold a chain.
    """
    return items_from_table(read_toml(path), path)


def read_toml(path: Path) -> dict[str, Any]:
    """The contents of a TOML file.

    Raises:
        InputError: the file cannot be read or is not TOML.
    """
    try:
        check_file(path, LONGEST_TOML)
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # not TOML, not UTF-8, no file or a number of too many digits
        raise InputError(f"{path} is not a TOML file: {error}") from error
    except RecursionError as error:
        raise InputError(f"{path} is not a TOML file: its values lie in each other too deep") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; name a TOML file") from error


def items_from_table(table: Mapping[str, Any], path: Path) -> tuple[Item, ...]:
    """The items of a chain that a table of the TOML file at `path` holds.

    Raises:
        UsageError: the table does not hold a chain.
    """
    written, effects = table.get("chain"), table.get("effect")
    if isinstance(written, str) and effects is None:
        items = parse_items(written)
    elif isinstance(effects, list) and effects and written is None:
        items = tuple(_item_from_table(entry, path) for entry in effects)
    else:
        raise UsageError(
            f'{path} holds no chain; write chain = "lipstick:shade=ruby" or [[effect]] with use = "lipstick"'
        )
    return tuple(replace(item, target=_beside(item.target, path)) for item in items)


def is_path(target: str) -> bool:
    """Whether a target means a file rather than an installed effect."""
    return target.endswith((".py", ".toml")) or "/" in target or "\\" in target


def chain_text(items: Sequence[Item]) -> str:
    """The items as text, as `parse_items` reads it."""
    return "+".join(":".join(filter(None, [i.target, i.preset, *_pairs(i)])) for i in items)


def plain_text(items: Sequence[Item]) -> str:
    """The items as text that may be shown to anybody: files by their names, what is one person's left out."""
    return chain_text(
        [
            Item(
                _bare(i.target), {k: _bare(str(v)) for k, v in i.parameters.items() if "@" not in k}, i.preset
            )
            for i in items
        ]
    )


def _pairs(item: Item) -> list[str]:
    pairs = [f"{key}={_quoted(str(value))}" for key, value in item.parameters.items()]
    return [",".join(pairs)] if pairs else []


def _quoted(text: str) -> str:
    mark = "'" if '"' in text else '"'
    return f"{mark}{text}{mark}" if re.search(r"""[,+"']""", text) else text


def _bare(text: str) -> str:
    """The text, or its last part where it is a path, of whichever system."""
    return re.split(r"[\\/]", text)[-1]


def _item_from_table(entry: object, path: Path) -> Item:
    if not isinstance(entry, dict) or not isinstance(entry.get("use"), str):
        raise UsageError(f'{path} has an [[effect]] without use = "NAME"; name the effect')
    return Item(entry["use"], {key: value for key, value in entry.items() if key != "use"})


def _beside(target: str, path: Path) -> str:
    return str(path.parent / target) if is_path(target) else target


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space is not None
    return space.end()


def _target(text: str, at: int) -> tuple[str, int]:
    if quoted := _QUOTED.match(text, at):
        return quoted[2], quoted.end()
    ends = [match.end() for match in _PATH_END.finditer(text, at)]
    for end in reversed(ends):
        if Path(text[at:end]).is_file():
            return text[at:end], end
    if name := _NAME.match(text, at):
        return name[0], name.end()
    if ends:
        return text[at : ends[0]], ends[0]
    if os.path.exists(text):  # noqa: PTH110 - of a name that is too long it says no
        raise UsageError(f"{text} is a file and no chain; write the chain before it, as in `lipstick {text}`")
    raise _unexpected(text, at, "expected an effect's name or a path ending in .py")


def _parameter(text: str, at: int) -> tuple[str, str, int]:
    key = _KEY.match(text, at)
    if not key:
        raise _unexpected(text, at, "expected key=value; '+' is what joins effects")
    value = _QUOTED.match(text, key.end())
    if value:
        return key[1], value[2], value.end()
    bare = _BARE.match(text, key.end())
    assert bare is not None
    if after := _NEXT_KEY.search(bare[0]):
        raise _unexpected(text, bare.start() + after.start(), "parameters are joined by ','")
    return key[1], bare[0].strip(), bare.end()


def _unexpected(text: str, at: int, wanted: str) -> UsageError:
    if re.match(r"[A-Za-z][\w-]*\s*[,;]", text[at:]):
        wanted = f"effects are joined by '+': {re.sub(r'[,;] *', '+', text)}"
    if re.match(r"[A-Za-z][\w-]*\s+[A-Za-z][\w-]*\s*=", text[at:]):
        wanted = f"parameters follow ':': {':'.join(text[at:].split(maxsplit=1))}"
    found = repr(text[at:]) if at < len(text) else "nothing"
    return UsageError(f"chain {text!r} has {found} at character {at + 1}; {wanted}")
