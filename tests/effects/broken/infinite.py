# check: odd patches
# apply: returned inf
import numpy as np

from lipfx.effects import Effect


class Infinite(Effect, frozen=True, kw_only=True):
    """Divides by nothing."""

    def render(self, patch):  # here
        with np.errstate(all='ignore'):
            return patch.rgb + np.float32(1 / (patch.upper.sum() * 0))
