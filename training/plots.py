"""Owns the pictures of a training run: curves, evidence for K, error curves; must not compute figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def curves(out: Path) -> list[Path]:
    """Loss and held-out error per epoch, one picture for each log in a run's folder."""
    made = []
    for path in sorted(out.glob("*.log.json")):
        log: list[dict[str, float]] = json.loads(path.read_text())
        if not log:
            continue
        name = path.name.removesuffix(".log.json")
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
        left.plot([r["epoch"] for r in log], [r["loss"] for r in log])
        left.set(title=f"{name}: training loss", xlabel="epoch", yscale="log")
        known = [r for r in log if "error" in r]
        right.plot([r["epoch"] for r in known], [r["error"] for r in known], color="C1")
        right.set(title="held-out error", xlabel="epoch")
        made.append(out / f"{name}.curve.png")
        figure.savefig(made[-1], dpi=110)
        plt.close(figure)
    return made


def router_evidence(evidence: Mapping[str, Any], path: Path) -> None:
    """BIC, AIC, held-out likelihood, silhouette and smallest cluster over K, for both sides of FC5."""
    figure, axes = plt.subplots(1, 5, figsize=(17, 3.2), layout="constrained")
    for place in ("entering", "leaving"):
        fits: Sequence[Mapping[str, Any]] = evidence[place]
        counts = [f["count"] for f in fits]
        axes[0].plot(counts, [f["bic"] for f in fits], label=f"BIC, {place} FC5")
        axes[0].plot(counts, [f["aic"] for f in fits], "--", label=f"AIC, {place} FC5")
        axes[1].plot(counts, [f["held_out"] for f in fits], label=f"{place} FC5")
        axes[2].plot(counts, [f["silhouette"] for f in fits], label=f"{place} FC5")
        axes[3].plot(counts, [f["shares"][-1] for f in fits], label=f"{place} FC5")
    trials = {int(k): v for k, v in evidence["heads"]["error"].items()}
    axes[4].plot(list(trials), list(trials.values()), "o-", label="a head for each cluster")
    axes[4].axhline(evidence["heads"]["base"], linestyle="--", label="base")
    titles = (
        "criterion a crop (less is better)",
        "held-out log-likelihood a crop",
        "mean silhouette",
        "smallest cluster's share",
        "held-out landmark error, %",
    )
    for axis, title in zip(axes, titles, strict=True):
        axis.set(title=title, xlabel="K", xscale="log")
        axis.xaxis.set_major_formatter("{x:.0f}")
        axis.axvline(evidence["chosen"], color="grey", linewidth=0.8)
        axis.legend(fontsize=7)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def cumulative_errors(errors: Mapping[str, Sequence[float]], path: Path) -> None:
    """Share of pictures below each landmark error (percent of the mouth's width), one line a model."""
    figure, axis = plt.subplots(figsize=(5, 3.6), layout="constrained")
    for name, values in errors.items():
        ordered = sorted(values)
        axis.plot(ordered, [(i + 1) / len(ordered) for i in range(len(ordered))], label=name)
    axis.set(xlim=(0, 20), xlabel="landmark error, % of the mouth's width", ylabel="share of pictures")
    axis.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)
