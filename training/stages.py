"""Owns the order of a training run: locator, base, router, heads, refiner, sureness.

Each stage reads what the stages before it left in the output folder, and resumes where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import torch
from torch import nn

from lipfx.errors import TrainingError
from lipfx.tcnn import checkpoint
from lipfx.tcnn.locator import Locator
from lipfx.tcnn.network import BaseNetwork, Head
from lipfx.tcnn.refiner import Refiner
from lipfx.tcnn.router import Router
from training import base, heads, locator, plots, refiner, refiner_data, router, sureness
from training.corpus import Corpus
from training.data import Truth
from training.patches import MouthPatch
from training.progress import say
from training.settings import Settings

ROUTER_FILE = "router.npz"
REFINER_FILE = "refiner.pt"
SURENESS_FILE = "sureness.json"
ROUTER_ARRAYS = ("centre", "components", "weights", "means", "precisions")
DRAWS = 6
WORTH = {Truth.POINTS: 0.6, Truth.CLASSES: 1.3, Truth.MOUTH: 1.0, Truth.NONE: 1.5}
PRECISE = 2.4  # what points are worth that were not resampled


def prepare(settings: Settings) -> None:
    """Threads as the settings say; two cores are one for the network and one for augmentation."""
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(1)
    settings.out.mkdir(parents=True, exist_ok=True)


def pointed(corpus: Corpus) -> list[list[MouthPatch]]:
    """The mouths whose landmarks were annotated: all sets but label maps and covered lips."""
    return [m for s, m in zip(corpus.sets, corpus.mouths, strict=True) if s.truth is Truth.POINTS]


def run(stage: str, corpus: Corpus, settings: Settings) -> None:
    """One stage, or a word on why its network is taken from existing weights."""
    reason = skipped(stage, corpus, settings)
    if reason is None:
        STAGES[stage](corpus, settings)
    else:
        say(f"{stage}: {reason}; it comes from {existing(settings).folder}")


def skipped(stage: str, corpus: Corpus, settings: Settings) -> str | None:
    """Why a stage is not trained; None where it is."""
    if stage in ("refiner", "sureness"):
        return None
    if settings.start is not None:
        return "only the refiner is trained on"
    if stage == "locator":
        return None if corpus.faced else "no set tells the lips of faces apart"
    return None if corpus.pointed else "no set has annotated points"


def existing(settings: Settings) -> checkpoint.Weights:
    """The weights that what is not trained comes from: those to start from, else those shipped."""
    return checkpoint.load(settings.start)


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
        "deviation": off.std(0).tolist(), "mean": off.mean(0).tolist(), "jitter": asdict(base.FAR)
    })  # fmt: skip
    torch.save(model.state_dict(), settings.out / "locator.pt")
    return model


def train_base(corpus: Corpus, settings: Settings) -> BaseNetwork:
    """The vanilla TCNN on all pictures with annotated landmarks, validated on held-out precise ones."""
    mouths, held = corpus.split(pointed(corpus))
    model = base.train(
        base.MouthCrops(mouths, repeats=settings.base_repeats),
        base.MouthCrops(precise(held), training=False),
        settings.out,
        seed=settings.seed,
        schedule=settings.base,
        workers=settings.workers,
    )
    torch.save(model.state_dict(), settings.out / "base.pt")
    return model


def train_router(corpus: Corpus, settings: Settings) -> Router:
    """Compares K on both sides of FC5, by the mixture and by heads tuned for each; keeps the best K."""
    model: BaseNetwork = load(settings.out / "base.pt", BaseNetwork())
    mouths, held_mouths = corpus.split(pointed(corpus))
    bank, held = banks(corpus, settings, model)
    evidence: dict[str, Any] = {}
    for place in ("leaving", "entering"):
        features, _ = router.collect(model, mouths, DRAWS, settings.seed, place=place)
        outside, _ = router.collect(model, held_mouths, DRAWS, settings.seed, place=place)
        evidence[place] = router.report(router.compare(features, outside, settings.seed))
    trials = {}
    usable = router.usable(evidence["entering"])
    for count in [f["count"] for f in evidence["entering"] if f["count"] > 1] or usable:
        route = router.fit(features, count, settings.seed)
        own, outer = heads.routed(bank, route), heads.routed(held, route)
        tuned, _ = heads.tune(model.head, own, outer, count, settings.seed, settings.tuning)
        trials[count] = float(heads.errors_of(tuned, outer).mean())
    evidence["heads"] = {"base": float(held.errors(model.head).mean()), "error": trials}
    evidence["chosen"] = settings.heads or min(usable, key=lambda k: trials[k])
    chosen = router.fit(features, evidence["chosen"], settings.seed)
    keep(settings.out / "router.json", evidence)
    plots.router_evidence(evidence, settings.out / "router.png")
    np.savez(settings.out / ROUTER_FILE, **{k: getattr(chosen, k) for k in ROUTER_ARRAYS})
    single, indices = router.collect(model, mouths, 1, settings.seed)
    picks = [mouths[i] for i in indices.tolist()]
    router.contact_sheet(
        picks, chosen.choose(single), chosen.count, settings.out / "clusters.png", settings.seed
    )
    return chosen


def banks(corpus: Corpus, settings: Settings, model: BaseNetwork) -> tuple[heads.Bank, heads.Bank]:
    """What enters FC5 for training mouths, augmented, and for held-out precise ones, as they are."""
    mouths, held = corpus.split(pointed(corpus))
    inside = heads.fill(model, mouths, heads.DRAWS, settings.seed, training=True, workers=settings.workers)
    outside = heads.fill(model, precise(held), heads.HELD_DRAWS, settings.seed, training=False, workers=0)
    return inside, outside


def precise(mouths: list[MouthPatch]) -> list[MouthPatch]:
    """Those that were annotated point by point, or all where none was."""
    return [m for m in mouths if m.precise] or mouths


def load_router(out: Path) -> Router:
    """The fitted router of a run."""
    if not (out / ROUTER_FILE).is_file():
        raise TrainingError(f"{out / ROUTER_FILE}: no such file; run `python -m training router` first")
    with np.load(out / ROUTER_FILE) as stored:
        return Router(**{k: stored[k] for k in stored.files})


def train_heads(corpus: Corpus, settings: Settings) -> list[Head]:
    """The heads, and both controls with the same bank and steps."""
    model: BaseNetwork = load(settings.out / "base.pt", BaseNetwork())
    route = load_router(settings.out)
    bank, held = (heads.routed(b, route) for b in banks(corpus, settings, model))
    groups = {
        "heads": (route.count, bank, held),
        "control-all": (1, bank.clustered(bank.cluster * 0), held.clustered(held.cluster * 0)),
        "control-random": (
            route.count,
            heads.shuffled(bank, settings.seed),
            heads.shuffled(held, settings.seed),
        ),
    }
    found, figures = {}, {"base": float(held.errors(model.head).mean())}
    for name, (count, own, outside) in groups.items():
        found[name], logs = heads.tune(model.head, own, outside, count, settings.seed, settings.tuning)
        figures[name] = float(heads.errors_of(found[name], outside).mean())
        torch.save([head.state_dict() for head in found[name]], settings.out / f"{name}.pt")
        for k, log in enumerate(logs):
            (settings.out / f"{name}-{k}.log.json").write_text(json.dumps(log))
    clusters = np.bincount(bank.cluster, minlength=route.count).tolist()
    keep(settings.out / "heads.json", {"clusters": clusters, "held_out_error": figures})
    return found["heads"]


def train_refiner(corpus: Corpus, settings: Settings) -> Refiner:
    """The second look, on all sets, each with an outline style of its own."""
    mouths, held = corpus.split(corpus.mouths)
    empty, _ = corpus.split([corpus.empty])
    names = [s.name for s in corpus.sets]
    data = refiner_data.RefinerData(
        guesser(settings), mouths, empty, names, shares(corpus), settings.refiner_length, corpus.cutouts
    )
    start = None
    if settings.start is not None:
        weights = checkpoint.load(settings.start)
        start = refiner.Start(weights.part("refiner"), list(weights.description.training["counts"]))
    model = refiner.train(
        data,
        replace(data, mouths=held, empty=[], length=len(held), training=False),
        settings.out,
        seed=settings.seed,
        schedule=settings.refiner,
        settling=settings.settling,
        workers=settings.workers,
        start=start,
    )
    torch.save(model.state_dict(), settings.out / REFINER_FILE)
    return model


def shares(corpus: Corpus) -> list[float]:
    """How much of the refiner's epoch each set takes: what its truth is worth, and the root of its size."""
    return [
        (PRECISE if own and own[0].precise else WORTH[s.truth]) * len(own) ** 0.5
        for s, own in zip(corpus.sets, corpus.mouths, strict=True)
    ]


def guesser(settings: Settings) -> BaseNetwork:
    """What makes the refiner's first guess: the base, or the mean of the heads that were tuned from one."""
    model = BaseNetwork()
    if (settings.out / "base.pt").is_file():
        loaded: BaseNetwork = load(settings.out / "base.pt", model)
        return loaded
    weights = existing(settings)
    heads_of = [weights.part(f"heads.{k}") for k in range(weights.description.heads)]
    model.backbone.load_state_dict(tensors(weights.part("backbone")))
    model.head.load_state_dict(tensors({k: np.mean([h[k] for h in heads_of], 0) for k in heads_of[0]}))
    return model.eval()


def tensors(arrays: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """A state dict of arrays."""
    return {k: torch.from_numpy(np.array(v)) for k, v in arrays.items()}


def fit_sureness(corpus: Corpus, settings: Settings) -> None:
    """What the refiner's answers are worth; of the run's own, or of the weights that it starts from."""
    _, held = corpus.split(corpus.mouths)
    names = [s.name for s in corpus.sets]
    data = refiner_data.RefinerData(
        guesser(settings), held, [], names, shares(corpus), settings.refiner_length, corpus.cutouts
    )
    model = shipped_refiner(corpus, settings)
    answers, others = (
        sureness.collect(model, data, settings.seed, epoch, settings.workers) for epoch in (0, 1)
    )
    fitted = sureness.fit(answers)
    if fitted is None:
        say("sureness: all answers are right, or none is; it stays as in the existing weights")
        return
    table = sureness.reliability(others, fitted)
    for row in table:
        say("sureness {from:.2f}-{to:.2f}: {mouths} mouths, {sure:.3f} sure, {right:.3f} right".format(**row))
    keep(settings.out / SURENESS_FILE, {"sureness": msgspec.to_builtins(fitted), "reliability": table})


def shipped_refiner(corpus: Corpus, settings: Settings) -> Refiner:
    """The run's refiner with the outline that is shipped; the existing weights' where it trained none."""
    if not (settings.out / REFINER_FILE).is_file():
        weights = existing(settings)
        model = Refiner(styles=weights.description.refiner["styles"])
        model.load_state_dict(tensors(weights.part("refiner")))
        return model.eval()
    second: Refiner = load(settings.out / REFINER_FILE, Refiner(styles=len(corpus.sets) + 1))
    if label_maps := [k for k, own in enumerate(corpus.sets) if own.truth is Truth.CLASSES]:
        refiner.lean(second, label_maps, settings.leaning)
    refiner.raise_lips(second, settings.raising)
    return second


def arrays(state: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """A state dict as arrays."""
    return {k: v.cpu().numpy() for k, v in state.items()}


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


STAGES: dict[str, Callable[[Corpus, Settings], object]] = {
    "locator": train_locator,
    "base": train_base,
    "router": train_router,
    "heads": train_heads,
    "refiner": train_refiner,
    "sureness": fit_sureness,
}
"""In their order."""
