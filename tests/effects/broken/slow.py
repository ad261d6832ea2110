# check: quick
# apply: takes 0.3 s a mouth
import time

from lipfx.effects import Effect


class Slow(Effect, frozen=True, kw_only=True):
    """Takes 300 ms."""

    def render(self, patch):  # here
        time.sleep(0.3)
        return patch.rgb
