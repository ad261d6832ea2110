"""Owns `lipfx effects`: what is installed, what it takes, a new plugin, is the contract kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lipfx.core.words import plain
from lipfx.errors import EffectError, UsageError

if TYPE_CHECKING:
    from lipfx.effects.base import Effect
    from lipfx.effects.parameters import Parameter

app = typer.Typer(help="Effects: list, describe, make and check them.")

Target = Annotated[str, typer.Argument(metavar="NAME_OR_FILE", help="An effect's name or a Python file.")]


@app.command(name="list")
def list_effects(
    shades: Annotated[bool, typer.Option("--shades", help="Show the names of shades, by family.")] = False,
) -> None:
    """List the installed effects, and why one cannot be used; then the presets."""
    from lipfx.effects.presets import presets
    from lipfx.effects.registry import installed_effects

    if shades:
        _list_shades()
        return
    entries, looks = installed_effects(), presets()
    width = max(len(name) for name in ["", *(entry.name for entry in entries), *looks.named])
    for entry in entries:
        whose = f"{entry.distribution} {entry.version}".rstrip()
        origin = "" if entry.distribution == "lipfx" else f" [{whose}]"
        text = f"BROKEN: {entry.problem}" if entry.problem else entry.summary
        typer.echo(_row(entry.name, width, f"{text}{origin}"))
    typer.echo("\npresets, used like effects:")
    for name, preset in sorted(looks.named.items()):
        typer.echo(_row(name, width, f"{preset.help}{f' [{preset.whose}]' if preset.whose else ''}"))
    effects = {entry.name for entry in entries}
    hidden = [preset for name, preset in looks.named.items() if name in effects]
    for problem in [*looks.problems, *(f"{one.file}: {one.name!r} stands for an effect" for one in hidden)]:
        typer.echo(f"left out: {plain(problem)}")


@app.command()
def describe(
    target: Target,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
) -> None:
    """Show what an effect does and the parameters it takes; of a preset, its chain."""
    from lipfx.effects.chain import chain_text
    from lipfx.effects.parameters import parameters
    from lipfx.effects.registry import find_effect, find_preset
    from lipfx.effects.trial import summary

    preset = find_preset(target)
    if preset is not None:
        about = {"name": target, "kind": "preset", "summary": preset.help, "chain": chain_text(preset.items)}
        text = f"{target}: {preset.help}\n\nkind: preset   chain: {about['chain']}\nfrom {preset.file}"
        typer.echo(json.dumps(about, indent=2) if as_json else text)
        return
    effect = find_effect(target)
    if as_json:
        typer.echo(json.dumps(_as_json(target, effect), indent=2))
        return
    margin = f", {effect.margin:g} mouth widths around" if effect.region.value == "around" else ""
    typer.echo(f"{target}: {summary(effect)}\n")
    typer.echo(
        f"kind: {_kind(effect)}   region: {effect.region.value}{margin}   works in {effect.space.value} RGB"
    )
    for parameter in parameters(effect):
        typer.echo(
            f"\n  {parameter.name}={_default(parameter)}\n      {parameter.help}\n      {parameter.allowed}"
        )


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The new effect's name, as in soft-glow.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write the project.")] = Path(),
    kind: Annotated[
        Literal["colour", "warp", "render", "frame"],
        typer.Option(
            help="Whether it colours, moves the mouth, makes a picture of its own, or changes the whole."
        ),
    ] = "colour",
) -> None:
    """Write a working plugin project: package, test and README."""
    from lipfx.effects.registry import effect_names
    from lipfx.effects.scaffold import write_project

    if name in effect_names():
        raise UsageError(f"an effect called {name!r} is installed already; choose another name")
    folder = write_project(name, out, kind)
    typer.echo(f"wrote {folder}; next: pip install --editable {folder} && lipfx effects check {name}")


@app.command()
def check(target: Target) -> None:
    """Try every rule of the contract on an effect; parameters may follow its name as in a chain."""
    from lipfx.testing.apart import tried

    broken, count = [], 0
    for rule, reason in tried(target):
        count += 1
        typer.echo(f"{'BROKEN' if reason else 'kept':<6}  {rule.name}: {reason or rule.promise}")
        broken += [rule.name] if reason else []
    if broken:
        raise EffectError(
            f"{target} breaks {len(broken)} of {count} rules ({', '.join(broken)}); mend them and check again"
        )


def _list_shades() -> None:
    """Every shade that is known by name, of effects that work and of plugin packages' palettes, with its
    colour where the terminal shows it."""
    from lipfx.effects.palettes import named_shades
    from lipfx.effects.parameters import parameters
    from lipfx.effects.registry import find_effect, installed_effects

    families: dict[str, dict[str, str]] = {}
    for entry in installed_effects():
        for parameter in () if entry.problem else parameters(find_effect(entry.name)):
            for family, known in parameter.shades.items():
                families.setdefault(family, {}).update(known)
    taken = {name for known in families.values() for name in known}
    packed = named_shades(taken)
    families |= {f"{palette.name} [{palette.whose}]": known for palette, known in packed if known}
    for family, known in families.items():
        typer.echo(plain(family))
        for name, code in known.items():
            typer.echo(f"  {_patch(code)} {plain(name):<12} {plain(code)}")
    for palette, _ in packed:
        if palette.problem:
            typer.echo(f"left out: {plain(palette.problem)}")


def _patch(code: str) -> str:
    """A patch of a colour, where the terminal shows it; of what is none an empty one."""
    try:
        red, green, blue = bytes.fromhex(code[1:])
    except ValueError:
        return " " * 6
    return typer.style(" " * 6, bg=(red, green, blue))


def _row(name: str, width: int, text: str) -> str:
    return f"{plain(name):<{width}}  {plain(text)}"


def _kind(effect: type[Effect]) -> str:
    from lipfx.effects.base import Renderer
    from lipfx.effects.picture import FrameEffect

    if issubclass(effect, FrameEffect):
        return "frame effect"
    return "renderer" if issubclass(effect, Renderer) else "effect"


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "... (must be given)"
    return str(parameter.default).lower() if isinstance(parameter.default, bool) else str(parameter.default)


def _as_json(name: str, effect: type[Effect]) -> dict[str, Any]:
    from lipfx.effects.parameters import parameters
    from lipfx.effects.trial import summary

    return {
        "name": name,
        "summary": summary(effect),
        "kind": _kind(effect),
        "region": effect.region.value,
        "margin": effect.margin,
        "space": effect.space.value,
        "parameters": [parameter.as_json() for parameter in parameters(effect)],
    }
