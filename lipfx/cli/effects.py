"""Owns `lipfx effects`: what is installed, what it takes, a new plugin, is the contract kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lipfx.errors import EffectError, UsageError

if TYPE_CHECKING:
    from lipfx.effects.base import Effect
    from lipfx.effects.parameters import Parameter

app = typer.Typer(help="Effects: list, describe, make and check them.")

Target = Annotated[str, typer.Argument(metavar="NAME_OR_FILE", help="An effect's name or a Python file.")]


@app.command(name="list")
def list_effects() -> None:
    """List the installed effects, and why one cannot be used; then the presets."""
    from lipfx.effects.presets import presets
    from lipfx.effects.registry import installed_effects

    entries, looks = installed_effects(), presets()
    width = max(len(name) for name in ["", *(entry.name for entry in entries), *looks])
    for entry in entries:
        origin = "" if entry.distribution == "lipfx" else f" [{entry.distribution}]"
        text = _summary(entry.effect) if entry.effect else f"BROKEN: {entry.problem}"
        typer.echo(f"{entry.name:<{width}}  {text}{origin}")
    typer.echo("\npresets, used like effects:")
    for name, preset in sorted(looks.items()):
        typer.echo(f"{name:<{width}}  {preset.help}")


@app.command()
def describe(
    target: Target,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
) -> None:
    """Show what an effect does and the parameters it takes; of a preset, its chain."""
    from lipfx.effects.chain import chain_text
    from lipfx.effects.parameters import parameters
    from lipfx.effects.registry import find_effect, find_preset

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
    typer.echo(f"{target}: {_summary(effect)}\n")
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
) -> None:
    """Write a working plugin project: package, test and README."""
    from lipfx.effects.registry import effect_names
    from lipfx.effects.scaffold import write_project

    if name in effect_names():
        raise UsageError(f"an effect called {name!r} is installed already; choose another name")
    folder = write_project(name, out)
    typer.echo(f"wrote {folder}; next: pip install --editable {folder} && lipfx effects check {name}")


@app.command()
def check(target: Target) -> None:
    """Try every rule of the contract on an effect; parameters may follow its name as in a chain."""
    from lipfx.effects.registry import parse_chain
    from lipfx.testing import CONTRACT, broken_rules

    effects = parse_chain(target)
    if len(effects) != 1:
        raise UsageError(f"{target!r} names {len(effects)} effects; check one at a time")
    reasons = dict(broken_rules(effects[0]))
    for rule in CONTRACT:
        typer.echo(
            f"{'BROKEN' if rule in reasons else 'kept':<6}  {rule.name}: {reasons.get(rule, rule.promise)}"
        )
    if reasons:
        names = ", ".join(rule.name for rule in reasons)
        raise EffectError(
            f"{target} breaks {len(reasons)} of {len(CONTRACT)} rules ({names}); mend them and check again"
        )


def _summary(effect: type[Effect]) -> str:
    return (effect.__doc__ or "").strip().partition("\n")[0]


def _kind(effect: type[Effect]) -> str:
    from lipfx.effects.base import Renderer

    return "renderer" if issubclass(effect, Renderer) else "effect"


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "... (must be given)"
    return str(parameter.default).lower() if isinstance(parameter.default, bool) else str(parameter.default)


def _as_json(name: str, effect: type[Effect]) -> dict[str, Any]:
    from lipfx.effects.parameters import parameters

    return {
        "name": name,
        "summary": _summary(effect),
        "kind": _kind(effect),
        "region": effect.region.value,
        "margin": effect.margin,
        "space": effect.space.value,
        "parameters": [parameter.as_json() for parameter in parameters(effect)],
    }
