"""Owns the command `lipfx`: which commands there are and how it starts and ends; must not import
anything heavy, so that `lipfx --help` answers at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from lipfx import __version__
from lipfx.cli import (
    apply,
    batch,
    common,
    compare,
    completion,
    doctor,
    effects,
    export,
    live,
    masks,
    preview,
    track,
)
from lipfx.cli.signals import INTERRUPTED
from lipfx.errors import UsageError

app = typer.Typer(
    name="lipfx",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Finds lips in video and makes them up: colour, masks and effects of your own.",
)
app.command()(apply.apply)
app.command()(masks.masks)
app.command()(track.track)
app.command()(preview.preview)
app.command()(batch.batch)
app.command()(live.live)
app.command()(export.export)
app.command()(compare.compare)
app.add_typer(effects.app, name="effects")
app.command()(doctor.doctor)
app.command()(completion.completion)
app.command(hidden=True, context_settings={"ignore_unknown_options": True})(completion.complete)


@app.command(name="help")
def show_help(
    words: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="The command meant.")] = None,
) -> None:
    """Show what a command does, as its --help does."""
    _invoke([*(words or []), "--help"], command_tree())


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lipfx {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and ffmpeg's own words when something fails.")
    ] = False,
) -> None:
    """Options of every command; what they do happens in `main`."""


def _option_names(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from parameter.opts
    for subcommand in getattr(command, "commands", {}).values():
        yield from _option_names(subcommand)


def command_tree() -> Any:
    """All commands with their parameters, as typer makes them."""
    return typer.main.get_command(app)


def run(arguments: Sequence[str]) -> int:
    """Runs the command line `arguments` (without the program's name); its exit status."""
    commands = command_tree()
    options = {"--help", *_option_names(commands)}
    debug = "--debug" in arguments
    literal = common.with_literal_names(
        [argument for argument in arguments if argument != "--debug"],
        is_option=lambda argument: argument.partition("=")[0] in options,
    )
    return common.run(lambda: _invoke(literal, commands), debug=debug, log_json="--log-json" in arguments)


def _invoke(arguments: Sequence[str], commands: Any) -> int:
    for argument in arguments:
        try:
            os.fsencode(argument)
        except UnicodeEncodeError as error:
            raise UsageError(f"{argument!a} is no text that a name could be; write it otherwise") from error
    status: int | None = commands(arguments, prog_name="lipfx", standalone_mode=False)
    if status == INTERRUPTED:  # what typer makes of an interrupt
        raise KeyboardInterrupt
    return status or 0
