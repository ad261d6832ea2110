"""Owns which engine a name means; must not know what is done on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lipfx.batch.pool import Pool

if TYPE_CHECKING:
    from lipfx.batch.engine import Engine
    from lipfx.batch.task import Setup

EngineName = Literal["pool", "ray"]
CORES_ON_RAY = 2
"""That a task reserves unless said otherwise: rendering takes one, decoder and encoder the other."""


def open_engine(
    name: EngineName, jobs: int | None, most: int, setup: Setup, address: str | None = None
) -> Engine:
    """The engine of that name, with `jobs` places, at most `most`; None is as many as a cluster has cores
    for, and `most` of a pool. address: of the cluster.
    """
    if name == "ray":
        from lipfx.batch.on_ray import RayActors

        return RayActors(jobs, most, setup, address)
    return Pool(min(jobs or most, most), setup)
