"""Owns the part of a clip that is written; must not know how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a clip that is written. start, end: seconds on the clip's clock; None is its own."""

    start: float | None = None
    end: float | None = None

    @property
    def begin(self) -> float:
        """Seconds on the clip's clock that are 0 in the output."""
        return self.start or 0.0

    @property
    def length(self) -> float:
        """Seconds, where an end was given."""
        return (self.end or 0.0) - self.begin
