"""Owns writing a run's weights' file from what its stages left; must not know how they trained.

What a run has not trained comes from the weights that exist.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

import lipfx
from lipfx.core import helen56
from lipfx.tcnn import checkpoint
from lipfx.tcnn.locator import Locator
from lipfx.tcnn.network import Backbone, BaseNetwork
from lipfx.tcnn.sureness import Sureness
from training import export, stages
from training.corpus import Corpus
from training.loop import Batch, batches
from training.refiner_data import RefinerData
from training.settings import Settings

CALIBRATED = 400  # draws


def assemble(corpus: Corpus, settings: Settings, folder: Path) -> Path:
    """Writes the weights' file from what the stages left."""
    second = stages.shipped_refiner(corpus, settings)
    parts = first_stages(corpus, settings) | {"refiner": stages.arrays(second.state_dict())}
    first, backbone = Locator(), Backbone()
    first.load_state_dict(stages.tensors(parts["locator"]))
    backbone.load_state_dict(stages.tensors(parts["backbone"]))
    folder.mkdir(parents=True, exist_ok=True)
    places = {"out": "", "start": settings.start and settings.start.name}  # not where on this machine
    about = {"widths": list(second.widths), "styles": second.styles, "style": len(corpus.sets)}
    description = checkpoint.Description(
        landmarks=helen56.SCHEME,
        geometry=checkpoint.GEOMETRY,
        refiner=about,
        heads=sum(name.startswith("heads.") for name in parts),
        graphs=export.export(
            first, backbone, second, len(corpus.sets), folder, calibration(corpus, settings)
        ),
        sureness=fitted_sureness(settings),
        training={
            "lipfx": lipfx.__version__,
            "code": code_version(),
            "settings": json.loads(json.dumps(asdict(settings), default=str)) | places,
            "data": corpus.digest(),
            "counts": {s.name: len(x) for s, x in zip(corpus.sets, corpus.samples, strict=True)},
        },
    )
    return checkpoint.save(folder, description, parts)


def calibration(corpus: Corpus, settings: Settings) -> Iterable[Batch]:
    """Draws of training mouths that the refiner's 8-bit graph is calibrated on."""
    mouths, _ = corpus.split(corpus.mouths)
    names = [s.name for s in corpus.sets]
    length = min(CALIBRATED, settings.refiner_length)
    data = RefinerData(
        stages.guesser(settings), mouths, [], names, stages.shares(corpus), length, corpus.cutouts
    )
    return batches(data, 8, settings.seed, 0, workers=0, shuffle=False)


def first_stages(corpus: Corpus, settings: Settings) -> dict[str, dict[str, Any]]:
    """Locator, backbone, heads and router as arrays: of this run where it trained them."""
    parts: dict[str, dict[str, Any]] = {}
    if stages.skipped("locator", corpus, settings) is None:
        first: Locator = stages.load(settings.out / "locator.pt", Locator())
        parts["locator"] = stages.arrays(first.state_dict())
    if stages.skipped("base", corpus, settings) is None:
        model, route = stages.load(settings.out / "base.pt", BaseNetwork()), stages.load_router(settings.out)
        states = torch.load(settings.out / "heads.pt", weights_only=True)
        parts["backbone"] = stages.arrays(model.backbone.state_dict())
        parts |= {f"heads.{k}": stages.arrays(state) for k, state in enumerate(states)}
        parts["router"] = {k: np.asarray(getattr(route, k), np.float32) for k in stages.ROUTER_ARRAYS}
    weights = stages.existing(settings)
    kept = [f"heads.{k}" for k in range(weights.description.heads)] if "backbone" not in parts else []
    for name in ("locator", "backbone", "router", *kept):
        parts.setdefault(name, weights.part(name))
    return parts


def fitted_sureness(settings: Settings) -> Sureness:
    """That of this run, else that of the weights that exist."""
    path = settings.out / stages.SURENESS_FILE
    if not path.is_file():
        return stages.existing(settings).description.sureness
    return msgspec.convert(json.loads(path.read_text())["sureness"], Sureness)


def code_version() -> str:
    """The commit of the checkout, with '+' where it has changes; 'unknown' outside a checkout."""
    here = Path(__file__).parent
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=here, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
