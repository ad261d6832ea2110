"""Owns telling that an effect is slow, once; must not know what it does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from lipfx.effects.base import Effect
from lipfx.effects.picture import FrameEffect
from lipfx.effects.places import at, defined_at, method_of

SLOW = 0.2
"""Seconds a mouth may take at least; built-in effects take a few thousandths."""
SLOW_PER_PIXEL = 2e-6
"""Seconds a pixel may take: of a mouth that fills a 4K frame a second."""
TIMES = 3
"""Mouths until an effect is judged, by the fastest: the first one may load or make something."""

log = logging.getLogger("lipfx")


class Pace:
    """How long the effects of a chain take."""

    def __init__(self) -> None:
        self._times: dict[int, list[float]] = {}

    @contextmanager
    def of(self, effect: Effect, place: int, pixels: int) -> Iterator[None]:
        """The block is the effect's, at this place in the chain, on a patch of so many pixels."""
        times = self._times.setdefault(place, [])
        start = perf_counter()
        yield
        if len(times) == TIMES:
            return
        times.append((perf_counter() - start) / max(SLOW, SLOW_PER_PIXEL * pixels))
        if len(times) == TIMES and min(times) > 1:
            log.warning(
                "effect %s takes %.1f s %s%s; `lipfx effects check` and --profile say more",
                type(effect).__name__,
                min(times) * max(SLOW, SLOW_PER_PIXEL * pixels),
                "a picture" if isinstance(effect, FrameEffect) else "a mouth",
                at(defined_at(effect, method_of(effect))),
            )
