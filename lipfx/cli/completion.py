"""Owns completing command lines: `lipfx completion SHELL` prints what a shell asks, `lipfx complete` answers;
must not know how shells show it.

Typer's own scripts give single words; a chain's ":" and "=" break words in bash, so the scripts here send the
line and get whole words back.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lipfx.errors import LipfxError

Answer = tuple[str, str]
"""A word, and a few words about it."""
SCRIPTS = Path(__file__).with_name("completions")
NAMED = {("effects", "describe"), ("effects", "check")}
CHAINED = {("apply",), ("preview",), ("batch",), ("live",)}


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="The shell that is to complete.")],
) -> None:
    """Print a script that lets a shell complete commands, effects, shades and presets.

    bash, zsh: source <(lipfx completion bash). fish: lipfx completion fish | source.
    """
    typer.echo((SCRIPTS / f"lipfx.{shell}").read_text(), nl=False)


def complete(line: Annotated[str, typer.Argument(help="The command line up to the cursor.")]) -> None:
    """Print how the last word of a command line may go on, a word and what it is on a line."""
    from lipfx.cli.main import command_tree

    words = _split(line)
    for word, about in answers(command_tree(), words[1:-1], words[-1] if len(words) > 1 else ""):
        typer.echo(f"{word}\t{about}" if about else word)


def _split(line: str) -> list[str]:
    """The words of a line; the last one is empty after a space. A quotation may be open."""
    for closed in (line, f"{line}'", f'{line}"'):
        try:
            words = shlex.split(closed)
        except ValueError:
            continue
        return [*words, ""] if closed is line and line[-1:].isspace() else words
    return line.split()


def answers(command: Any, before: Sequence[str], word: str) -> list[Answer]:
    """How `word` may go on after the words `before`; nothing where a file's name is wanted.

    command: the tree of commands, as typer makes it.
    """
    path: list[str] = []
    waiting: Any = None
    given = 0
    for part in before:
        commands = getattr(command, "commands", {})
        if waiting is not None:
            waiting = None
        elif part.startswith("-") and part != "-":
            option = next((p for p in command.params if part in p.opts), None)
            waiting = option if option is not None and not option.is_flag else None
        elif part in commands:
            command = commands[part]
            path.append(part)
        else:
            given += 1
    found = _answers(command, tuple(path), waiting, given, word)
    return [(value, _line(about)) for value, about in found if value.startswith(word) and value != word]


def _answers(command: Any, path: tuple[str, ...], waiting: Any, given: int, word: str) -> Iterable[Answer]:
    if waiting is not None:
        return _choices(command, waiting, word)
    if word.startswith("-"):
        return _options(command)
    if path == ("help",) or hasattr(command, "commands"):
        return _commands(command if path != ("help",) else _root())
    if given == 0 and path in NAMED:
        return _names()
    if given == 0 and path in CHAINED:
        return _chain(word)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    return _choices(command, arguments[given], word) if given < len(arguments) else ()


def _choices(command: Any, parameter: Any, word: str) -> list[Answer]:
    """The values of an option or argument that takes one of several; none of what is a file or a number."""
    found = parameter.shell_complete(typer.Context(command), word)
    return [(str(item.value), "") for item in found if item.type == "plain"]


def _root() -> Any:
    from lipfx.cli.main import command_tree

    return command_tree()


def _options(command: Any) -> Iterator[Answer]:
    for parameter in command.params:
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False):
            yield from ((name, parameter.help or "") for name in parameter.opts)
    yield "--help", "Show what there is."


def _commands(group: Any) -> Iterator[Answer]:
    for name, command in group.commands.items():
        if not command.hidden:
            yield name, (command.help or "").partition("\n")[0]


def _names() -> Iterator[Answer]:
    from lipfx.effects.presets import presets
    from lipfx.effects.registry import effect_names

    yield from ((name, "effect") for name in effect_names())
    for name, preset in presets().named.items():
        yield name, f"{preset.help}{f' [{preset.whose}]' if preset.whose else ''}"


def _chain(word: str) -> Iterator[Answer]:
    """How a chain goes on: names after the start and "+", then parameters, then their values."""
    head, item = _cut(word, "+")
    target, colon, rest = item.partition(":")
    if not colon:
        yield from ((head + name, about) for name, about in _names())
        return
    done, last = _cut(rest, ",")
    key, equals, _ = last.partition("=")
    before = f"{head}{target}:{done}"
    for parameter in _parameters(target):
        if not equals:
            yield f"{before}{parameter.name}=", parameter.help
        elif parameter.name == key.partition("@")[0]:
            yield from (
                (f"{before}{key}={value}", "") for value in [*parameter.suggested, *_packed(parameter)]
            )


def _packed(parameter: Any) -> Iterable[str]:
    """Shades of plugin packages, for a parameter that takes shades."""
    from lipfx.effects.palettes import shade_names

    return shade_names(parameter.suggested) if parameter.shades else ()


def _cut(text: str, mark: str) -> tuple[str, str]:
    """What stands up to the last `mark`, it included, and what follows."""
    at = text.rfind(mark) + 1
    return text[:at], text[at:]


def _parameters(target: str) -> Sequence[Any]:
    from lipfx.effects.parameters import parameters
    from lipfx.effects.registry import find_effect

    try:
        return parameters(find_effect(target))
    except LipfxError:
        return ()


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).partition("; ")[0]
