"""Owns the settings of a training run: what every stage uses, and the small set for trying things out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from training import base as base_stage
from training import heads as heads_stage
from training import locator as locator_stage
from training import refiner as refiner_stage
from training.heads import Tuning
from training.loop import Schedule


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. A seed makes it repeatable; the schedules are each network's own.

    start: a folder of weights whose refiner is trained on, in place of a new one, and whose other networks
    stay as they are. refiner_length: samples an epoch. leaning: how far the outline that is shipped leans
    towards that of the label maps. raising: what is added to the log odds of lips, which training sees hidden
    more often than they are.
    """

    out: Path
    seed: int = 7
    workers: int = 1
    threads: int = 1
    heads: int | None = None
    start: Path | None = None
    locator: Schedule = locator_stage.SCHEDULE
    base: Schedule = base_stage.SCHEDULE
    tuning: Tuning = heads_stage.TUNING
    refiner: Schedule = refiner_stage.SCHEDULE
    settling: Schedule = refiner_stage.SETTLING
    base_repeats: int = 3
    refiner_length: int = 2400
    leaning: float = 0.3
    raising: float = 0.3

    def on_gpu(self, cores: int) -> Settings:
        """The same refiner for a GPU beside `cores` processor cores, which draw more slowly than it learns:
        ten times as many draws, in larger batches, each used three times.
        """

        def larger(schedule: Schedule, rate: float) -> Schedule:
            epochs = max(1, round(schedule.epochs / 5))
            return replace(schedule, epochs=epochs, rate=rate, batch=256, average=0.998, echoes=3)

        return replace(
            self,
            workers=max(1, cores - 1),
            refiner=larger(self.refiner, 2 * self.refiner.rate),
            settling=larger(self.settling, 1.5 * self.settling.rate),
            refiner_length=10 * self.refiner_length,
        )

    def quick(self, factor: float) -> Settings:
        """The same with all schedules shortened by `factor`: for trying things out."""

        def short(schedule: Schedule) -> Schedule:
            return replace(schedule, epochs=max(1, round(schedule.epochs * factor)))

        return replace(
            self,
            locator=short(self.locator),
            base=short(self.base),
            tuning=replace(self.tuning, epochs=max(1, round(self.tuning.epochs * factor))),
            refiner=short(self.refiner),
            settling=short(self.settling),
            refiner_length=max(64, round(self.refiner_length * factor)),
        )
