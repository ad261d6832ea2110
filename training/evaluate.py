"""Owns the measuring of a trained run; must not know how it was trained."""

from pathlib import Path


def evaluate(data: Path, out: Path, *, held_out: bool, seed: int) -> Path:
    """Measures a run."""
    return data / out / str(held_out) / str(seed)
