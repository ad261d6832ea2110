"""Owns the order of a training run: locator, base, router, heads, refiner, then the weights' file.

Each stage reads what the stages before it left in the output folder, and resumes where it stopped.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

import lipfx
from lipfx.errors import TrainingError
from lipfx.tcnn import checkpoint
from lipfx.tcnn.locator import Locator
from lipfx.tcnn.network import BaseNetwork, Head
from lipfx.tcnn.refiner import Refiner
from lipfx.tcnn.router import Router
from lipfx.types import LANDMARK_SCHEME
from training import base, export, heads, locator, plots, refiner, router
from training.corpus import Corpus
from training.patches import MouthPatch
from training.settings import Settings

ROUTER_FILE = "router.npz"
DRAWS = 6


def prepare(settings: Settings) -> None:
    """Threads as the settings say; two cores are one for the network and one for augmentation."""
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(1)
    settings.out.mkdir(parents=True, exist_ok=True)


def pointed(corpus: Corpus) -> list[list[MouthPatch]]:
    """The mouths whose landmarks were annotated: all sets but label maps."""
    return [own for own in corpus.mouths if own and own[0].labels is None]


def train_locator(corpus: Corpus, settings: Settings) -> Locator:
    """The first stage; prints how far its poses are off, which the next stage's jitter must cover."""
    faces, held = corpus.split(corpus.faces)
    empty, empty_held = corpus.split([corpus.empty])
    validation = locator.FaceCrops(held, empty_held, training=False)
    model = locator.train(
        locator.FaceCrops(faces, empty),
        validation,
        settings.out,
        seed=settings.seed,
        schedule=settings.locator,
        workers=settings.workers,
    )
    off = locator.placement(model, locator.FaceCrops(held, [], training=False), settings.seed)
    keep(settings.out / "placement.json", {
        "deviation": off.std(0).tolist(), "mean": off.mean(0).tolist(), "jitter": asdict(base.JITTER)
    })  # fmt: skip
    torch.save(model.state_dict(), settings.out / "locator.pt")
    return model


def train_base(corpus: Corpus, settings: Settings) -> BaseNetwork:
    """The vanilla TCNN on all pictures with annotated landmarks, validated on Helen's held-out ones."""
    mouths, held = corpus.split(pointed(corpus))
    model = base.train(
        base.MouthCrops(mouths, repeats=settings.base_repeats),
        base.MouthCrops([m for m in held if m.precise], training=False),
        settings.out,
        seed=settings.seed,
        schedule=settings.base,
        workers=settings.workers,
    )
    torch.save(model.state_dict(), settings.out / "base.pt")
    return model


def train_router(corpus: Corpus, settings: Settings) -> Router:
    """Compares K on both sides of FC5, keeps the best for held-out crops, draws the evidence."""
    model = load(settings.out / "base.pt", BaseNetwork())
    mouths, held = corpus.split(pointed(corpus))
    evidence: dict[str, Any] = {}
    for place in ("entering", "leaving"):
        features, _ = router.collect(model, mouths, DRAWS, settings.seed, place=place)
        outside, _ = router.collect(model, held, DRAWS, settings.seed, place=place)
        fits = router.compare(features, outside, settings.seed)
        evidence[place] = router.report(fits)
        if place == "entering":
            count = settings.heads or choose_count(fits)
            chosen = router.fit(features, count, settings.seed)
    evidence["chosen"] = count
    keep(settings.out / "router.json", evidence)
    plots.router_evidence(evidence, settings.out / "router.png")
    arrays = {k: getattr(chosen, k) for k in ("centre", "components", "weights", "means", "precisions")}
    np.savez(settings.out / ROUTER_FILE, **arrays)
    choice = heads.assign(model, chosen, mouths, DRAWS, settings.seed)
    router.contact_sheet(mouths, choice, count, settings.out / "clusters.png", settings.seed)
    return chosen


def choose_count(fits: Sequence[router.Fit]) -> int:
    """The usable K with the best likelihood of held-out crops."""
    allowed = router.usable(fits)
    return max((f for f in fits if f.count in allowed), key=lambda f: f.held_out, default=fits[1]).count


def load_router(out: Path) -> Router:
    """The fitted router of a run."""
    if not (out / ROUTER_FILE).is_file():
        raise TrainingError(f"{out / ROUTER_FILE}: no such file; run `python -m training router` first")
    with np.load(out / ROUTER_FILE) as stored:
        return Router(**{k: stored[k] for k in stored.files})


def train_heads(corpus: Corpus, settings: Settings) -> list[Head]:
    """The heads, and both controls with the same steps."""
    model, route = load(settings.out / "base.pt", BaseNetwork()), load_router(settings.out)
    mouths, held = corpus.split(pointed(corpus))
    held = [m for m in held if m.precise]
    split = heads.Split(
        mouths,
        heads.assign(model, route, mouths, DRAWS, settings.seed),
        held,
        heads.assign(model, route, held, DRAWS, settings.seed),
    )
    options: dict[str, Any] = {
        "seed": settings.seed,
        "schedule": settings.tuning,
        "workers": settings.workers,
    }
    tuned = heads.tune(model, split, route.count, "head", settings.out, **options)
    one = heads.tune(model, split.merged(), 1, "control-all", settings.out, **options)
    mixed = split.shuffled(settings.seed)
    scattered = heads.tune(model, mixed, route.count, "control-random", settings.out, **options)
    for name, group in (("heads", tuned), ("control-all", one), ("control-random", scattered)):
        torch.save([head.state_dict() for head in group], settings.out / f"{name}.pt")
    rng = np.random.default_rng(settings.seed)
    of_mouth = rng.integers(0, route.count, len(held))
    errors = {
        "base": heads.routed_errors(
            model, [model.head], lambda f, _: np.zeros(len(f), np.int64), held, settings.seed
        ),
        "control_all": heads.routed_errors(
            model, one, lambda f, _: np.zeros(len(f), np.int64), held, settings.seed
        ),
        "control_random": heads.routed_errors(
            model, scattered, lambda _, i: of_mouth[i.numpy()], held, settings.seed
        ),
        "heads": heads.routed_errors(model, tuned, lambda f, _: route.choose(f.numpy()), held, settings.seed),
    }
    keep(settings.out / "heads.json", {
        "clusters": np.bincount(split.clusters, minlength=route.count).tolist(),
        "held_out_error": {k: float(v.mean()) for k, v in errors.items()},
    })  # fmt: skip
    return tuned


def train_refiner(corpus: Corpus, settings: Settings) -> Refiner:
    """The second look, on all sets, each with an outline style of its own."""
    mouths, held = corpus.split(corpus.mouths)
    empty, _ = corpus.split([corpus.empty])
    guesser = load(settings.out / "base.pt", BaseNetwork())
    count = len(corpus.sets)
    rest = (1 - settings.helen_share) / max(1, count - 1)
    shares = [settings.helen_share, *[rest] * (count - 1)]
    model = refiner.train(
        refiner.RefinerData(guesser, mouths, empty, shares, settings.refiner_length),
        refiner.RefinerData(guesser, held, [], shares, len(held), training=False),
        settings.out,
        seed=settings.seed,
        schedule=settings.refiner,
        settling=settings.settling,
        workers=settings.workers,
        start=None if settings.start is None else checkpoint.load(settings.start).part("refiner"),
    )
    torch.save(model.state_dict(), settings.out / "refiner.pt")
    return model


def assemble(corpus: Corpus, settings: Settings, folder: Path) -> Path:
    """Writes the weights' file from what the stages left."""
    model, route = load(settings.out / "base.pt", BaseNetwork()), load_router(settings.out)
    states = torch.load(settings.out / "heads.pt", weights_only=True)
    second = load(settings.out / "refiner.pt", Refiner(styles=len(corpus.sets) + 1))
    first = load(settings.out / "locator.pt", Locator())
    names = ("centre", "components", "weights", "means", "precisions")
    states_of = {"locator": first.state_dict(), "backbone": model.backbone.state_dict()}
    states_of |= {"refiner": second.state_dict()} | {f"heads.{k}": s for k, s in enumerate(states)}
    parts = {name: {k: v.cpu().numpy() for k, v in state.items()} for name, state in states_of.items()}
    parts["router"] = {k: np.asarray(getattr(route, k), np.float32) for k in names}
    folder.mkdir(parents=True, exist_ok=True)
    about = {"widths": list(second.widths), "styles": second.styles, "style": len(corpus.sets)}
    description = checkpoint.Description(
        landmarks=LANDMARK_SCHEME,
        geometry=checkpoint.GEOMETRY,
        refiner=about,
        heads=route.count,
        graphs=export.export(first, model.backbone, second, len(corpus.sets), folder),
        training={
            "lipfx": lipfx.__version__,
            "code": code_version(),
            "settings": json.loads(json.dumps(asdict(settings), default=str)) | {"out": ""},
            "data": corpus.digest(),
            "counts": {s.name: len(x) for s, x in zip(corpus.sets, corpus.samples, strict=True)},
        },
    )
    return checkpoint.save(folder, description, parts)


def code_version() -> str:
    """The commit of the checkout, with '+' where it has changes; 'unknown' outside a checkout."""
    here = Path(__file__).parent
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=here, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def load(path: Path, module: nn.Module) -> Any:
    """`module` with the weights that a stage left.

    Raises:
        TrainingError: the stage has not run.
    """
    if not path.is_file():
        raise TrainingError(f"{path}: no such file; run `python -m training {path.stem}` first, or `all`")
    module.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return module.eval()


def keep(path: Path, values: dict[str, Any]) -> None:
    """Writes values as JSON."""
    path.write_text(json.dumps(values, indent=1))
