"""Owns the training loop that every network here shares: batches, average weights, checkpoints, log.

A run is repeatable: what a sample looks like depends on (seed, epoch, index) alone, and a checkpoint holds
all that the next epoch needs, so a killed run resumes to the same losses as an unbroken one.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from lipfx.errors import TrainingError
from training.progress import bar, say

Batch = Mapping[str, Tensor]
Losses = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: epochs, samples per batch, peak learning rate (cosine to zero), weight decay.

    average: decay per step of the running average of the weights, which is what is kept.
    echoes: how often a drawn batch is used, each time but the first varied on the device.
    patience: epochs without a better validation error before stopping; 0 trains to the end.
    """

    epochs: int
    batch: int
    rate: float
    decay: float = 1e-4
    average: float = 0.998
    patience: int = 0
    echoes: int = 1


class Drawn(Protocol):
    """A data set whose items are drawn anew each epoch from a generator of their own."""

    def __len__(self) -> int: ...

    def draw(self, index: int, rng: np.random.Generator) -> dict[str, Any]: ...


class _Epoch(Dataset[dict[str, Any]]):
    def __init__(self, drawn: Drawn, seed: int, epoch: int) -> None:
        self.drawn, self.seed, self.epoch = drawn, seed, epoch

    def __len__(self) -> int:
        return len(self.drawn)

    def __getitem__(self, index: int) -> dict[str, Any]:
        if index >= len(self.drawn):
            raise IndexError(index)
        return self.drawn.draw(index, np.random.default_rng((self.seed, self.epoch, index)))


def _single_thread(_worker: int) -> None:
    import cv2

    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def batches(
    drawn: Drawn, size: int, seed: int, epoch: int, *, workers: int, shuffle: bool
) -> Iterable[Batch]:
    """Batches of one epoch, in an order that (seed, epoch) fixes."""
    order = torch.Generator().manual_seed(seed * 100_003 + epoch)
    return DataLoader(
        _Epoch(drawn, seed, epoch),
        size,
        shuffle=shuffle,
        drop_last=shuffle and len(drawn) >= size,
        num_workers=workers,
        generator=order,
        worker_init_fn=_single_thread,
        multiprocessing_context="fork" if workers else None,
    )


def pick_device() -> torch.device:
    """CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Trainer:
    """One network's training. `loss` maps (model, batch) to named losses, 'loss' being what is minimised."""

    def __init__(
        self,
        name: str,
        model: nn.Module,
        loss: Callable[[nn.Module, Batch], Losses],
        schedule: Schedule,
        folder: Path,
        *,
        seed: int,
        workers: int = 1,
        parameters: Iterable[nn.Parameter] | None = None,
        vary: Callable[[Batch], Batch] = dict,
    ) -> None:
        """vary: what makes an echo of a batch."""
        self.name, self.schedule, self.folder, self.seed, self.workers = name, schedule, folder, seed, workers
        self.device = pick_device()
        self.model = model.to(self.device)
        self.average = copy.deepcopy(self.model)
        self.loss = loss
        self.optimizer = torch.optim.AdamW(
            list(parameters if parameters is not None else model.parameters()),
            lr=schedule.rate,
            weight_decay=schedule.decay,
        )
        self.vary = vary
        self.step = 0
        self.log: list[dict[str, float]] = []
        self.best: dict[str, Any] | None = None
        self.best_error = math.inf

    def run(
        self, drawn: Drawn, validate: Callable[[nn.Module], dict[str, float]] | None, *, quiet: bool = False
    ) -> nn.Module:
        """Trains to the end of the schedule, from the checkpoint if there is one; returns the kept model.

        `validate` returns named figures of the averaged model, 'error' being what early stopping watches.
        """
        self._resume()
        for epoch in range(len(self.log), self.schedule.epochs):
            if self._stopped():
                break
            row = self._epoch(drawn, epoch, quiet)
            if validate is not None:
                self.average.eval()
                with torch.inference_mode():
                    row |= validate(self.average)
            self.log.append(row)
            if row.get("error", -math.inf) < self.best_error:
                self.best_error = row["error"]
                self.best = copy.deepcopy(self.average.state_dict())
            self._save()
            if not quiet:
                say(f"{self.name} {epoch + 1}/{self.schedule.epochs}: {_figures(row)}")
        if self.schedule.patience and self.best is not None:
            self.average.load_state_dict(self.best)
        return self.average.eval()

    def _stopped(self) -> bool:
        errors = [row["error"] for row in self.log if "error" in row]
        patience = self.schedule.patience
        return bool(patience) and len(errors) > patience and min(errors[-patience:]) > min(errors)

    def _epoch(self, drawn: Drawn, epoch: int, quiet: bool) -> dict[str, float]:
        self.model.train()
        torch.manual_seed(self.seed * 1009 + epoch)
        size = min(self.schedule.batch, len(drawn))
        loader = batches(drawn, size, self.seed, epoch, workers=self.workers, shuffle=True)
        steps = max(1, len(drawn) // size) * self.schedule.echoes
        sums: dict[str, float] = {}
        title = f"{self.name} {epoch + 1}/{self.schedule.epochs}"
        with bar(title, steps, quiet=quiet) as shown:
            for batch in self._echoed(loader):
                losses = self._step(batch, steps)
                for key, value in losses.items():
                    sums[key] = sums.get(key, 0.0) + value
                shown.set_postfix(loss=f"{losses['loss']:.4f}", refresh=False)
                shown.update(1)
        return {"epoch": float(epoch)} | {k: v / steps for k, v in sums.items()}

    def _echoed(self, loader: Iterable[Batch]) -> Iterator[Batch]:
        """Batches on the device, each with its echoes."""
        for batch in loader:
            here = {k: v.to(self.device) for k, v in batch.items()}
            yield here
            for _ in range(self.schedule.echoes - 1):
                yield self.vary(here)

    def _step(self, batch: Batch, steps: int) -> dict[str, float]:
        total = self.schedule.epochs * steps
        rate = self.schedule.rate * min(1.0, (self.step + 1) / min(200, steps))
        rate *= 0.5 * (1 + math.cos(math.pi * min(1.0, self.step / total)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        losses = self.loss(self.model, batch)
        if not torch.isfinite(losses["loss"]):
            raise TrainingError(
                f"{self.name}: the loss is no longer finite at step {self.step}; lower the rate"
            )
        self.optimizer.zero_grad(set_to_none=True)
        losses["loss"].backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.step += 1
        self._follow()
        return {k: float(v.detach()) for k, v in losses.items()}

    def _follow(self) -> None:
        decay = min(self.schedule.average, self.step / (self.step + 10))
        with torch.no_grad():
            own, kept = self.model.state_dict(), self.average.state_dict()
            for key, value in kept.items():
                if value.is_floating_point():
                    value.lerp_(own[key], 1 - decay)
                else:
                    value.copy_(own[key])

    @property
    def _checkpoint(self) -> Path:
        return self.folder / f"{self.name}.checkpoint.pt"

    def _save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "log": self.log,
            "best": self.best,
            "best_error": self.best_error,
            "seed": self.seed,
        }
        part = self._checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self._checkpoint)
        (self.folder / f"{self.name}.log.json").write_text(json.dumps(self.log))

    def _resume(self) -> None:
        if not self._checkpoint.is_file():
            return
        state = torch.load(self._checkpoint, map_location=self.device, weights_only=True)
        if state["seed"] != self.seed:
            raise TrainingError(
                f"{self._checkpoint}: made with seed {state['seed']}, wanted {self.seed}; use another --out"
            )
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.log = state["step"], state["log"]
        self.best, self.best_error = state["best"], state["best_error"]


def _figures(row: Mapping[str, float]) -> str:
    return ", ".join(f"{k} {v:.4f}" for k, v in row.items() if k != "epoch")


def held_out(count: int, share: float, seed: int) -> tuple[Sequence[int], Sequence[int]]:
    """Indices for training and for validation, split at random by `seed`."""
    order = np.random.default_rng(seed).permutation(count)
    cut = round(count * share)
    return sorted(order[cut:].tolist()), sorted(order[:cut].tolist())
