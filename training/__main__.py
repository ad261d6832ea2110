"""Owns the command line of training; must not know how anything is trained.

python -m training all --data DATA --out OUT
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from lipfx.errors import LipfxError
from training import assemble, plots, stages
from training import evaluate as evaluation
from training.corpus import Corpus, Found, discover
from training.data import Helen
from training.refiner import ONWARD
from training.settings import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Trains and measures the cascade.")

Data = Annotated[
    Path | None, typer.Option(help="Folder of data sets side by side: helen/, 68-point sets, label maps.")
]
Out = Annotated[Path, typer.Option(help="Folder of checkpoints, logs and weights; a run resumes from it.")]
Images = Annotated[Path | None, typer.Option(help="Helen's pictures, instead of --data.")]
Annotations = Annotated[Path | None, typer.Option(help="Helen's annotation folder.")]
TestNames = Annotated[
    Path | None, typer.Option(help="Helen's list of test names; none of them is trained on.")
]
Seed = Annotated[int, typer.Option(help="Makes a run repeatable.")]
Threads = Annotated[int, typer.Option(help="Threads of the network; one more process augments.")]
Quick = Annotated[float, typer.Option(help="Shortens all schedules by this factor, to try things out.")]
Limit = Annotated[int | None, typer.Option(help="Use only so many pictures of each set.")]
Heads = Annotated[int | None, typer.Option(help="K, instead of the evidence's choice.")]
Start = Annotated[
    Path | None, typer.Option(help="Weights to train the refiner on from; their other networks stay.")
]


def _corpus(
    data: Path | None,
    images: Path | None,
    annotations: Path | None,
    test_names: Path | None,
    settings: Settings,
    limit: int | None,
) -> Corpus:
    if data is not None:
        found = discover(data)
    elif images is not None and annotations is not None and test_names is not None:
        helen = Helen(images, annotations, test_names)
        found = Found([helen], helen.test_names, None)
    else:
        raise typer.BadParameter("give --data, or --images, --annotations and --test-names together")
    cache = settings.out / "cache"
    return Corpus(found.sets, found.test_names, found.cutouts, cache, settings.seed, limit)


def _command(stage: str) -> None:
    """Adds the command that runs one stage, or all of them."""

    @app.command(stage, help=STAGES[stage])
    def run(
        out: Out,
        data: Data = None,
        images: Images = None,
        annotations: Annotations = None,
        test_names: TestNames = None,
        seed: Seed = 7,
        threads: Threads = 1,
        quick: Quick = 1.0,
        limit: Limit = None,
        heads: Heads = None,
        start: Start = None,
    ) -> None:
        settings = Settings(out=out, seed=seed, threads=threads, heads=heads, start=start)
        if start is not None:
            settings = replace(settings, refiner=ONWARD)
        if torch.cuda.is_available():
            settings = settings.on_gpu(os.cpu_count() or 1)
        settings = settings if quick == 1.0 else settings.quick(quick)
        stages.prepare(settings)
        corpus = _corpus(data, images, annotations, test_names, settings, limit)
        for name in stages.STAGES if stage == "all" else (stage,):
            stages.run(name, corpus, settings)
        if stage == "all":
            typer.echo(f"weights: {assemble.assemble(corpus, settings, out)}")


STAGES = {
    "locator": "Train the first stage: from a face's box to its mouth.",
    "base": "Train the vanilla TCNN.",
    "router": "Fit the Gaussian mixture and choose K by evidence.",
    "heads": "Fine-tune one head for each state of the lips, and both controls.",
    "refiner": "Train the second look at the pixels.",
    "sureness": "Fit what the refiner's answers are worth: of those called 0.9, nine in ten are right.",
    "all": "Everything above in order, as far as the data goes, then write the weights.",
}
for _name in STAGES:
    _command(_name)


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option(help="Folder with helen/ in it.")],
    out: Annotated[Path, typer.Option(help="The run to measure; the report is written to its report/.")],
    held_out: Annotated[
        bool, typer.Option(help="Measure on held-out training pictures, not the test set.")
    ] = False,
    seed: Seed = 7,
) -> None:
    """Measure base, controls, cascade and refiner; write JSON and a report with plots."""
    report = evaluation.evaluate(data, out, held_out=held_out, seed=seed)
    typer.echo(f"report: {report}")


@app.command()
def curves(out: Out) -> None:
    """Draw loss and error per epoch of every network of a run."""
    for path in plots.curves(out):
        typer.echo(path)


def main() -> None:
    """Runs the command line; our own errors become one line and status 1 or 2."""
    try:
        app()
    except LipfxError as error:
        typer.echo(f"training: {error}", err=True)
        sys.exit(error.status)


if __name__ == "__main__":
    main()
