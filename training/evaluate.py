"""Owns the measuring of a run: base, controls, cascade, refiner; must not know how it was trained.

    python -m training evaluate --data DATA --out OUT [--held-out]

Detection is included: every step starts from the face that the finder of `lipfx masks` sees in a picture,
and looks at the crop that a first answer has placed, as in use.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lipfx.core.geometry import crop_affine, inverse, mouth_pose, transform
from lipfx.core.values import Face, Float64
from lipfx.detection.detectors import open_detector
from lipfx.detection.finder import Finder, Seen
from lipfx.errors import TrainingError
from lipfx.pipeline.mattes import MaskOptions, draw
from lipfx.tcnn.cascade import Cascade
from lipfx.tcnn.crops import NETWORK_EXTENT, NETWORK_SIDE
from lipfx.tcnn.network import BaseNetwork, Head
from lipfx.video.stills.images import read_pixels, to_frame
from training import measure, plots, stages
from training.corpus import FACES, HELEN, Corpus, discover
from training.data import Helen, Sample
from training.progress import followed

AGAINST = {
    "control-all": "base",
    "control-random": "base",
    "cascade": "base",
    "cascade over control-all": "control-all",
    "cascade over control-random": "control-random",
    "refiner": "cascade",
}
SIZES = ((0, 60), (60, 110), (110, 10_000))


@dataclass(frozen=True, slots=True)
class Result:
    """One step on one picture: errors in percent (eyes, mouth width) and overlap counts, (5, 3)."""

    eyes: float
    mouth: float
    counts: Float64


@dataclass(frozen=True, slots=True)
class Picture:
    """All steps on one picture. width: of the true mouth, pixels. cluster: the router's, -1 where missing."""

    name: str
    width: float
    cluster: int
    steps: Mapping[str, Result]


def evaluate(data: Path, out: Path, *, held_out: bool, seed: int) -> Path:
    """Measures the run in `out`; returns the report's path.

    held_out: the held-out training pictures of Helen, or of the first set where there is no Helen, for
    choosing things; otherwise Helen's test pictures. Of a run that trained the refiner alone, only that is
    measured.

    Raises:
        TrainingError: Helen's test pictures are wanted, and there is no Helen.
    """
    name, samples = _samples(data, out, held_out, seed)
    cascade = Cascade.load(out)
    finder, heads = Finder(open_detector(), cascade), _heads(out)
    pictures = [measured(s, finder, heads) for s in followed(samples, "measuring")]
    folder = out / ("report-held-out" if held_out else "report")
    folder.mkdir(exist_ok=True)
    figures = summary(pictures, seed)
    (folder / "report.json").write_text(json.dumps(figures, indent=1))
    plots.cumulative_errors(
        {step: [p.steps[step].mouth for p in pictures] for step in figures["steps"]}, folder / "errors.png"
    )
    path = folder / "report.md"
    path.write_text(report(figures, f"{name}'s {'held-out training' if held_out else 'test'} pictures"))
    return path


def _samples(data: Path, out: Path, held_out: bool, seed: int) -> tuple[str, Sequence[Sample]]:
    """The set that is measured on, by name, and what of it is."""
    if not held_out:
        helen = data / HELEN
        if not helen.is_dir():
            raise TrainingError(
                f"{helen}: no such folder, and only Helen has test pictures; add --held-out, "
                "which measures on what was held out of training"
            )
        test = Helen(helen / "images", helen / "annotation", helen / "testnames.txt", test=True)
        return test.name, test.samples()
    found = discover(data)
    told_apart = [s for s in found.sets if s.truth in FACES][:1]
    if not told_apart:
        raise TrainingError(f"{data}: found no set that tells the lips apart; there is nothing to measure on")
    corpus = Corpus(told_apart, found.test_names, None, out / "cache", seed)
    return told_apart[0].name, corpus.split(corpus.samples)[1]


def _heads(out: Path) -> dict[str, tuple[BaseNetwork, Sequence[Head]]]:
    """The base and, by step, the heads that were fine-tuned from it; nothing where they were not trained."""
    if not (out / "heads.pt").is_file():
        return {}
    base: BaseNetwork = stages.load(out / "base.pt", BaseNetwork())
    groups: dict[str, tuple[BaseNetwork, Sequence[Head]]] = {"base": (base, [base.head])}
    for step, name in (
        ("control-all", "control-all"),
        ("control-random", "control-random"),
        ("cascade", "heads"),
    ):
        heads = []
        for state in torch.load(out / f"{name}.pt", weights_only=True):
            heads.append(Head())
            heads[-1].load_state_dict(state)
        groups[step] = (base, heads)
    return groups


def measured(
    sample: Sample, finder: Finder, heads: Mapping[str, tuple[BaseNetwork, Sequence[Head]]]
) -> Picture:
    """All steps on one picture, from where its mouth is found."""
    frame = to_frame(read_pixels(sample.image), 0)
    seen = nearest(finder.everyone(frame), sample)
    width = float(np.linalg.norm(sample.lips[13] - sample.lips[0]))
    truth = measure.truth_labels(sample, frame.height, frame.width)
    if seen is None:
        missing = Result(measure.CAP_EYES, measure.CAP_MOUTH, measure.overlap(truth, None))
        return Picture(sample.name, width, -1, dict.fromkeys([*heads, "refiner"], missing))
    located = finder.locate(frame, seen.box, mouth_pose(seen.mouth.points).angle).pose
    placed = mouth_pose(finder.cascade.analyse(frame, [located])[0].points)
    affine = crop_affine(placed, NETWORK_EXTENT, NETWORK_SIDE)
    features = finder.cascade.features(frame, [affine])
    cluster = int(finder.cascade.router.choose(features)[0])
    scattered = np.random.default_rng(zlib.crc32(sample.lips.tobytes()))
    chosen: dict[str, Callable[[int], int]] = {
        "base": lambda _: 0,
        "control-all": lambda _: 0,
        "control-random": lambda count: int(scattered.integers(count)),
        "cascade": lambda _: cluster,
    }
    steps = {}
    for step, (_, own) in heads.items():
        head = own[chosen[step](len(own))]
        with torch.inference_mode():
            answer: Tensor = head(torch.from_numpy(features))[0]
        inside = answer.double().numpy() * NETWORK_SIDE + (NETWORK_SIDE - 1) / 2
        points = transform(inverse(affine), inside)
        labels = measure.polygon_labels(points, frame.height, frame.width)
        steps[step] = Result(*measure.point_error(points, sample), measure.overlap(truth, labels))
    face = Face(1, seen.box, seen.mouth.confidence, cluster, seen.mouth.points, seen.mouth.map)
    labels = np.asarray(draw(frame, [face], MaskOptions(kind="labels")), dtype=np.uint8)
    steps["refiner"] = Result(*measure.point_error(seen.mouth.points, sample), measure.overlap(truth, labels))
    return Picture(sample.name, width, cluster, steps)


def nearest(found: Sequence[Seen], sample: Sample) -> Seen | None:
    """Of the mouths that were found the one nearest to the annotated one, within a mouth's width."""
    middle, width = sample.lips.mean(0), float(np.ptp(sample.lips[:, 0]))

    def distance(seen: Seen) -> float:
        return float(np.linalg.norm(seen.mouth.points.mean(0) - middle))

    best = min(found, key=distance, default=None)
    return best if best is not None and distance(best) < width else None


def summary(pictures: Sequence[Picture], seed: int) -> dict[str, Any]:
    """All figures as plain values; NaN where a set does not tell where eyes are."""
    steps = list(pictures[0].steps)

    def errors(step: str) -> Float64:
        return np.array([p.steps[step].eyes for p in pictures])

    def row(group: Sequence[Picture], step: str) -> dict[str, Any]:
        eyes = np.array([p.steps[step].eyes for p in group])
        mouth = np.array([p.steps[step].mouth for p in group])
        failed = np.where(np.isnan(eyes), mouth >= measure.CAP_MOUTH, eyes >= measure.CAP_EYES)
        return {
            "pictures": len(group),
            "nme_eyes": float(eyes.mean()),
            "nme_mouth": float(mouth.mean()),
            "failures": int(failed.sum()),
            "f1": measure.f1_table([p.steps[step].counts for p in group]),
        }

    def f1(step: str) -> Float64:
        return measure.lips_f1([p.steps[step].counts for p in pictures])

    gains = {
        name: {
            "nme_eyes": measure.gain(errors(other), errors(name.split(" over ")[0]), seed),
            "lips_f1": measure.gain(f1(other), f1(name.split(" over ")[0]), seed),
        }
        for name, other in AGAINST.items()
        if other in steps and name.split(" over ")[0] in steps
    }
    clusters = sorted({p.cluster for p in pictures})
    return {
        "missing": sum(p.cluster < 0 for p in pictures),
        "steps": {step: row(pictures, step) for step in steps},
        "gains": gains,
        "clusters": {
            str(k): {s: row([p for p in pictures if p.cluster == k], s) for s in steps} for k in clusters
        },
        "sizes": {
            f"{low} to {high} px": {s: row(group, s) for s in steps}
            for low, high in SIZES
            if (group := [p for p in pictures if low <= p.width < high])
        },
    }


def report(figures: Mapping[str, Any], what: str) -> str:
    """The figures as Markdown; `what`: the pictures that they are of."""
    lines = [f"# The cascade on {what}, detection included", ""]
    lines += [f"Pictures without a mouth found: {figures['missing']}.", "", *_table(figures["steps"]), ""]
    lines += ["![cumulative error](errors.png)", "", "## Gains, with 95 % intervals (paired bootstrap)", ""]
    lines += ["| step | landmark error, % of eye distance | lips F1 |", "| --- | --- | --- |"]
    for name, row in figures["gains"].items():
        title = name if " over " in name else f"{name} over {AGAINST[name]}"
        lines.append(f"| {title} | {_interval(row['nme_eyes'], 3)} | {_interval(row['lips_f1'], 4)} |")
    for title, key in (("By the router's component", "clusters"), ("By width of the mouth", "sizes")):
        for name, steps in figures[key].items():
            lines += ["", f"## {title}: {name}", "", *_table(steps)]
    return "\n".join([*lines, ""])


def _table(steps: Mapping[str, Any]) -> list[str]:
    head = (
        "| step | pictures | NME eyes | NME mouth | failures | "
        + " | ".join(measure.CLASSES)
        + " | lips pooled |"
    )
    lines = [head, "| --- " * (6 + len(measure.CLASSES)) + "|"]
    for name, row in steps.items():
        f1 = " | ".join(f"{row['f1'][c]['image']:.3f}" for c in measure.CLASSES)
        lines.append(
            f"| {name} | {row['pictures']} | {row['nme_eyes']:.2f} | {row['nme_mouth']:.2f} "
            f"| {row['failures']} | "
            f"{f1} | {row['f1']['lips']['pixel']:.3f} |"
        )
    return lines


def _interval(value: Mapping[str, float], digits: int) -> str:
    return f"{value['mean']:+.{digits}f} ({value['low']:+.{digits}f} to {value['high']:+.{digits}f})"
