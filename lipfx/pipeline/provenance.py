"""Owns the words by which a result says how it was made; must not know where they are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lipfx.effects.base import Effect
from lipfx.effects.personal import personal_chain
from lipfx.tcnn.checkpoint import identity
from lipfx.version import __version__

PROGRAM = f"lipfx {__version__}"


def provenance(chain: Sequence[Effect], weights: Path | None) -> str:
    """One line: lipfx's version, the chain without folders and persons, and the weights' identity.

    Raises: WeightsError: there are none at `weights`.
    """
    made = personal_chain(chain)
    text = made.text or "+".join(type(effect).__name__ for effect in made)
    return f"{PROGRAM}; {text}; weights {identity(weights)}"
